/** News that a shop sends of an order or of a support case. They name it by its id; a trigger of a policy may wait for them. */
export const ORDER_NEWS = ['Order Shipped', 'Order Delayed', 'Order Delivered', 'Return Received'] as const;
export const CASE_NEWS = ['Support Case Opened', 'Support Case Closed'] as const;
export const NEWS_NAMES = [...ORDER_NEWS, ...CASE_NEWS] as const;
export type NewsName = (typeof NEWS_NAMES)[number];

/** Whether what it names by its id is a support case, and not an order. */
export function isCaseNews(name: string): boolean {
  return (CASE_NEWS as readonly string[]).includes(name);
}
