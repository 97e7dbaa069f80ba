/**
 * News for which a trigger of a policy may wait: of an order or of a support case, which they name by its id, and of a consent that is to be
 * confirmed, or was, which is about the channel.
 */
export const ORDER_NEWS = ['Order Shipped', 'Order Delayed', 'Order Delivered', 'Return Received'] as const;
export const CASE_NEWS = ['Support Case Opened', 'Support Case Closed'] as const;
export const CONSENT_NEWS = ['Consent Updated', 'Consent Confirmed'] as const;
export const NEWS_NAMES = [...CONSENT_NEWS, ...ORDER_NEWS, ...CASE_NEWS] as const;
export type NewsName = (typeof NEWS_NAMES)[number];

/** Whether it is about consent, for whose confirmation a channel waits. */
export function isConsentNews(name: string): boolean {
  return (CONSENT_NEWS as readonly string[]).includes(name);
}

/** Whether what it names by its id is an order. */
export function isOrderNews(name: string): boolean {
  return (ORDER_NEWS as readonly string[]).includes(name);
}

/** Whether what it names by its id is a support case. */
export function isCaseNews(name: string): boolean {
  return (CASE_NEWS as readonly string[]).includes(name);
}
