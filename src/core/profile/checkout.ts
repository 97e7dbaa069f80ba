/** The customer's checkout: opened by its steps, closed by an order, whatever arrives when. */
import type { EventFact } from '../fact/fact.ts';
import { FRICTIONS } from '../policy/policy.ts';
import { cartValue } from './cart.ts';
import type { Checkout, Profile } from './profile.ts';

const SIZE_UNAVAILABLE = FRICTIONS.indexOf('size_unavailable');

/** What stops the purchase outright comes first, what only makes it dearer last. */
const FOREMOST = (['size_unavailable', 'payment_failed', 'coupon_denied', 'shipping_cost'] as const).map(
  (name) => FRICTIONS.indexOf(name),
);

/** Of all frictions that a customer met (bit per index into FRICTIONS) the one that blocks the purchase most; 0: none. */
export function foremostFriction(frictions: number): number {
  return FOREMOST.find((friction) => (frictions & (1 << friction)) !== 0) ?? 0;
}

/** A step of the checkout. One from before the customer's last purchase that comes late opens nothing: it was paid. */
export function foldCheckoutStep(profile: Profile, fact: EventFact): void {
  if (fact.at <= lastPurchaseAt(profile)) return;
  let value = 0;
  for (const product of fact.products) value += product.price * product.quantity;
  const said = fact.order?.revenue ?? Number.NaN;
  if (said > 0) value = said;
  const open = profile.checkout;
  if (open !== undefined && open.exitedAt > 0 && fact.at <= open.exitedAt) return;
  if (open === undefined || open.exitedAt > 0) {
    profile.checkout = {
      startedAt: fact.at,
      // A later sign of life may have arrived before it.
      lastAt: Math.max(fact.at, profile.session.lastAt),
      stepAt: fact.at,
      step: 1,
      value: value > 0 ? value : cartValue(profile),
      friction: 0,
      frictions: 0,
      frictionAt: 0,
      frictionProduct: '',
      frictionSize: '',
      channel: channelSince(profile, fact),
      exitedAt: 0,
    };
  } else {
    open.step++;
    if (value > 0 && fact.at >= open.stepAt) open.value = value;
    if (fact.at < open.startedAt) open.startedAt = fact.at;
    if (fact.at > open.stepAt) open.stepAt = fact.at;
  }
  if (fact.friction > 0) foldFriction(profile, fact, fact.friction);
}

/** Where the customer is after a step that may have come late: where they were seen since, else where the step was. */
function channelSince({ session }: Profile, fact: EventFact): number {
  return session.lastAt > fact.at && session.channel >= 0 ? session.channel : fact.channel;
}

/** A friction met in the open checkout. One stays until its checkout ends: what came after it does not undo it. */
export function foldFriction(profile: Profile, fact: EventFact, friction: number): void {
  const checkout = profile.checkout;
  if (checkout === undefined || checkout.exitedAt > 0 || fact.at < checkout.startedAt) return;
  checkout.frictions |= 1 << friction;
  if (friction === SIZE_UNAVAILABLE && fact.at >= checkout.frictionAt) {
    checkout.frictionAt = fact.at;
    checkout.frictionProduct = fact.products[0]?.productId ?? '';
    checkout.frictionSize = fact.products[0]?.size ?? '';
  }
  checkout.friction = foremostFriction(checkout.frictions);
}

/** The customer took out of the cart what was not there in their size: nothing keeps them from buying the rest. */
export function liftSizeFriction(profile: Profile, fact: EventFact): void {
  const checkout = profile.checkout;
  if (checkout === undefined || checkout.frictionProduct === '' || fact.at < checkout.frictionAt) return;
  const { frictionProduct, frictionSize } = checkout;
  const isLifted = fact.products.some(
    ({ productId, size }) =>
      productId === frictionProduct && (size === frictionSize || size === '' || frictionSize === ''),
  );
  if (!isLifted) return;
  checkout.frictions &= ~(1 << SIZE_UNAVAILABLE);
  checkout.frictionAt = 0;
  checkout.frictionProduct = '';
  checkout.frictionSize = '';
  checkout.friction = foremostFriction(checkout.frictions);
}

/** An order placed at `at` ends the checkout; one that the customer has begun since goes on. */
export function closeCheckout(profile: Profile, at: number): void {
  const checkout = profile.checkout;
  if (checkout === undefined || at < checkout.startedAt) return;
  profile.checkout = at < checkout.stepAt ? begunAfter(checkout, at) : undefined;
}

function begunAfter(checkout: Checkout, at: number): Checkout {
  const keepsSize = checkout.frictionAt > at;
  const frictions = keepsSize ? checkout.frictions & (1 << SIZE_UNAVAILABLE) : 0;
  return {
    ...checkout,
    startedAt: checkout.stepAt,
    step: 1,
    friction: foremostFriction(frictions),
    frictions,
    frictionAt: keepsSize ? checkout.frictionAt : 0,
    frictionProduct: keepsSize ? checkout.frictionProduct : '',
    frictionSize: keepsSize ? checkout.frictionSize : '',
  };
}

/** When the customer last bought something, whatever became of it; 0: never. */
function lastPurchaseAt({ orders, older }: Profile): number {
  let last = older?.lastAt ?? 0;
  for (const order of orders) if (order.tellings.length > 0 && order.at > last) last = order.at;
  return last;
}
