/** How many orders of a category the ledger has let go of: a row a category, so that their number outlives their lines. */
import { BOUNDS } from '../bounds.ts';
import { foldCategory } from './category.ts';
import type { OwnedProduct } from './order-telling.ts';

export interface CategoryOrders {
  /** Folded: see category.ts. */
  readonly category: string;
  /** Placed ones of which the customer kept something of the category. */
  orders: number;
  /** When the last of them was placed. */
  at: number;
}

/** Counts one order, placed at `at`, of which the customer kept `lines`; lines without a category count nothing. */
export function countCategories(rows: CategoryOrders[], lines: readonly OwnedProduct[], at: number): void {
  for (const category of new Set(lines.map((line) => foldCategory(line.category)))) {
    if (category === '') continue;
    const row = rows.find((known) => known.category === category);
    if (row === undefined) rows.push({ category, orders: 1, at });
    else {
      row.orders++;
      row.at = Math.max(row.at, at);
    }
  }
  while (rows.length > BOUNDS.ownedCategories) {
    let oldest = 0;
    for (let i = 1; i < rows.length; i++) if ((rows[i]?.at ?? 0) < (rows[oldest]?.at ?? 0)) oldest = i;
    rows.splice(oldest, 1);
  }
}

/** The rows of a profile that was stored without them: owned lines of one time are one order, a collapsed category at least one. */
export function categoryOrdersOf({
  owned,
  categories,
}: {
  readonly owned: readonly OwnedProduct[];
  readonly categories: readonly { readonly category: string; readonly at: number }[];
}): CategoryOrders[] {
  const rows: CategoryOrders[] = [];
  for (const { category, at } of categories)
    if (foldCategory(category) !== '') rows.push({ category: foldCategory(category), orders: 1, at });
  for (const at of new Set(owned.map((line) => line.at)))
    countCategories(
      rows,
      owned.filter((line) => line.at === at),
      at,
    );
  return rows;
}
