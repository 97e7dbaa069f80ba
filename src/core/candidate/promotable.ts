/** Whether a product may be promoted to the customer: asked while a candidate's subject is looked for. */
import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Suppression } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';

const { PURCHASED_PRODUCT, PURCHASED_CATEGORY, OUT_OF_STOCK } = codes(
  'PURCHASED_PRODUCT',
  'PURCHASED_CATEGORY',
  'OUT_OF_STOCK',
);

/**
 * The customer owns the product and its category's suppression has not run out, or (with `categoryMs`) anything of the
 * category. Compared: when it was bought, until when it is not promoted. A returned product is no longer owned.
 */
export function purchased(
  verdict: Verdict,
  profile: Profile,
  suppression: Suppression,
  product: string,
  category: string,
  now: number,
): boolean {
  const owned = profile.owned;
  let inCategory = -1;
  for (let i = owned.length - 1; i >= 0; i--) {
    const entry = owned[i];
    if (entry === undefined) continue;
    if (product !== '' && entry.productId === product) {
      const until = entry.at + (suppression.byCategory.get(entry.category) ?? suppression.defaultMs);
      if (now < until) return verdict.block(PURCHASED_PRODUCT, entry.at, until, product);
    }
    const near = suppression.categoryMs > 0 && category !== '' && entry.category === category;
    if (near && inCategory < 0 && now < entry.at + suppression.categoryMs) inCategory = i;
  }
  const near = owned[inCategory];
  if (near === undefined) return false;
  return verdict.block(PURCHASED_CATEGORY, near.at, near.at + suppression.categoryMs, category);
}

/** Nothing is left in the customer's size. Compared: units left, 1. `stock` below 0: not tracked. */
export function soldOut(verdict: Verdict, product: string, stock: number): boolean {
  if (stock < 0 || stock >= 1) return false;
  return verdict.block(OUT_OF_STOCK, stock, 1, product);
}
