/** Whether a product may be promoted to the customer: asked while a candidate's subject is looked for. */

import type { CatalogView } from '../catalog/catalog.ts';
import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Policy, Suppression } from '../policy/policy.ts';
import { foldCategory } from '../profile/category.ts';
import type { Profile } from '../profile/profile.ts';

/** What suppression depends on besides the profile. */
interface Rules {
  readonly policy: Pick<Policy, 'suppression'>;
  readonly catalog: CatalogView;
}

const { PURCHASED_PRODUCT, PURCHASED_CATEGORY, OUT_OF_STOCK } = codes(
  'PURCHASED_PRODUCT',
  'PURCHASED_CATEGORY',
  'OUT_OF_STOCK',
);

/**
 * The customer owns the product and its category's suppression has not run out, or anything of the category, where whole
 * categories are suppressed. Compared: when it was bought, until when it is not promoted. A returned product is no longer
 * owned. What the catalogue says of an owned product now counts beside what was told when it was bought, and spellings are
 * folded.
 */
export function purchased(
  verdict: Verdict,
  profile: Profile,
  { policy: { suppression }, catalog }: Rules,
  product: string,
  category: string,
  now: number,
): boolean {
  const { owned, older } = profile;
  const wanted = foldCategory(category);
  const categoryMs = suppression.categoryMsBy.get(wanted) ?? suppression.categoryMs;
  const ofCategory = wanted !== '' && categoryMs > 0;
  let inCategory = 0;
  for (let i = owned.length - 1; i >= 0; i--) {
    const entry = owned[i];
    if (entry === undefined) continue;
    if (product !== '' && entry.productId === product) {
      const known = catalog.get(product)?.category ?? '';
      const until = entry.at + suppressionMs(suppression, entry.category, known);
      if (now < until) return verdict.block(PURCHASED_PRODUCT, entry.at, until, product);
    }
    if (!ofCategory || inCategory > 0 || now >= entry.at + categoryMs) continue;
    const isNear =
      entry.category === category ||
      foldCategory(entry.category) === wanted ||
      foldCategory(catalog.get(entry.productId)?.category ?? '') === wanted;
    if (isNear) inCategory = entry.at;
  }
  if (older !== undefined && older.categories.length > 0) {
    const last = older.categories.find((one) => foldCategory(one.category) === wanted)?.at ?? 0;
    const until = last + Math.max(suppressionMs(suppression, category, ''), categoryMs);
    // Which products they were is no longer known: any of the category may be one of them.
    if (last > 0 && now < until) return verdict.block(PURCHASED_CATEGORY, last, until, category || product);
  }
  return inCategory > 0 && verdict.block(PURCHASED_CATEGORY, inCategory, inCategory + categoryMs, category);
}

/** How long a product is suppressed: by the category that was told, else by the one that the catalogue knows. */
function suppressionMs({ byCategory, defaultMs }: Suppression, told: string, known: string): number {
  return byCategory.get(foldCategory(told)) ?? byCategory.get(foldCategory(known)) ?? defaultMs;
}

/** Nothing is left in the customer's size. Compared: units left, 1. `stock` below 0: not tracked. */
export function soldOut(verdict: Verdict, product: string, stock: number): boolean {
  if (stock < 0 || stock >= 1) return false;
  return verdict.block(OUT_OF_STOCK, stock, 1, product);
}
