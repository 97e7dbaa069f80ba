import type { FactOrder } from '../fact/fact.ts';
import type { LiveOffer } from './profile.ts';

/**
 * What an order at `at` cost in offers besides its discount, in currency: shipping that is free and gifts, which no discount tells of.
 * Shipping is free once however many offers say so. Another coupon was used in the place of an offer's code; without one told, the
 * offer counts as used. A discount told with the code itself is what the offer cost, and is not counted twice.
 */
export function givenAway(offers: readonly LiveOffer[], order: FactOrder | undefined, at: number): number {
  let shipping = 0;
  let gifts = 0;
  for (const offer of offers) {
    if (at < offer.at || at > offer.until || !wasUsed(offer, order)) continue;
    if (offer.kind === 'free_shipping') shipping = Math.max(shipping, offer.depth);
    else if (offer.kind === 'gift') gifts += offer.depth;
  }
  return shipping + gifts;
}

function wasUsed(offer: LiveOffer, order: FactOrder | undefined): boolean {
  const coupon = folded(order?.coupon ?? '');
  if (coupon === '' || offer.code === '') return true;
  return coupon === folded(offer.code) && !((order?.discount ?? 0) > 0);
}

/** Codes are typed by people: letters of either case and spaces around them are one code. */
function folded(code: string): string {
  return code.trim().toLowerCase();
}
