import type { Traits } from './trait-spec.ts';

/** Whether a number trait lies between two bounds, both included; a NaN lies nowhere. */
export type InRange = (traits: Traits, low: number, high: number) => boolean;

type NumberTrait = { [Name in keyof Traits]: Traits[Name] extends number ? Name : never }[keyof Traits];

/** Compares where it reads: a number handed out of a function of its own would be a new object on the heap each time. */
const ranges: { readonly [Name in NumberTrait]: InRange } = {
  orders: (traits, low, high) => traits.orders >= low && traits.orders <= high,
  revenue: (traits, low, high) => traits.revenue >= low && traits.revenue <= high,
  average_order: (traits, low, high) => traits.average_order >= low && traits.average_order <= high,
  discount_share: (traits, low, high) => traits.discount_share >= low && traits.discount_share <= high,
  refund_share: (traits, low, high) => traits.refund_share >= low && traits.refund_share <= high,
  days_since_order: (traits, low, high) => traits.days_since_order >= low && traits.days_since_order <= high,
  days_since_first_order: (traits, low, high) =>
    traits.days_since_first_order >= low && traits.days_since_first_order <= high,
  order_gap_days: (traits, low, high) => traits.order_gap_days >= low && traits.order_gap_days <= high,
  orders_14d: (traits, low, high) => traits.orders_14d >= low && traits.orders_14d <= high,
  ordered_price: (traits, low, high) => traits.ordered_price >= low && traits.ordered_price <= high,
  p_alive: (traits, low, high) => traits.p_alive >= low && traits.p_alive <= high,
  residual_value: (traits, low, high) => traits.residual_value >= low && traits.residual_value <= high,
  rfm_recency: (traits, low, high) => traits.rfm_recency >= low && traits.rfm_recency <= high,
  rfm_frequency: (traits, low, high) => traits.rfm_frequency >= low && traits.rfm_frequency <= high,
  rfm_monetary: (traits, low, high) => traits.rfm_monetary >= low && traits.rfm_monetary <= high,
  days_since_seen: (traits, low, high) => traits.days_since_seen >= low && traits.days_since_seen <= high,
  minutes_since_seen: (traits, low, high) =>
    traits.minutes_since_seen >= low && traits.minutes_since_seen <= high,
  sessions: (traits, low, high) => traits.sessions >= low && traits.sessions <= high,
  session_minutes: (traits, low, high) => traits.session_minutes >= low && traits.session_minutes <= high,
  sessions_1d: (traits, low, high) => traits.sessions_1d >= low && traits.sessions_1d <= high,
  views_5m: (traits, low, high) => traits.views_5m >= low && traits.views_5m <= high,
  views_1h: (traits, low, high) => traits.views_1h >= low && traits.views_1h <= high,
  views_1d: (traits, low, high) => traits.views_1d >= low && traits.views_1d <= high,
  views_14d: (traits, low, high) => traits.views_14d >= low && traits.views_14d <= high,
  searches_1h: (traits, low, high) => traits.searches_1h >= low && traits.searches_1h <= high,
  size_guide_1h: (traits, low, high) => traits.size_guide_1h >= low && traits.size_guide_1h <= high,
  carts_1d: (traits, low, high) => traits.carts_1d >= low && traits.carts_1d <= high,
  checkouts_1d: (traits, low, high) => traits.checkouts_1d >= low && traits.checkouts_1d <= high,
  viewed_price: (traits, low, high) => traits.viewed_price >= low && traits.viewed_price <= high,
  viewed_count: (traits, low, high) => traits.viewed_count >= low && traits.viewed_count <= high,
  viewed_minutes_ago: (traits, low, high) =>
    traits.viewed_minutes_ago >= low && traits.viewed_minutes_ago <= high,
  viewed_stock: (traits, low, high) => traits.viewed_stock >= low && traits.viewed_stock <= high,
  category_views_2d: (traits, low, high) =>
    traits.category_views_2d >= low && traits.category_views_2d <= high,
  cart_items: (traits, low, high) => traits.cart_items >= low && traits.cart_items <= high,
  cart_value: (traits, low, high) => traits.cart_value >= low && traits.cart_value <= high,
  cart_minutes_ago: (traits, low, high) => traits.cart_minutes_ago >= low && traits.cart_minutes_ago <= high,
  local_hour: (traits, low, high) => traits.local_hour >= low && traits.local_hour <= high,
  weekday: (traits, low, high) => traits.weekday >= low && traits.weekday <= high,
  days_since_open: (traits, low, high) => traits.days_since_open >= low && traits.days_since_open <= high,
  days_since_contact: (traits, low, high) =>
    traits.days_since_contact >= low && traits.days_since_contact <= high,
  messages_14d: (traits, low, high) => traits.messages_14d >= low && traits.messages_14d <= high,
  clicks_14d: (traits, low, high) => traits.clicks_14d >= low && traits.clicks_14d <= high,
  email_engagement: (traits, low, high) => traits.email_engagement >= low && traits.email_engagement <= high,
  sms_engagement: (traits, low, high) => traits.sms_engagement >= low && traits.sms_engagement <= high,
  push_engagement: (traits, low, high) => traits.push_engagement >= low && traits.push_engagement <= high,
  whatsapp_engagement: (traits, low, high) =>
    traits.whatsapp_engagement >= low && traits.whatsapp_engagement <= high,
  web_push_engagement: (traits, low, high) =>
    traits.web_push_engagement >= low && traits.web_push_engagement <= high,
};

const byName: ReadonlyMap<string, InRange> = new Map(Object.entries(ranges));

/** The test of a number trait's range; undefined: no number trait has this name. */
export function numberTraitRange(name: string): InRange | undefined {
  return byName.get(name);
}
