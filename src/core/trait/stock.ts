import type { ProductView } from '../catalog/catalog.ts';
import type { Profile } from '../profile/profile.ts';

/** Stock is not tracked. */
export const UNTRACKED = -1;

/**
 * Units left of a product in the customer's size: the size they looked at or chose, 0 when the product no longer comes in
 * it; else, of the sizes that the product has, the one that the customer likes best; else all sizes together. UNTRACKED when the
 * shop does not count this product.
 */
export function stockOf(product: ProductView, size: string, profile: Profile): number {
  const stock = product.stock;
  if (stock.size === 0) return UNTRACKED;
  if (size !== '') return counted(stock.get(size) ?? stock.get('') ?? 0);
  const liked = likedSize(product, profile);
  if (liked !== '') return counted(stock.get(liked) ?? 0);
  let all = 0;
  for (const units of stock.values()) all += units;
  return counted(all);
}

/** A size that the shop does not count, beside others that it does, is infinite in the catalogue. */
function counted(units: number): number {
  return units === Number.POSITIVE_INFINITY ? UNTRACKED : units;
}

/** Of the sizes that the product comes in, the one that the customer likes best; '' when they are known to like none of them. */
export function likedSize(product: ProductView, profile: Profile): string {
  const { keys, weights } = profile.sizes;
  let best = '';
  let weight = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? '';
    const at = weights[i] ?? 0;
    if (at > weight && product.stock.has(key)) {
      weight = at;
      best = key;
    }
  }
  return best;
}
