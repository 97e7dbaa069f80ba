import type { CatalogView } from '../catalog/catalog.ts';
import { foldCategory } from '../profile/category.ts';
import type { Profile } from '../profile/profile.ts';
import { daysSince } from './since.ts';

interface Row {
  orders: number;
  at: number;
  /** The order counted last: one counts once, however many of its lines are of the category. */
  order: unknown;
}

/**
 * What the customer of the decision at hand bought and kept, by category. Owned by a traits object; looked through when a
 * condition asks for the first time, and remembered until the next `begin`. A category is the one that was told or the one that
 * the catalogue knows now, folded (profile/category.ts); of orders beyond BOUNDS.orders, and of what was collapsed, only told ones.
 */
export class Bought {
  #profile: Profile | undefined = undefined;
  #catalog: CatalogView | undefined = undefined;
  #now = 0;
  #isKnown = true;
  readonly #rows = new Map<string, Row>();

  begin(profile: Profile, catalog: CatalogView, now: number): void {
    this.#profile = profile;
    this.#catalog = catalog;
    this.#now = now;
    this.#isKnown = false;
  }

  /** Days since the last order of something of the category that the customer kept; NEVER: there is none. `category` is folded. */
  daysSince(category: string): number {
    return daysSince(this.#row(category)?.at ?? 0, this.#now);
  }

  owns(category: string): boolean {
    return this.#row(category) !== undefined;
  }

  /** Orders that stand of which the customer kept something of the category. */
  orders(category: string): number {
    return this.#row(category)?.orders ?? 0;
  }

  #row(category: string): Row | undefined {
    if (!this.#isKnown) this.#find();
    return this.#rows.get(category);
  }

  #find(): void {
    this.#isKnown = true;
    this.#rows.clear();
    const profile = this.#profile;
    if (profile === undefined) return;
    if (profile.older !== undefined) {
      for (const { category, orders, at } of profile.older.bought)
        this.#rows.set(category, { orders, at, order: undefined });
      // The told ones are counted in the rows; what the catalogue calls them now is not.
      for (const { productId, category, at } of profile.older.owned) {
        const known = foldCategory(this.#catalog?.get(productId)?.category ?? '');
        if (known !== foldCategory(category)) this.#count(known, at, at);
      }
    }
    for (const order of profile.orders) {
      for (const { productId, category } of order.kept) {
        this.#count(foldCategory(category), order.at, order);
        this.#count(foldCategory(this.#catalog?.get(productId)?.category ?? ''), order.at, order);
      }
    }
  }

  #count(category: string, at: number, order: unknown): void {
    if (category === '') return;
    const row = this.#rows.get(category);
    if (row === undefined) this.#rows.set(category, { orders: 1, at, order });
    else if (row.order !== order) {
      row.orders++;
      row.at = Math.max(row.at, at);
      row.order = order;
    }
  }
}
