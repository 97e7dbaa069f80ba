// Long because the list is closed: a trait is one row of it, and nothing else is here.
/**
 * The closed list of traits: all that a policy's conditions can ask and all that a slot can show of a customer.
 * `compute-traits.ts` fills an object with exactly these keys; the CEL type checker knows exactly these names.
 *
 * Every number is a double. A "how long ago" that never happened is `NEVER` (so `> 30` holds for a stranger, `< 30`
 * does not); an unknown text is ''; an unknown clock value is -1. `_5m`, `_1h`, `_1d` and `_14d` are counters that
 * decay with that half-life: an event counts 1 when it happens and a half one half-life later.
 */

import { CHANNELS } from '../channel.ts';
import { Bought } from './bought.ts';
import { KnownAttributes } from './known-attributes.ts';
import { NEVER } from './since.ts';

export type TraitType = 'string' | 'double' | 'bool' | 'list<string>';

/** Both included; `whole`: nothing between whole numbers. */
export interface TraitRange {
  readonly from: number;
  readonly to: number;
  readonly whole?: boolean;
}

const COUNT = { from: 0, to: Number.POSITIVE_INFINITY, whole: true } as const;
/** What is never below 0. */
const AMOUNT = { from: 0, to: Number.POSITIVE_INFINITY } as const;
const SHARE = { from: 0, to: 1 } as const;
const SCORE = { from: 1, to: 5, whole: true } as const;
const SINCE = { from: 0, to: NEVER } as const;

export interface TraitSpec {
  readonly name: string;
  readonly type: TraitType;
  /** What it is counted or given in, for authors. */
  readonly unit: string;
  /** Over which time it looks, for authors. */
  readonly window: string;
  /** A condition that asks it. */
  readonly example: string;
  /** One sentence with the unit, shown to policy authors. */
  readonly doc: string;
  /** The closed set of a text's values; absent: any text. */
  readonly values?: readonly string[];
  /** What it is for a customer of whom nothing is known, where that is not '', 0, false or an empty list. */
  readonly initial?: string | number;
  /** The numbers that it can be; absent: any. */
  readonly range?: TraitRange;
  /** What its texts name, so that a name that nobody has can be told. */
  readonly names?: 'category' | 'product';
}

const channelNames = ['', ...CHANNELS] as const;

