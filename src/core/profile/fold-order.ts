import { BOUNDS } from '../bounds.ts';
import type { EventFact } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { removeFromCart } from './cart.ts';
import { givenAway } from './given-away.ts';
import type { Profile } from './profile.ts';

/** An order: owned products (they suppress), spend, the end of cart and checkout, margin for outcomes awaited. */
export function foldOrder(profile: Profile, fact: EventFact): void {
  const order = fact.order;
  let productTotal = 0;
  let margin = 0;
  for (const product of fact.products) {
    productTotal += product.price * product.quantity;
    margin += product.margin * product.quantity;
  }
  const revenue = order === undefined || order.revenue === 0 ? productTotal : order.revenue;
  const discount = order?.discount ?? 0;
  margin -= discount + givenAway(profile.offers, order, fact.at);
  profile.orderCount++;
  profile.revenue += revenue;
  profile.margin += margin;
  if (discount > 0 || (order?.coupon ?? '') !== '') profile.discountedOrders++;
  bumpAffinity(profile.discounts, discount > 0 ? 'discount' : 'full', fact.at, 1);
  if (profile.firstOrderAt === 0 || fact.at < profile.firstOrderAt) profile.firstOrderAt = fact.at;
  if (fact.at > profile.lastOrderAt) profile.lastOrderAt = fact.at;
  if (profile.orders.length >= BOUNDS.orders) profile.orders.shift();
  profile.orders.push({ orderId: order?.orderId ?? '', at: fact.at, revenue, discount });
  for (const product of fact.products) {
    removeFromCart(profile, product.productId, product.quantity);
    if (profile.owned.length >= BOUNDS.owned) profile.owned.shift();
    profile.owned.push({
      productId: product.productId,
      category: product.category,
      size: product.size,
      at: fact.at,
      quantity: product.quantity,
      price: product.price,
    });
  }
  if (profile.checkout !== undefined && fact.at >= profile.checkout.startedAt) profile.checkout = undefined;
  profile.pending.credit(fact.at, 1, margin);
}

/** A return or a cancellation: the suppression is lifted for what came back, spend and awaited margin are corrected. */
export function foldReturn(profile: Profile, fact: EventFact, cancelled: boolean): void {
  const order = fact.order;
  const entry =
    order === undefined ? undefined : profile.orders.find((known) => known.orderId === order.orderId);
  let productTotal = 0;
  let margin = 0;
  for (const product of fact.products) {
    productTotal += product.price * product.quantity;
    margin += product.margin * product.quantity;
    disown(profile, product.productId, product.quantity, entry?.at);
  }
  if (fact.products.length === 0 && entry !== undefined) disownOrder(profile, entry.at);
  const revenue =
    order !== undefined && order.revenue !== 0
      ? Math.abs(order.revenue)
      : productTotal > 0
        ? productTotal
        : (entry?.revenue ?? 0);
  profile.refunds += revenue;
  profile.revenue -= revenue;
  profile.margin -= margin;
  if (entry !== undefined) entry.revenue -= revenue;
  if (cancelled && entry !== undefined) {
    profile.orderCount--;
    profile.orders.splice(profile.orders.indexOf(entry), 1);
  }
  profile.pending.credit(fact.at, 0, -margin);
}

/** Pieces of the named order go first: what the customer bought in other orders stays owned, and suppressed. */
function disown(profile: Profile, productId: string, quantity: number, orderAt: number | undefined): void {
  let left = quantity > 0 ? quantity : Number.POSITIVE_INFINITY;
  if (orderAt !== undefined) left = removeOwned(profile, productId, left, orderAt);
  removeOwned(profile, productId, left, undefined);
}

/** Removes up to `left` pieces, the latest first, of the order at `orderAt` or of any order; returns how many it did not find. */
function removeOwned(profile: Profile, productId: string, left: number, orderAt: number | undefined): number {
  for (let i = profile.owned.length - 1; i >= 0 && left > 0; i--) {
    const item = profile.owned[i];
    if (item === undefined || item.productId !== productId) continue;
    if (orderAt !== undefined && item.at !== orderAt) continue;
    if (item.quantity > left) {
      item.quantity -= left;
      return 0;
    }
    left -= item.quantity;
    profile.owned.splice(i, 1);
  }
  return left;
}

function disownOrder(profile: Profile, at: number): void {
  for (let i = profile.owned.length - 1; i >= 0; i--)
    if (profile.owned[i]?.at === at) profile.owned.splice(i, 1);
}
