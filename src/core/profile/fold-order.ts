/** Orders, refunds and cancellations: each is one more telling of its order's entry; what follows from the entry follows its change. */
import type { EventFact } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { refreshCart, takeSettled } from './cart.ts';
import { closeCheckout } from './checkout.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { givenAway } from './given-away.ts';
import { type OrderEntry, withRefund, withTelling } from './order-entry.ts';
import { findOrder, isOlderOrder, putOrder } from './order-ledger.ts';
import { orderLinesOf, takeBack, uniteLines } from './order-lines.ts';
import type { ForeignMoney, OrderLine, OrderRefund, OrderTelling } from './order-telling.ts';
import type { Profile } from './profile.ts';

const ORDERS = counterPlace('orders');
/** Weight that a product of an order gives to the customer's tastes. */
const INTEREST = 5;

/** What an event makes of its order: the entry before and after it. `after` undefined: the ledger has let go of the order. */
export interface OrderChange {
  readonly before: OrderEntry | undefined;
  readonly after: OrderEntry | undefined;
}

/** What an `Order Completed` would change; the profile stays as it is. */
export function orderChange(profile: Profile, fact: EventFact): OrderChange {
  const orderId = orderIdOf(fact);
  const before = findOrder(profile, orderId);
  if (before?.isOlder || (before === undefined && isOlderOrder(profile, orderId)))
    return { before, after: undefined };
  const given = givenAway(profile.offers, fact.order, fact.at);
  return { before, after: withTelling(before, orderId, tellingOf(fact), fact.at, given) };
}

/** What an `Order Refunded` or `Order Cancelled` would change; the profile stays as it is. */
export function returnChange(profile: Profile, fact: EventFact, cancels: boolean): OrderChange {
  const orderId = orderIdOf(fact);
  const before = findOrder(profile, orderId);
  const isOlder = before === undefined && isOlderOrder(profile, orderId);
  return { before, after: withRefund(before, orderId, refundOf(fact, cancels), isOlder) };
}

/** An order: owned products (they suppress), spend, the end of cart and checkout, margin for outcomes awaited. */
export function foldOrder(profile: Profile, fact: EventFact): void {
  const { before, after } = orderChange(profile, fact);
  if (after === undefined) return;
  for (const line of after.kept) {
    if (before?.kept.some((known) => known.productId === line.productId)) continue;
    const product = fact.products.find(({ productId }) => productId === line.productId);
    if (product === undefined) continue;
    bumpAffinity(profile.categories, product.category, fact.at, INTEREST);
    bumpAffinity(profile.brands, product.brand, fact.at, INTEREST);
    bumpAffinity(profile.sizes, product.size, fact.at, INTEREST);
  }
  settle(profile, before, after);
  if (after.at <= profile.cartFrom) takeSettled(profile, newLines(before, after), after.at);
  refreshCart(profile, fact.receivedAt);
  closeCheckout(profile, after.at);
}

/** A return or a cancellation: the suppression is lifted for what came back, spend and awaited margin are corrected. */
export function foldReturn(profile: Profile, fact: EventFact, cancels: boolean): void {
  const { before, after } = returnChange(profile, fact, cancels);
  if (after !== undefined && after !== before) settle(profile, before, after);
}

function newLines(before: OrderEntry | undefined, after: OrderEntry): readonly OrderLine[] {
  const told = (order: OrderEntry): readonly OrderLine[] =>
    uniteLines(order.tellings.map((one) => one.lines));
  return before === undefined ? told(after) : takeBack(told(after), told(before)).kept;
}

/** Whether somebody has told of the order before: then a telling is news of the order, and not of the customer. */
export function isToldOrder(profile: Profile, fact: EventFact): boolean {
  const orderId = orderIdOf(fact);
  const known = findOrder(profile, orderId);
  return known === undefined ? isOlderOrder(profile, orderId) : known.isOlder || known.tellings.length > 0;
}

/** Takes the place of `before`; what the one brought goes, and what the other brings comes. */
function settle(profile: Profile, before: OrderEntry | undefined, after: OrderEntry): void {
  putOrder(profile, before, after);
  const [was, is] = [weightOf(before), weightOf(after)];
  const isMoved = before !== undefined && before.at !== after.at;
  if (was.orders !== is.orders || was.discounted !== is.discounted || isMoved) {
    count(profile, before, -was.orders);
    count(profile, after, is.orders);
  }
  if (isMoved || was.orders !== is.orders || was.margin !== is.margin) {
    if (before !== undefined) profile.pending.credit(before.at, -was.orders, -was.margin);
    profile.pending.credit(after.at, is.orders, is.margin);
  }
}

function count(profile: Profile, order: OrderEntry | undefined, by: number): void {
  if (order === undefined || by === 0) return;
  bumpCounter(profile, ORDERS, order.at, by);
  bumpAffinity(profile.discounts, order.isDiscounted ? 'discount' : 'full', order.at, by);
}

function weightOf(order: OrderEntry | undefined): { orders: number; discounted: boolean; margin: number } {
  if (order === undefined) return { orders: 0, discounted: false, margin: 0 };
  const orders = order.state === 'placed' ? 1 : 0;
  return { orders, discounted: order.isDiscounted, margin: order.margin };
}

function tellingOf(fact: EventFact): OrderTelling {
  const { source, at, order } = fact;
  const lines = orderLinesOf(fact.products, at);
  const { revenue = Number.NaN, discount = Number.NaN, coupon = '' } = order ?? {};
  // A discount or a coupon alone says nothing about what was paid.
  const saysAmounts = !Number.isNaN(revenue);
  const saysLines = lines.length > 0 || order?.isEmptied === true;
  return {
    source,
    at: saysLines || saysAmounts ? at : 0,
    linesAt: saysLines ? at : 0,
    lines,
    revenue,
    discount,
    coupon: coupon !== '',
    foreign: saysAmounts ? foreignOf(fact) : undefined,
    ...(fact.subscription !== undefined && { subscription: fact.subscription }),
  };
}

function refundOf(fact: EventFact, cancels: boolean): OrderRefund {
  const { source, at, order, idHash } = fact;
  const lines: readonly OrderLine[] = orderLinesOf(fact.products, at).map((line) => ({
    ...line,
    category: '',
  }));
  const amount = Math.abs(order?.revenue ?? Number.NaN);
  return {
    id: order?.refundId ?? '',
    event: idHash,
    source,
    at,
    cancels,
    amount,
    foreign: Number.isNaN(amount) ? undefined : foreignOf(fact),
    lines,
  };
}

function foreignOf({ currency, rate }: EventFact): ForeignMoney | undefined {
  return currency === '' && rate === 1 ? undefined : { currency, rate };
}

/** An event without an order's number is an order of its own. */
function orderIdOf({ source, id, order }: EventFact): string {
  return order === undefined || order.orderId === '' ? `${source} ${id}` : order.orderId;
}
