import type { KNOWN_NAMES } from './known-names.ts';

/** What an event needs and does, for the people who send it and those who write a policy. */
export interface EventGuide {
  /** Without it the event is refused; '': nothing. */
  readonly needs: string;
  /** Properties that are understood where the event's own fields are empty; '': none. */
  readonly properties: string;
  /** What follows for the customer, a sentence. */
  readonly effect: string;
}

const PRODUCTS = 'products, one with a product id at least';
const ORDER = 'order with order_id';
const GOODS =
  'products or items (a list, or its JSON); in each product_id, item_id, id or sku, and category, item_category, brand, item_brand, price, quantity, qty, size, variant, item_variant, coupon; currency';
const FLAT = `${GOODS}; of one product the same beside each other, with product_id or item_id`;
const AMOUNTS = `order_id, transaction_id or order_number; total; revenue, subtotal or value; shipping; tax; discount; coupon; ${GOODS}`;
const NEWS = 'Fires the triggers of the policy that wait for it. No sign of life, because the shop sends it.';
const NEWS_ORDER = 'order with order_id, or order_id in the properties';
const NEWS_CASE = 'case_id in the properties';
const ORDER_IDS = 'order_id, transaction_id or order_number';
const CASE_IDS =
  'case_id, support_case_id, case_number, ticket_id, ticket_number, complaint_id or conversation_id';
const CHECKOUT = 'Opens the checkout, or goes on with it: who falls silent in it is a moment for triggers.';
const ACTIVITY = 'A sign of life: the customer is active on the channel.';

/** Every known event, in the order of KNOWN_NAMES. One without an entry does not compile. */
export const EVENT_GUIDE: Readonly<Record<(typeof KNOWN_NAMES)[number], EventGuide>> = {
  'Product Viewed': {
    needs: PRODUCTS,
    properties: FLAT,
    effect: 'Fills viewed_… and counts as interest in category and brand.',
  },
  'Product Clicked': { needs: PRODUCTS, properties: FLAT, effect: 'As a view.' },
  'Product List Viewed': { needs: '', properties: '', effect: ACTIVITY },
  'Product Added': { needs: PRODUCTS, properties: FLAT, effect: 'Puts the products into the cart.' },
  'Product Removed': {
    needs: PRODUCTS,
    properties: FLAT,
    effect: 'Takes the products out of the cart; without a quantity all of them.',
  },
  'Product Added to Wishlist': {
    needs: PRODUCTS,
    properties: FLAT,
    effect: 'A view that counts as twice the interest.',
  },
  'Size Guide Viewed': { needs: PRODUCTS, properties: FLAT, effect: 'Counts in size_guide_1h.' },
  'Products Searched': { needs: '', properties: '', effect: 'Counts in searches_1h.' },
  'Cart Viewed': { needs: '', properties: '', effect: ACTIVITY },
  'Checkout Started': {
    needs: '',
    properties: 'value of products and order where they are given',
    effect: CHECKOUT,
  },
  'Checkout Step Viewed': { needs: '', properties: '', effect: CHECKOUT },
  'Checkout Step Completed': { needs: '', properties: '', effect: CHECKOUT },
  'Payment Info Entered': { needs: '', properties: '', effect: CHECKOUT },
  'Shipping Cost Shown': {
    needs: '',
    properties: '',
    effect: 'The obstacle shipping_cost of an open checkout.',
  },
  'Coupon Entered': { needs: '', properties: '', effect: ACTIVITY },
  'Coupon Denied': { needs: '', properties: '', effect: 'The obstacle coupon_denied of an open checkout.' },
  'Payment Failed': { needs: '', properties: '', effect: 'The obstacle payment_failed of an open checkout.' },
  'Variant Unavailable': {
    needs: PRODUCTS,
    properties: FLAT,
    effect: 'The obstacle size_unavailable of an open checkout, until the product is taken out of the cart.',
  },
  'Checkout Exited': {
    needs: '',
    properties: '',
    effect: 'Ends the checkout at once: triggers need not wait for the silence.',
  },
  'Order Completed': {
    needs: ORDER,
    properties: `${AMOUNTS}; subscription_id; renewal: true or false (or Shopify's source_name: subscription_contract, Stripe's billing_reason: subscription_cycle)`,
    effect:
      'An order, keyed by its id: several tellings of one are one. Its products are not promoted for a while. One that renews a subscription begins no onboarding.',
  },
  'Order Refunded': {
    needs: ORDER,
    properties: `${AMOUNTS}; refund_id`,
    effect: 'Gives back the products that it names, or money; one refund_id counts once.',
  },
  'Order Cancelled': {
    needs: ORDER,
    properties: AMOUNTS,
    effect: 'The order never was, also when this comes first.',
  },
  'Order Shipped': { needs: NEWS_ORDER, properties: ORDER_IDS, effect: NEWS },
  'Order Delayed': { needs: NEWS_ORDER, properties: ORDER_IDS, effect: NEWS },
  'Order Delivered': { needs: NEWS_ORDER, properties: ORDER_IDS, effect: NEWS },
  'Return Received': {
    needs: NEWS_ORDER,
    properties: ORDER_IDS,
    effect: `${NEWS} The goods and the money come back with Order Refunded.`,
  },
  'Support Case Opened': {
    needs: NEWS_CASE,
    properties: CASE_IDS,
    effect:
      'Silences marketing until the case is closed, for open_case of guardrails.yaml at most. Fires triggers that wait for it.',
  },
  'Support Case Closed': {
    needs: NEWS_CASE,
    properties: CASE_IDS,
    effect: 'Ends the silence of the case, also when this comes first. Fires triggers that wait for it.',
  },
  'Subscription Cancelled': {
    needs: '',
    properties: 'subscription_id; without one all subscriptions end',
    effect: 'The customer is not subscribed any more, until an order of the subscription follows.',
  },
  'Consent Updated': {
    needs: 'channel, purpose and granted in the properties',
    properties:
      'channel: a channel or all; purpose: marketing, service or all; granted: true or false, or a word such as opted_in, unsubscribed; a name such as Unsubscribed says marketing and no by itself, and Email Unsubscribed the channel too; confirmed: true where another system had it confirmed; kept as the proof of it, at most 128 characters each: proof (or proof_url, receipt), form (or form_id, page), text_version (or consent_version)',
    effect:
      'A yes or a no for the channel and purpose; the latest counts. Who told it, where, when and with what proof is kept. On a channel with double_opt_in a yes to marketing waits for Consent Confirmed, and fires triggers that wait for it.',
  },
  'Consent Confirmed': {
    needs: 'channel in the properties',
    properties:
      'channel: a channel or all; purpose: marketing when absent; proof, form and text_version as above',
    effect:
      'Confirms the yes that waits on a channel with double_opt_in: from now on it counts. Elsewhere, a yes. Fires triggers that wait for it.',
  },
  'Profile Updated': {
    needs: '',
    properties:
      'each attribute that the policy declares, under its name: a text, a number, true or false, a day (1990-05-17), texts as a JSON list or with commas between them',
    effect: 'Keeps what is told of the customer; the latest word counts, and an empty one removes.',
  },
  'Page Viewed': { needs: '', properties: '', effect: ACTIVITY },
  'Screen Viewed': { needs: '', properties: '', effect: ACTIVITY },
  'Session Started': { needs: '', properties: '', effect: ACTIVITY },
  'Signed In': { needs: '', properties: '', effect: ACTIVITY },
};
