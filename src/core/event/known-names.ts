/** The names of events that Attune knows, and the other clothes in which producers send them. */
import { REFUSAL_NAMES } from './refusal-name.ts';
import { isOneEditApart, wordKey } from './word-key.ts';

/** Canonical names, in the order of the contract's table. */
export const KNOWN_NAMES = [
  'Product Viewed',
  'Product Clicked',
  'Product List Viewed',
  'Product Added',
  'Product Removed',
  'Product Added to Wishlist',
  'Size Guide Viewed',
  'Products Searched',
  'Cart Viewed',
  'Checkout Started',
  'Checkout Step Viewed',
  'Checkout Step Completed',
  'Payment Info Entered',
  'Shipping Cost Shown',
  'Coupon Entered',
  'Coupon Denied',
  'Payment Failed',
  'Variant Unavailable',
  'Checkout Exited',
  'Order Completed',
  'Order Refunded',
  'Order Cancelled',
  'Order Shipped',
  'Order Delayed',
  'Order Delivered',
  'Return Received',
  'Support Case Opened',
  'Support Case Closed',
  'Subscription Cancelled',
  'Consent Updated',
  'Consent Confirmed',
  'Profile Updated',
  'Page Viewed',
  'Screen Viewed',
  'Session Started',
  'Signed In',
] as const;

/**
 * Other names of the same events: Segment's first e-commerce specification and its call `identify`, GA4's recommended events and those of
 * Firebase before it, what engagement tools and shop systems call a change of a profile, what help desks and shipping systems call their news,
 * what mail systems call an unsubscribe, and American spelling. An order that was updated is one more telling of it.
 * Only names that can mean nothing else.
 */
