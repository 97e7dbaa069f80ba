/**
 * The cart: what its events leave behind when they are taken in the order in which they happened, whatever order they came in.
 *
 * I1  `cartEvents` holds what was put in and taken out, in order of time, then puts before takes. `cart` is made of it and of
 *     the orders in the ledger, which take out what was bought.
 * I2  What happened longer than CART_LATE_MS ago, and all beyond BOUNDS.cartEvents, is settled, with the orders up to `cartFrom`:
 *     it becomes what it left in the cart. Later news of that time changes what is left.
 */
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import type { FactProduct } from '../fact/fact.ts';
import { uniteLines } from './order-lines.ts';
import type { CartEvent, CartItem, Profile } from './profile.ts';
import { isSameSize } from './size.ts';

/** How late an event of the cart may come and still find its place. */
const CART_LATE_MS = 7 * DAY_MS;

/** Pieces to take out, of a size where one is named. */
type Take = Pick<CartItem, 'productId' | 'size' | 'variant' | 'quantity'>;

/** Products put into the cart or taken out of it at `at`, heard of at `now`. A take without a quantity takes all. */
export function foldCart(
  profile: Profile,
  products: readonly FactProduct[],
  isTaken: boolean,
  at: number,
  now: number,
): void {
  const { cartEvents } = profile;
  for (const { productId, category, brand, size, variant, price, quantity } of products) {
    if (!isTaken && at <= profile.cartFrom && isBoughtSince(profile, productId, at)) continue;
    const event = { productId, category, brand, size, variant, price, quantity, at, isTaken };
    let place = cartEvents.length;
    while (place > 0 && compareEvents(cartEvents[place - 1] as CartEvent, event) > 0) place--;
    cartEvents.splice(place, 0, event);
  }
  refreshCart(profile, now);
}

/** Makes the cart anew after its events or the orders have changed; settles what is old at `now`. */
export function refreshCart(profile: Profile, now: number): void {
  const { cartEvents } = profile;
  if (cartEvents.length === 0) {
    profile.cart.length = 0;
    return;
  }
  let old = 0;
  while (old < cartEvents.length && (cartEvents[old]?.at ?? 0) < now - CART_LATE_MS) old++;
  // What is settled leaves at most BOUNDS.cart events behind, half of the bound: so the rest may be the other half.
  if (cartEvents.length > BOUNDS.cartEvents)
    old = Math.max(old, cartEvents.length - BOUNDS.cartEvents + BOUNDS.cart);
  if (old > 0) {
    const until = cartEvents[old - 1]?.at ?? 0;
    const left = replay(cartEvents.slice(0, old), profile, until);
    profile.cartFrom = Math.max(profile.cartFrom, until);
    cartEvents.splice(0, old, ...left.map((item) => ({ ...item, isTaken: false })).sort(compareEvents));
  }
  fillCart(profile);
}

/** An order came of whose time the cart is settled: takes its lines out of what was put in before it. */
export function takeSettled(profile: Profile, lines: readonly Take[], at: number): void {
  const { cartEvents } = profile;
  const before = cartEvents.filter((event) => event.at <= at);
  const left: CartItem[] = before.filter((event) => !event.isTaken);
  for (const line of lines) take(left, line);
  const events = left.map((item) => ({ ...item, isTaken: false }));
  cartEvents.splice(0, before.length, ...before.filter((event) => event.isTaken), ...events);
  cartEvents.sort(compareEvents);
}

/** The cart of its events: for a profile that was read back. */
export function fillCart(profile: Profile): void {
  const cart =
    profile.cartEvents.length === 0 ? [] : replay(profile.cartEvents, profile, Number.POSITIVE_INFINITY);
  profile.cart.length = 0;
  for (const item of cart) profile.cart.push(item);
}

/** What stands in the cart, in currency. */
export function cartValue(profile: Profile): number {
  let value = 0;
  for (const item of profile.cart) value += item.price * item.quantity;
  return value;
}

/** What is left in the cart of `events` and of the orders placed by `until`. */
function replay(events: readonly CartEvent[], { orders, cartFrom }: Profile, until: number): CartItem[] {
  const cart: CartItem[] = [];
  const from = events[0]?.at ?? 0;
  let next = 0;
  const bought = orders.filter(
    (order) => order.at >= from && order.at > cartFrom && order.at <= until && order.tellings.length > 0,
  );
  for (const event of events) {
    while (next < bought.length && (bought[next]?.at ?? 0) < event.at)
      takeOrder(cart, bought[next++]?.tellings);
    if (event.isTaken) take(cart, event);
    else put(cart, event);
  }
  while (next < bought.length) takeOrder(cart, bought[next++]?.tellings);
  return cart;
}

function isBoughtSince({ orders }: Profile, productId: string, at: number): boolean {
  return orders.some(
    (order) =>
      order.at >= at && order.tellings.some((one) => one.lines.some((line) => line.productId === productId)),
  );
}

function takeOrder(cart: CartItem[], tellings: Profile['orders'][number]['tellings'] | undefined): void {
  for (const line of uniteLines((tellings ?? []).map((one) => one.lines))) take(cart, line);
}

function put(cart: CartItem[], { isTaken: _, ...item }: CartEvent): void {
  const place = cart.findIndex((known) => isSameItem(known, item));
  const known = cart[place];
  if (known !== undefined) {
    const { price, at } = item;
    cart[place] = { ...known, quantity: known.quantity + item.quantity, price, at };
    return;
  }
  if (cart.length >= BOUNDS.cart) cart.shift();
  cart.push(item);
}

/** The line of the same size and variant first, then the newest of the product. */
function take(cart: CartItem[], taken: Take): void {
  let left = taken.quantity > 0 ? taken.quantity : Number.POSITIVE_INFINITY;
  for (const isExact of [true, false]) {
    for (let i = cart.length - 1; i >= 0 && left > 0; i--) {
      const item = cart[i];
      if (item === undefined || item.productId !== taken.productId) continue;
      if (isExact && !isSameItem(item, taken)) continue;
      if (item.quantity > left) {
        cart[i] = { ...item, quantity: item.quantity - left };
        return;
      }
      left -= item.quantity;
      cart.splice(i, 1);
    }
  }
}

function isSameItem(a: Take, b: Take): boolean {
  return a.productId === b.productId && isSameSize(a.size, b.size) && isSameSize(a.variant, b.variant);
}

/** What is put in stands before what is taken out at the same time; else they stand as they came. */
function compareEvents(a: CartEvent, b: CartEvent): number {
  return a.at - b.at || Number(a.isTaken) - Number(b.isTaken);
}