export const TRAITS = [
  // who the customer is
  {
    name: 'stage',
    type: 'string',
    unit: 'name of a stage',
    window: 'now',
    example: 'stage in ["active", "lapsing"]',
    initial: 'prospect',
    values: ['prospect', 'onboarding', 'active', 'lapsing', 'lapsed', 'loyalist', 'fading'],
    doc: 'Lifecycle stage.',
  },
  {
    name: 'loyalty_tier',
    type: 'string',
    unit: 'name of a tier',
    window: 'lifetime',
    example: 'loyalty_tier == "gold"',
    initial: 'none',
    values: ['none', 'silver', 'gold'],
    doc: "Tier from lifetime spend: gold from the policy's loyalist spend on, silver from half of it.",
  },
  {
    name: 'is_known',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'is_known',
    doc: 'An identifier other than an anonymous one has been seen.',
  },
  {
    name: 'is_anonymous',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'is_anonymous',
    doc: 'Only anonymous identifiers have been seen: the opposite of is_known.',
  },
  {
    name: 'has_email',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'has_email',
    doc: 'An identifier whose kind begins with "email" has been seen.',
  },
  {
    name: 'has_phone',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'has_phone && !has_email',
    doc: 'An identifier whose kind begins with "phone" has been seen.',
  },
  {
    name: 'has_app',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'has_app',
    doc: 'The customer has been seen in the app.',
  },
  {
    name: 'locale',
    type: 'string',
    unit: 'language tag',
    window: 'last known',
    example: 'locale.startsWith("de")',
    doc: 'Last known locale, such as "en-GB".',
  },
  // what the customer has bought
  {
    name: 'orders',
    type: 'double',
    unit: 'orders',
    window: 'lifetime',
    example: 'orders == 0.0',
    range: COUNT,
    doc: 'Orders in their lifetime: none that was cancelled, or whose goods all came back; one whose money went back without a word about goods is one.',
  },
  {
    name: 'revenue',
    type: 'double',
    unit: 'currency',
    window: 'lifetime',
    example: 'revenue >= 500.0',
    doc: 'Lifetime spend less refunds, in the reporting currency.',
  },
  {
    name: 'average_order',
    type: 'double',
    unit: 'currency',
    window: 'lifetime',
    example: 'average_order >= 50.0',
    doc: 'Mean value of an order in currency; 0 without orders.',
  },
  {
    name: 'discount_share',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'discount_share < 0.5',
    range: SHARE,
    doc: 'Share of their orders that carried a discount, 0 to 1; 0 without orders.',
  },
  {
    name: 'refund_share',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'refund_share < 0.3',
    range: SHARE,
    doc: 'Share of all the customer ever paid that was refunded, 0 to 1.',
  },
  {
    name: 'days_since_order',
    type: 'double',
    unit: 'days',
    window: 'since the last order',
    example: 'days_since_order >= 20.0 && days_since_order < 40.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Days since their last order.',
  },
  {
    name: 'days_since_first_order',
    type: 'double',
    unit: 'days',
    window: 'since the first order',
    example: 'days_since_first_order >= 365.0 && days_since_first_order < 372.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Days since their first order.',
  },
  {
    name: 'order_gap_days',
    type: 'double',
    unit: 'days',
    window: 'lifetime',
    example: 'order_gap_days > 0.0 && days_since_order > order_gap_days * 1.3',
    range: AMOUNT,
    doc: 'Mean days between their orders: their own rhythm; 0 with fewer than two orders.',
  },
  {
    name: 'subscribed',
    type: 'bool',
    unit: 'true or false',
    window: '45 days, or 1.5 times the gap between the last two orders if that is longer',
    example: '!subscribed',
    doc: 'They have an order of a subscription that is younger than that, and no Subscription Cancelled came after it.',
  },
  {
    name: 'orders_14d',
    type: 'double',
    unit: 'orders, decayed',
    window: 'half-life of 14 days',
    example: 'orders_14d >= 1.0',
    range: AMOUNT,
    doc: 'Orders, decayed with a half-life of 14 days.',
  },
  {
    name: 'ordered_product',
    type: 'string',
    unit: 'product id',
    window: 'last order',
    example: 'ordered_product == "coat-1"',
    names: 'product',
    doc: 'Product id of the dearest line, price times quantity, of the last order of which the customer kept something.',
  },
  {
    name: 'ordered_category',
    type: 'string',
    unit: 'category',
    window: 'last order',
    example: 'ordered_category == "coffee"',
    names: 'category',
    doc: 'Category of the dearest line of that order.',
  },
  {
    name: 'ordered_categories',
    type: 'list<string>',
    unit: 'list of categories',
    window: 'last order',
    example: '"coffee" in ordered_categories',
    names: 'category',
    doc: 'Categories of all lines of that order, of the dearest first, without repeats.',
  },
  {
    name: 'ordered_price',
    type: 'double',
    unit: 'currency',
    window: 'last order',
    example: 'ordered_price >= 100.0',
    doc: 'Price paid for one unit of the dearest line of that order, in currency.',
  },
  {
    name: 'owned_categories',
    type: 'list<string>',
    unit: 'list of categories',
    window: 'lifetime',
    example: '"machines" in owned_categories',
    names: 'category',
    doc: 'Categories of the things that the customer owns, latest first, without repeats.',
  },
  // what the customer is worth and how likely they are to return
  {
    name: 'p_alive',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'p_alive < 0.5',
    range: SHARE,
    doc: 'Probability that the customer still buys here, from their own rhythm, 0 to 1; 0 without orders.',
  },
  {
    name: 'residual_value',
    type: 'double',
    unit: 'currency',
    window: 'next 12 months',
    example: 'residual_value >= 20.0',
    range: AMOUNT,
    doc: 'Margin expected of the customer over the next 12 months, in currency.',
  },
  {
    name: 'rfm_recency',
    type: 'double',
    unit: 'score, 1 to 5',
    window: 'since the last order',
    example: 'rfm_recency >= 4.0',
    range: SCORE,
    initial: 1,
    doc: 'Recency score, 1 (long ago or never) to 5 (just now).',
  },
  {
    name: 'rfm_frequency',
    type: 'double',
    unit: 'score, 1 to 5',
    window: 'lifetime',
    example: 'rfm_frequency >= 3.0',
    range: SCORE,
    initial: 1,
    doc: 'Frequency score, 1 (none or one order) to 5.',
  },
  {
    name: 'rfm_monetary',
    type: 'double',
    unit: 'score, 1 to 5',
    window: 'lifetime',
    example: 'rfm_monetary == 5.0',
    range: SCORE,
    initial: 1,
    doc: 'Spend score, 1 (least) to 5 (most).',
  },
  // what the customer is doing now
  {
    name: 'days_since_seen',
    type: 'double',
    unit: 'days',
    window: 'since the last event',
    example: 'days_since_seen >= 14.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Days since their last event on any channel.',
  },
  {
    name: 'minutes_since_seen',
    type: 'double',
    unit: 'minutes',
    window: 'since the last event',
    example: 'minutes_since_seen < 10.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Minutes since their last event on any channel, at most 9,999.',
  },
  {
    name: 'sessions',
    type: 'double',
    unit: 'sessions',
    window: 'lifetime',
    example: 'sessions >= 3.0',
    range: COUNT,
    doc: 'Sessions in their lifetime.',
  },
  {
    name: 'session_minutes',
    type: 'double',
    unit: 'minutes',
    window: 'last session',
    example: 'session_minutes >= 5.0',
    doc: 'Minutes from the start of their last session to its last event.',
  },
  {
    name: 'sessions_1d',
    type: 'double',
    unit: 'sessions, decayed',
    window: 'half-life of a day',
    example: 'sessions_1d >= 2.0',
    range: AMOUNT,
    doc: 'Sessions, decayed with a half-life of a day.',
  },
  {
    name: 'views_5m',
    type: 'double',
    unit: 'views, decayed',
    window: 'half-life of 5 minutes',
    example: 'views_5m >= 2.0',
    range: AMOUNT,
    doc: 'Product views, decayed with a half-life of 5 minutes.',
  },
  {
    name: 'views_1h',
    type: 'double',
    unit: 'views, decayed',
    window: 'half-life of an hour',
    example: 'views_1h >= 3.0',
    range: AMOUNT,
    doc: 'Product views, decayed with a half-life of an hour.',
  },
  {
    name: 'views_1d',
    type: 'double',
    unit: 'views, decayed',
    window: 'half-life of a day',
    example: 'views_1d >= 5.0',
    range: AMOUNT,
    doc: 'Product views, decayed with a half-life of a day.',
  },
  {
    name: 'views_14d',
    type: 'double',
    unit: 'views, decayed',
    window: 'half-life of 14 days',
    example: 'views_14d >= 2.0',
    range: AMOUNT,
    doc: 'Product views, decayed with a half-life of 14 days.',
  },
  {
    name: 'searches_1h',
    type: 'double',
    unit: 'searches, decayed',
    window: 'half-life of an hour',
    example: 'searches_1h >= 1.0',
    range: AMOUNT,
    doc: 'Searches, decayed with a half-life of an hour.',
  },
  {
    name: 'size_guide_1h',
    type: 'double',
    unit: 'openings, decayed',
    window: 'half-life of an hour',
    example: 'size_guide_1h > 0.2',
    range: AMOUNT,
    doc: 'Size guide openings, decayed with a half-life of an hour.',
  },
  {
    name: 'carts_1d',
    type: 'double',
    unit: 'products, decayed',
    window: 'half-life of a day',
    example: 'carts_1d >= 1.0',
    range: AMOUNT,
    doc: 'Products put into the cart, decayed with a half-life of a day.',
  },
  {
    name: 'checkouts_1d',
    type: 'double',
    unit: 'checkouts, decayed',
    window: 'half-life of a day',
    example: 'checkouts_1d >= 1.0',
    range: AMOUNT,
    doc: 'Checkout events, decayed with a half-life of a day.',
  },
  // what the customer looked at
  {
    name: 'viewed_product',
    type: 'string',
    unit: 'product id',
    window: 'last view',
    example: 'viewed_product != ""',
    names: 'product',
    doc: 'Product id that the customer viewed last.',
  },
  {
    name: 'viewed_category',
    type: 'string',
    unit: 'category',
    window: 'last view',
    example: 'viewed_category in ["coffee", "tea"]',
    names: 'category',
    doc: 'Category of the product that the customer viewed last.',
  },
  {
    name: 'viewed_brand',
    type: 'string',
    unit: 'brand',
    window: 'last view',
    example: 'brand_top != "" && brand_top == viewed_brand',
    doc: 'Brand of the product that the customer viewed last.',
  },
  {
    name: 'viewed_price',
    type: 'double',
    unit: 'currency',
    window: 'last view',
    example: 'viewed_price >= 100.0',
    range: AMOUNT,
    doc: 'Price of the product that the customer viewed last, in currency; 0 unknown.',
  },
  {
    name: 'viewed_count',
    type: 'double',
    unit: 'views',
    window: 'lifetime',
    example: 'viewed_count >= 3.0',
    range: COUNT,
    doc: 'How often the customer viewed the product that they viewed last.',
  },
  {
    name: 'viewed_minutes_ago',
    type: 'double',
    unit: 'minutes',
    window: 'since the last view',
    example: 'viewed_minutes_ago < 60.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Minutes since their last product view, at most 9,999.',
  },
  {
    name: 'viewed_stock',
    type: 'double',
    unit: 'units',
    window: 'now',
    example: 'viewed_stock >= 1.0 && viewed_stock <= 3.0',
    range: { from: -1, to: Number.POSITIVE_INFINITY },
    initial: -1,
    doc: 'Units left of the product that the customer viewed last, in their size where it has sizes; -1 when stock is not tracked.',
  },
  {
    name: 'category_views_2d',
    type: 'double',
    unit: 'views',
    window: 'last 2 days',
    example: 'category_views_2d >= 3.0',
    range: COUNT,
    doc: 'Views of products in viewed_category that were viewed within the last 2 days.',
  },
  {
    name: 'category_top',
    type: 'string',
    unit: 'category',
    window: 'lifetime, newer counts more',
    example: 'category_top == "coffee"',
    names: 'category',
    doc: 'The category that the customer likes best.',
  },
  {
    name: 'brand_top',
    type: 'string',
    unit: 'brand',
    window: 'lifetime, newer counts more',
    example: 'brand_top != ""',
    doc: 'The brand that the customer likes best.',
  },
  {
    name: 'size_top',
    type: 'string',
    unit: 'size',
    window: 'lifetime, newer counts more',
    example: 'size_top != ""',
    doc: 'The size that the customer looks at and buys most.',
  },
  {
    name: 'categories',
    type: 'list<string>',
    unit: 'list of categories',
    window: 'lifetime, newer counts more',
    example: '"tea" in categories',
    names: 'category',
    doc: 'The categories that the customer likes, best first, at most 5.',
  },
  {
    name: 'brands',
    type: 'list<string>',
    unit: 'list of brands',
    window: 'lifetime, newer counts more',
    example: '"acme" in brands',
    doc: 'The brands that the customer likes, best first, at most 5.',
  },
  // cart and checkout
  {
    name: 'cart_items',
    type: 'double',
    unit: 'units',
    window: 'now',
    example: 'cart_items > 0.0',
    range: COUNT,
    doc: 'Units in their cart.',
  },
  {
    name: 'cart_value',
    type: 'double',
    unit: 'currency',
    window: 'now',
    example: 'cart_value >= 40.0',
    range: AMOUNT,
    doc: 'Value of their cart, in currency.',
  },
  {
    name: 'cart_minutes_ago',
    type: 'double',
    unit: 'minutes',
    window: 'since the cart grew',
    example: 'cart_items > 0.0 && cart_minutes_ago > 60.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Minutes since the newest thing in their cart was put there, at most 9,999; 9,999 for an empty cart.',
  },
  {
    name: 'cart_categories',
    type: 'list<string>',
    unit: 'list of categories',
    window: 'now',
    example: '"machines" in cart_categories',
    names: 'category',
    doc: 'Categories of the things in their cart, without repeats.',
  },
  {
    name: 'in_checkout',
    type: 'bool',
    unit: 'true or false',
    window: 'now',
    example: '!in_checkout',
    doc: 'The customer has begun a checkout that has neither ended in an order nor been given up as exited.',
  },
  {
    name: 'friction',
    type: 'string',
    unit: 'name of an obstacle',
    window: 'last checkout',
    example: 'friction == "payment_failed"',
    initial: 'none',
    values: ['none', 'shipping_cost', 'size_unavailable', 'coupon_denied', 'payment_failed'],
    doc: 'The last obstacle of their open or exited checkout.',
  },
  // where and when
  {
    name: 'context_channel',
    type: 'string',
    unit: 'name of a channel',
    window: 'now',
    example: 'context_channel == "app"',
    values: channelNames,
    doc: 'Channel that the caller names; without one the channel of the last session, "" when there was none.',
  },
  {
    name: 'active_channel',
    type: 'string',
    unit: 'name of a channel',
    window: 'last event',
    example: 'active_channel in ["web", "app"]',
    values: channelNames,
    doc: 'Channel of their last event.',
  },
  {
    name: 'device',
    type: 'string',
    unit: 'word of the caller',
    window: 'now',
    example: 'device == "mobile"',
    doc: 'Device as the caller\'s context names it, such as "mobile".',
  },
  {
    name: 'local_hour',
    type: 'double',
    unit: 'hour, 0 to 23',
    window: 'now',
    example: 'local_hour >= 18.0',
    range: { from: -1, to: 23, whole: true },
    initial: -1,
    doc: 'Hour of their local day, 0 to 23; -1 when their zone is unknown.',
  },
  {
    name: 'weekday',
    type: 'double',
    unit: 'day, 0 Monday to 6 Sunday',
    window: 'now',
    example: 'weekday >= 5.0',
    range: { from: -1, to: 6, whole: true },
    initial: -1,
    doc: 'Day of their local week, 0 Monday to 6 Sunday; -1 when their zone is unknown.',
  },
  // how the customer takes our messages
  {
    name: 'days_since_open',
    type: 'double',
    unit: 'days',
    window: 'since the last opened message',
    example: 'days_since_open > 45.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Days since the customer last opened a message of any channel.',
  },
  {
    name: 'days_since_contact',
    type: 'double',
    unit: 'days',
    window: 'since the last message',
    example: 'days_since_contact > 7.0',
    range: SINCE,
    initial: NEVER,
    doc: 'Days since we last sent the customer a message on any channel.',
  },
  {
    name: 'messages_14d',
    type: 'double',
    unit: 'messages, decayed',
    window: 'half-life of 14 days',
    example: 'messages_14d < 3.0',
    range: AMOUNT,
    doc: 'Messages sent to the customer, decayed with a half-life of 14 days.',
  },
  {
    name: 'clicks_14d',
    type: 'double',
    unit: 'clicks, decayed',
    window: 'half-life of 14 days',
    example: 'clicks_14d >= 1.0',
    range: AMOUNT,
    doc: 'Messages that the customer clicked, decayed with a half-life of 14 days.',
  },
  {
    name: 'email_engagement',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'email_engagement >= 0.3',
    range: SHARE,
    initial: 0.2,
    doc: 'Share of our e-mails that the customer opens, smoothed, 0 to 1; 0.2 before the first.',
  },
  {
    name: 'sms_engagement',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'sms_engagement >= 0.3',
    range: SHARE,
    initial: 0.2,
    doc: 'Share of our text messages that the customer opens or clicks, smoothed, 0 to 1; 0.2 before the first.',
  },
  {
    name: 'push_engagement',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'push_engagement >= 0.3',
    range: SHARE,
    initial: 0.2,
    doc: 'Share of our pushes that the customer opens, smoothed, 0 to 1; 0.2 before the first.',
  },
  {
    name: 'whatsapp_engagement',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'whatsapp_engagement >= 0.3',
    range: SHARE,
    initial: 0.2,
    doc: 'Share of our WhatsApp messages that the customer opens, smoothed, 0 to 1; 0.2 before the first.',
  },
  {
    name: 'web_push_engagement',
    type: 'double',
    unit: 'share, 0 to 1',
    window: 'lifetime',
    example: 'web_push_engagement >= 0.3',
    range: SHARE,
    initial: 0.2,
    doc: 'Share of our pushes to their browsers that the customer opens, smoothed, 0 to 1; 0.2 before the first.',
  },
  {
    name: 'has_live_offer',
    type: 'bool',
    unit: 'true or false',
    window: 'now',
    example: '!has_live_offer',
    doc: 'An offer made to the customer has neither run out nor been used.',
  },
  {
    name: 'live_offer',
    type: 'string',
    unit: 'offer id',
    window: 'now',
    example: 'live_offer == "welcome_10"',
    doc: 'Id of the newest offer that is live for the customer.',
  },
] as const satisfies readonly TraitSpec[];

type ValueOf<S> = S extends { readonly type: 'double' }
  ? number
  : S extends { readonly type: 'bool' }
    ? boolean
    : S extends { readonly type: 'list<string>' }
      ? readonly string[]
      : string;

/**
 * One value per trait, what functions of a category read, and what the shop told of the customer. Mutable, so that the decision path
 * can fill the same object again.
 */
export type Traits = TraitValues & { readonly bought: Bought; readonly attributes: KnownAttributes };
export type TraitValues = { [S in (typeof TRAITS)[number] as S['name']]: ValueOf<S> };

/** The traits of a customer of whom nothing is known. A new object each time. */
export function strangerTraits(): Traits {
  const values = Object.fromEntries(TRAITS.map((spec) => [spec.name, initialValue(spec)])) as TraitValues;
  return { ...values, bought: new Bought(), attributes: new KnownAttributes() };
}

function initialValue(spec: TraitSpec): string | number | boolean | readonly string[] {
  if (spec.initial !== undefined) return spec.initial;
  switch (spec.type) {
    case 'double':
      return 0;
    case 'bool':
      // A stranger is anonymous; nothing else is true of the customer.
      return spec.name === 'is_anonymous';
    case 'list<string>':
      return [];
    case 'string':
      return '';
  }
}
