/**
 * The orders of one profile, and everything that follows from them: counts, sums, times and what is owned. Changed by
 * fold-order.ts alone.
 *
 * I1  `orders` holds the last BOUNDS.orders told ones by when they were placed, and the last BOUNDS.ordersAwaited of which
 *     only refunds are known; in order of time, then id.
 * I2  Lines of the ledger and owned lines of older orders are at most BOUNDS.owned together: beyond it the oldest owned ones
 *     collapse to their categories, and then the oldest orders leave.
 * I3  Everything else is a sum over `orders` and `older`, made anew after each change: what was undone leaves nothing behind.
 */
import { murmur3 } from '../../base/hash.ts';
import { BOUNDS } from '../bounds.ts';
import { addOlder, collapseOwned, noOlderOrders } from './older-orders.ts';
import { clean } from './order-balance.ts';
import { linesKept, type OrderEntry } from './order-entry.ts';
import { compareText } from './order-telling.ts';
import type { Profile } from './profile.ts';
import { isRenewal, NO_SUBSCRIPTIONS, withOrderOf } from './subscription.ts';

const ID_SEED = 0x0bde_0001;

export function findOrder(profile: Profile, orderId: string): OrderEntry | undefined {
  return profile.orders.find((order) => order.orderId === orderId);
}

/** Whether the ledger has let go of it: its sums stand, its lines are gone. One of 2^32 other ids looks the same. */
export function isOlderOrder(profile: Profile, orderId: string): boolean {
  return profile.older?.ids.includes(orderIdHash(orderId)) ?? false;
}

/** Puts `after` in the place of `before`, which is in the ledger or undefined. */
export function putOrder(profile: Profile, before: OrderEntry | undefined, after: OrderEntry): void {
  const { orders } = profile;
  if (before !== undefined) orders.splice(orders.indexOf(before), 1);
  let place = orders.length;
  while (place > 0 && compareOrders(orders[place - 1] as OrderEntry, after) > 0) place--;
  orders.splice(place, 0, after);
  makeRoom(profile);
  sumOrders(profile);
}

/** I3. Also for a profile that was read back, which stores no sums. */
export function sumOrders(profile: Profile): void {
  const { orders, older, owned } = profile;
  let { orderCount, refundedOrders, revenue, discountedOrders, margin, refunds, first, last } = {
    orderCount: older?.count ?? 0,
    refundedOrders: older?.refundedCount ?? 0,
    revenue: older?.revenue ?? 0,
    discountedOrders: older?.discounted ?? 0,
    margin: older?.margin ?? 0,
    refunds: older?.refunded ?? 0,
    first: older?.firstAt ?? 0,
    last: older?.lastAt ?? 0,
  };
  let lastNew = older?.lastNewAt ?? 0;
  let subscriptions = older?.subscriptions ?? NO_SUBSCRIPTIONS;
  owned.length = 0;
  if (older !== undefined) for (const line of older.owned) owned.push(line);
  for (const order of orders) {
    revenue += order.revenue;
    margin += order.margin;
    refunds += order.refunded;
    if (order.state === 'refunded') refundedOrders++;
    if (order.state !== 'placed') continue;
    orderCount++;
    if (order.isDiscounted) discountedOrders++;
    if (first === 0 || order.at < first) first = order.at;
    if (order.at > last) last = order.at;
    if (!isRenewal(subscriptions, order.subscription)) lastNew = Math.max(lastNew, order.at);
    if (order.subscription !== undefined)
      subscriptions = withOrderOf(subscriptions, order.subscription.id, order.at);
    for (const line of order.kept) owned.push(line);
  }
  // An order that was told late may be older than some that were let go of.
  if (older !== undefined && older.lastAt > (orders[0]?.at ?? 0)) owned.sort((a, b) => a.at - b.at);
  profile.orderCount = orderCount;
  profile.refundedOrders = refundedOrders;
  profile.revenue = clean(revenue);
  profile.discountedOrders = discountedOrders;
  profile.margin = clean(margin);
  profile.refunds = clean(refunds);
  profile.firstOrderAt = first;
  profile.lastOrderAt = last;
  profile.lastNewOrderAt = lastNew;
  profile.subscriptions = subscriptions;
}

function makeRoom(profile: Profile): void {
  const { orders } = profile;
  const awaited = orders.filter(isAwaited);
  for (const order of awaited.slice(0, Math.max(0, awaited.length - BOUNDS.ordersAwaited)))
    letGo(profile, order);
  const told = orders.filter((order) => !isAwaited(order));
  for (const order of told.slice(0, Math.max(0, told.length - BOUNDS.orders))) letGo(profile, order);
  let lines = 0;
  for (const order of orders) lines += linesKept(order);
  for (;;) {
    const surplus = lines + (profile.older?.owned.length ?? 0) - BOUNDS.owned;
    if (surplus <= 0) return;
    if (profile.older !== undefined && profile.older.owned.length > 0) collapseOwned(profile.older, surplus);
    else {
      const oldest = orders.find((order) => linesKept(order) > 0);
      if (oldest === undefined) return;
      lines -= linesKept(oldest);
      letGo(profile, oldest);
    }
  }
}

/** Of one that waits for its order nothing is left; any other one is remembered in the sums. */
function letGo(profile: Profile, order: OrderEntry): void {
  profile.orders.splice(profile.orders.indexOf(order), 1);
  if (order.state === 'awaited') return;
  profile.older ??= noOlderOrders();
  addOlder(profile.older, order, orderIdHash(order.orderId));
}

function isAwaited(order: OrderEntry): boolean {
  return order.tellings.length === 0;
}

/** In order of time, then id. */
export function compareOrders(a: OrderEntry, b: OrderEntry): number {
  return a.at - b.at || compareText(a.orderId, b.orderId);
}

function orderIdHash(orderId: string): number {
  return murmur3(orderId, ID_SEED);
}
