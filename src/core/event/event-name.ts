/** What a known event name means to the fold. Unknown names are welcome: they count as a sign of life. */
import type { Counter } from '../profile/profile.ts';

export type EventKind =
  | 'other'
  | 'view'
  | 'cart-add'
  | 'cart-remove'
  | 'size-guide'
  | 'search'
  | 'checkout'
  | 'checkout-exit'
  | 'friction'
  | 'order'
  | 'refund'
  | 'cancel'
  | 'subscription-end'
  | 'news'
  | 'case-open'
  | 'case-close'
  | 'consent'
  | 'profile';

export interface EventMeaning {
  readonly kind: EventKind;
  readonly counter: Counter | undefined;
  /** Weight that the event gives to the affinities of its products. */
  readonly interest: number;
  /** The customer did it themselves: re-arms the checkout window, counts as being active on the channel. */
  readonly signOfLife: boolean;
  /** Index into FRICTIONS. */
  readonly friction: number;
}

const other: EventMeaning = { kind: 'other', counter: undefined, interest: 0, signOfLife: true, friction: 0 };

const meanings: ReadonlyMap<string, EventMeaning> = new Map<string, EventMeaning>([
  ['Product Viewed', { ...other, kind: 'view', counter: 'views', interest: 1 }],
  ['Product Clicked', { ...other, kind: 'view', counter: 'views', interest: 1 }],
  ['Product Added to Wishlist', { ...other, kind: 'view', counter: undefined, interest: 2 }],
  ['Size Guide Viewed', { ...other, kind: 'size-guide', counter: 'sizeGuide', interest: 1 }],
  ['Products Searched', { ...other, kind: 'search', counter: 'searches' }],
  ['Product Added', { ...other, kind: 'cart-add', counter: 'carts', interest: 3 }],
  ['Product Removed', { ...other, kind: 'cart-remove' }],
  ['Checkout Started', { ...other, kind: 'checkout', counter: 'checkouts' }],
  ['Checkout Step Viewed', { ...other, kind: 'checkout' }],
  ['Checkout Step Completed', { ...other, kind: 'checkout' }],
  ['Payment Info Entered', { ...other, kind: 'checkout' }],
  ['Checkout Exited', { ...other, kind: 'checkout-exit' }],
  ['Shipping Cost Shown', { ...other, kind: 'friction', friction: 1 }],
  ['Variant Unavailable', { ...other, kind: 'friction', friction: 2 }],
  ['Coupon Denied', { ...other, kind: 'friction', friction: 3 }],
  ['Payment Failed', { ...other, kind: 'friction', friction: 4 }],
  ['Order Completed', { ...other, kind: 'order', counter: 'orders', interest: 5 }],
  ['Order Refunded', { ...other, kind: 'refund', signOfLife: false }],
  ['Order Cancelled', { ...other, kind: 'cancel', signOfLife: false }],
  ['Order Shipped', { ...other, kind: 'news', signOfLife: false }],
  ['Order Delayed', { ...other, kind: 'news', signOfLife: false }],
  ['Order Delivered', { ...other, kind: 'news', signOfLife: false }],
  ['Return Received', { ...other, kind: 'news', signOfLife: false }],
  ['Support Case Opened', { ...other, kind: 'case-open', signOfLife: false }],
  ['Support Case Closed', { ...other, kind: 'case-close', signOfLife: false }],
  ['Subscription Cancelled', { ...other, kind: 'subscription-end', signOfLife: false }],
  ['Consent Updated', { ...other, kind: 'consent' }],
  ['Consent Confirmed', { ...other, kind: 'consent' }],
  // Mostly told by a system of the shop, wherever the customer is.
  ['Profile Updated', { ...other, kind: 'profile', signOfLife: false }],
]);

/** The meaning of a name; unknown names are a plain sign of life. */
export function eventMeaning(name: string): EventMeaning {
  return meanings.get(name) ?? other;
}