const ALIASES: readonly (readonly [string, (typeof KNOWN_NAMES)[number]])[] = [
  ['Viewed Product', 'Product Viewed'],
  ['view_item', 'Product Viewed'],
  ['Clicked Product', 'Product Clicked'],
  ['select_item', 'Product Clicked'],
  ['Viewed Product Category', 'Product List Viewed'],
  ['Viewed Product List', 'Product List Viewed'],
  ['view_item_list', 'Product List Viewed'],
  ['Added Product', 'Product Added'],
  ['Added to Cart', 'Product Added'],
  ['Product Added to Cart', 'Product Added'],
  ['Wishlist Product Added to Cart', 'Product Added'],
  ['add_to_cart', 'Product Added'],
  ['Removed Product', 'Product Removed'],
  ['Removed from Cart', 'Product Removed'],
  ['Product Removed from Cart', 'Product Removed'],
  ['remove_from_cart', 'Product Removed'],
  ['Added Product to Wishlist', 'Product Added to Wishlist'],
  ['Added to Wishlist', 'Product Added to Wishlist'],
  ['add_to_wishlist', 'Product Added to Wishlist'],
  ['Viewed Size Guide', 'Size Guide Viewed'],
  ['Searched Products', 'Products Searched'],
  ['view_search_results', 'Products Searched'],
  ['search', 'Products Searched'],
  ['Viewed Cart', 'Cart Viewed'],
  ['view_cart', 'Cart Viewed'],
  ['Started Checkout', 'Checkout Started'],
  ['Started Order', 'Checkout Started'],
  ['begin_checkout', 'Checkout Started'],
  ['Viewed Checkout Step', 'Checkout Step Viewed'],
  ['Completed Checkout Step', 'Checkout Step Completed'],
  ['add_shipping_info', 'Checkout Step Completed'],
  ['checkout_progress', 'Checkout Step Completed'],
  ['Entered Payment Info', 'Payment Info Entered'],
  ['add_payment_info', 'Payment Info Entered'],
  ['Entered Coupon', 'Coupon Entered'],
  ['Denied Coupon', 'Coupon Denied'],
  ['Failed Payment', 'Payment Failed'],
  ['Exited Checkout', 'Checkout Exited'],
  ['Completed Order', 'Order Completed'],
  ['Placed Order', 'Order Completed'],
  ['Order Placed', 'Order Completed'],
  ['purchase', 'Order Completed'],
  ['ecommerce_purchase', 'Order Completed'],
  ['Order Updated', 'Order Completed'],
  ['Updated Order', 'Order Completed'],
  ['Refunded Order', 'Order Refunded'],
  ['refund', 'Order Refunded'],
  ['purchase_refund', 'Order Refunded'],
  ['Cancelled Order', 'Order Cancelled'],
  ['Canceled Order', 'Order Cancelled'],
  ['Order Canceled', 'Order Cancelled'],
  ['Shipped Order', 'Order Shipped'],
  ['Order Dispatched', 'Order Shipped'],
  ['Order Fulfilled', 'Order Shipped'],
  ['Fulfilled Order', 'Order Shipped'],
  ['Confirmed Shipment', 'Order Shipped'],
  ['Delayed Order', 'Order Delayed'],
  ['Delivery Delayed', 'Order Delayed'],
  ['Shipment Delayed', 'Order Delayed'],
  ['Delivered Order', 'Order Delivered'],
  ['Delivered Shipment', 'Order Delivered'],
  ['Shipment Delivered', 'Order Delivered'],
  ['Received Return', 'Return Received'],
  ['Return Arrived', 'Return Received'],
  ['Opened Support Case', 'Support Case Opened'],
  ['Support Case Created', 'Support Case Opened'],
  ['Support Ticket Opened', 'Support Case Opened'],
  ['Support Ticket Created', 'Support Case Opened'],
  ['Ticket Opened', 'Support Case Opened'],
  ['Ticket Created', 'Support Case Opened'],
  ['Complaint Opened', 'Support Case Opened'],
  ['Complaint Received', 'Support Case Opened'],
  ['Closed Support Case', 'Support Case Closed'],
  ['Support Case Resolved', 'Support Case Closed'],
  ['Support Ticket Closed', 'Support Case Closed'],
  ['Support Ticket Solved', 'Support Case Closed'],
  ['Support Ticket Resolved', 'Support Case Closed'],
  ['Ticket Closed', 'Support Case Closed'],
  ['Ticket Solved', 'Support Case Closed'],
  ['Ticket Resolved', 'Support Case Closed'],
  ['Complaint Closed', 'Support Case Closed'],
  ['Complaint Resolved', 'Support Case Closed'],
  ['Cancelled Subscription', 'Subscription Cancelled'],
  ['Canceled Subscription', 'Subscription Cancelled'],
  ['Subscription Canceled', 'Subscription Cancelled'],
  ['Subscription Ended', 'Subscription Cancelled'],
  ['customer.subscription.deleted', 'Subscription Cancelled'],
  ['Updated Consent', 'Consent Updated'],
  ...REFUSAL_NAMES.map(([name]) => [name, 'Consent Updated'] as const),
  ['Confirmed Consent', 'Consent Confirmed'],
  ['Opt-In Confirmed', 'Consent Confirmed'],
  ['Subscription Confirmed', 'Consent Confirmed'],
  ['Newsletter Confirmed', 'Consent Confirmed'],
  ['Updated Profile', 'Profile Updated'],
  ['identify', 'Profile Updated'],
  ['User Identified', 'Profile Updated'],
  ['User Updated', 'Profile Updated'],
  ['User Attributes Updated', 'Profile Updated'],
  ['User Profile Updated', 'Profile Updated'],
  ['Attributes Updated', 'Profile Updated'],
  ['Traits Updated', 'Profile Updated'],
  ['Customer Updated', 'Profile Updated'],
  ['Customer Profile Updated', 'Profile Updated'],
  ['customers/update', 'Profile Updated'],
  ['Viewed Page', 'Page Viewed'],
  ['page_view', 'Page Viewed'],
  ['Viewed Screen', 'Screen Viewed'],
  ['screen_view', 'Screen Viewed'],
  ['session_start', 'Session Started'],
  ['login', 'Signed In'],
];

const canonical: ReadonlySet<string> = new Set<string>(KNOWN_NAMES);
const byKey: ReadonlyMap<string, string> = new Map([
  ...ALIASES.map(([alias, name]) => [wordKey(alias), name] as const),
  ...KNOWN_NAMES.map((name) => [wordKey(name), name] as const),
]);
/** A shorter word has too many neighbours to be taken for a slip. */
const SLIP_CHARS_MIN = 6;

/** The canonical name of a known event in whatever letters, separators or dialect; any other name as it is. */
export function canonicalName(name: string): string {
  return canonical.has(name) ? name : (byKey.get(wordKey(name)) ?? name);
}

/** The other names of a known event, as they are written there. */
export function otherNamesOf(known: (typeof KNOWN_NAMES)[number]): readonly string[] {
  return ALIASES.filter(([, name]) => name === known).map(([alias]) => alias);
}

/** Whether a name, as `canonicalName` gives it, means anything besides activity. */
export function isKnownName(name: string): boolean {
  return canonical.has(name);
}

/** The known name that a name which is not known is one letter away from; undefined: none. */
export function oneLetterFrom(name: string): string | undefined {
  if (canonical.has(name)) return undefined;
  const key = wordKey(name);
  if (key.length < SLIP_CHARS_MIN || byKey.has(key)) return undefined;
  for (const [known, meant] of byKey) if (isOneEditApart(key, known)) return meant;
  return undefined;
}
