/** The orders of two profiles as those of one: by order id, so that one that both were told of counts once. */
import { BOUNDS } from '../../bounds.ts';
import { bumpAffinity } from '../affinity.ts';
import { bumpCounter, counterPlace } from '../counter.ts';
import { collapseOwned, noOlderOrders, type OlderOrders } from '../older-orders.ts';
import { clean } from '../order-balance.ts';
import { type OrderEntry, withRefund, withTelling } from '../order-entry.ts';
import { findOrder, isOlderOrder, putOrder } from '../order-ledger.ts';
import type { Profile } from '../profile.ts';
import { NO_SUBSCRIPTIONS, type Subscription } from '../subscription.ts';

const ORDERS = counterPlace('orders');

/** Puts the orders of `from` into `into`. Awaited outcomes of each side are credited with what the other side bought. */
export function uniteOrders(into: Profile, from: Profile): void {
  for (const order of into.orders)
    if (order.state === 'placed' && findOrder(from, order.orderId) === undefined)
      from.pending.credit(order.at, 1, order.margin);
  if (from.older !== undefined) into.older = sumOfOlder(into.older ?? noOlderOrders(), from.older);
  for (const order of [...from.orders]) uniteOrder(into, order);
}

function uniteOrder(into: Profile, order: OrderEntry): void {
  const known = findOrder(into, order.orderId);
  if (known === undefined) {
    if (isOlderOrder(into, order.orderId)) return;
    if (order.state === 'placed') into.pending.credit(order.at, 1, order.margin);
    putOrder(into, undefined, order);
    return;
  }
  let merged = known;
  for (const telling of order.tellings)
    merged = withTelling(merged, order.orderId, telling, order.at, order.given);
  for (const refund of order.refunds) merged = withRefund(merged, order.orderId, refund, order.isOlder);
  // Both counted it.
  if (known.state === 'placed' && order.state === 'placed') {
    bumpCounter(into, ORDERS, order.at, -1);
    bumpAffinity(into.discounts, order.isDiscounted ? 'discount' : 'full', order.at, -1);
  }
  putOrder(into, known, merged);
}

function sumOfOlder(a: OlderOrders, b: OlderOrders): OlderOrders {
  const firsts = [a.firstAt, b.firstAt].filter((at) => at > 0);
  const sum: OlderOrders = {
    count: a.count + b.count,
    refundedCount: a.refundedCount + b.refundedCount,
    discounted: a.discounted + b.discounted,
    revenue: clean(a.revenue + b.revenue),
    margin: clean(a.margin + b.margin),
    refunded: clean(a.refunded + b.refunded),
    firstAt: firsts.length === 0 ? 0 : Math.min(...firsts),
    lastAt: Math.max(a.lastAt, b.lastAt),
    lastNewAt: Math.max(a.lastNewAt, b.lastNewAt),
    subscriptions: latestOf([...a.subscriptions, ...b.subscriptions]),
    ids: [...new Set([...a.ids, ...b.ids])].slice(-BOUNDS.olderOrderIds),
    owned: [...a.owned, ...b.owned].sort((one, other) => one.at - other.at),
    categories: [],
    bought: [],
  };
  sum.categories.push(...latestByCategory([...a.categories, ...b.categories]));
  for (const row of [...a.bought, ...b.bought]) {
    const known = sum.bought.find((one) => one.category === row.category);
    if (known === undefined) sum.bought.push({ ...row });
    else {
      known.orders += row.orders;
      known.at = Math.max(known.at, row.at);
    }
  }
  sum.bought.splice(0, Math.max(0, sum.bought.length - BOUNDS.ownedCategories));
  if (sum.owned.length > BOUNDS.owned) collapseOwned(sum, sum.owned.length - BOUNDS.owned);
  return sum;
}

function latestOf(subscriptions: readonly Subscription[]): readonly Subscription[] {
  if (subscriptions.length === 0) return NO_SUBSCRIPTIONS;
  const byId = new Map<string, Subscription>();
  for (const one of subscriptions) if ((byId.get(one.id)?.at ?? -1) < one.at) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => a.at - b.at).slice(-BOUNDS.subscriptions);
}

function latestByCategory<T extends { readonly category: string; at: number }>(rows: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const row of rows) {
    const known = byName.get(row.category);
    if (known === undefined) byName.set(row.category, { ...row });
    else known.at = Math.max(known.at, row.at);
  }
  return [...byName.values()].sort((a, b) => a.at - b.at).slice(-BOUNDS.ownedCategories);
}
