/** What is left of orders that the ledger has let go of: sums, their ids, and what the customer kept of them. */
import { BOUNDS } from '../bounds.ts';
import { sameCategoryAs } from './category.ts';
import { type CategoryOrders, countCategories } from './category-orders.ts';
import { clean } from './order-balance.ts';
import type { OrderEntry } from './order-entry.ts';
import type { OwnedProduct } from './order-telling.ts';
import { isRenewal, NO_SUBSCRIPTIONS, type Subscription, withOrderOf } from './subscription.ts';

/** Owned things of a category whose products are no longer known one by one. */
export interface OwnedCategory {
  /** As it was last told; '' stands for products of which no category was told. */
  readonly category: string;
  /** When the last of them was bought. */
  at: number;
}

export interface OlderOrders {
  /** Placed ones, and those whose money went back without goods. */
  count: number;
  refundedCount: number;
  discounted: number;
  revenue: number;
  margin: number;
  refunded: number;
  /** Of the placed ones; 0: none. */
  firstAt: number;
  lastAt: number;
  /** Of the placed ones that renew no subscription; 0: none. */
  lastNewAt: number;
  /** Of the placed ones: the latest. */
  subscriptions: readonly Subscription[];
  /** 32-bit hashes of their ids, the one that left last is last. */
  readonly ids: number[];
  /** Oldest first. */
  readonly owned: OwnedProduct[];
  readonly categories: OwnedCategory[];
  /** How often each category was ordered, of the placed ones. */
  readonly bought: CategoryOrders[];
}

export function noOlderOrders(): OlderOrders {
  return {
    count: 0,
    refundedCount: 0,
    discounted: 0,
    revenue: 0,
    margin: 0,
    refunded: 0,
    firstAt: 0,
    lastAt: 0,
    lastNewAt: 0,
    subscriptions: NO_SUBSCRIPTIONS,
    ids: [],
    owned: [],
    categories: [],
    bought: [],
  };
}

/** Adds an order that leaves the ledger; `idHash` of its id, which an order of only refunds has already. */
export function addOlder(older: OlderOrders, entry: OrderEntry, idHash: number): void {
  const { state, at } = entry;
  older.revenue = clean(older.revenue + entry.revenue);
  older.margin = clean(older.margin + entry.margin);
  older.refunded = clean(older.refunded + entry.refunded);
  if (!older.ids.includes(idHash)) {
    if (older.ids.length >= BOUNDS.olderOrderIds) older.ids.shift();
    older.ids.push(idHash);
  }
  if (state === 'refunded') older.refundedCount++;
  if (state !== 'placed') return;
  older.count++;
  if (entry.isDiscounted) older.discounted++;
  if (older.firstAt === 0 || at < older.firstAt) older.firstAt = at;
  if (at > older.lastAt) older.lastAt = at;
  if (!isRenewal(older.subscriptions, entry.subscription)) older.lastNewAt = Math.max(older.lastNewAt, at);
  if (entry.subscription !== undefined)
    older.subscriptions = latest(withOrderOf(older.subscriptions, entry.subscription.id, at));
  if (entry.kept.length === 0) return;
  countCategories(older.bought, entry.kept, at);
  older.owned.push(...entry.kept);
  older.owned.sort((a, b) => a.at - b.at);
}

/** Makes the `count` oldest owned lines categories: those with one of their own first. */
export function collapseOwned(older: OlderOrders, count: number): void {
  const going = new Set<OwnedProduct>();
  for (const isNamed of [true, false]) {
    for (const line of older.owned) {
      if (going.size >= count) break;
      if ((line.category !== '') === isNamed) going.add(line);
    }
  }
  for (const { category, at } of going) keepCategory(older.categories, category, at);
  const left = older.owned.filter((line) => !going.has(line));
  older.owned.length = 0;
  older.owned.push(...left);
}

function latest(subscriptions: readonly Subscription[]): readonly Subscription[] {
  if (subscriptions.length <= BOUNDS.subscriptions) return subscriptions;
  return subscriptions.toSorted((a, b) => a.at - b.at).slice(-BOUNDS.subscriptions);
}

function keepCategory(categories: OwnedCategory[], category: string, at: number): void {
  const known = categories.find((one) => sameCategoryAs(one.category, category));
  if (known !== undefined) {
    known.at = Math.max(known.at, at);
    return;
  }
  categories.push({ category, at });
  if (categories.length <= BOUNDS.ownedCategories) return;
  let oldest = 0;
  for (let i = 1; i < categories.length; i++)
    if ((categories[i]?.at ?? 0) < (categories[oldest]?.at ?? 0)) oldest = i;
  categories.splice(oldest, 1);
}
