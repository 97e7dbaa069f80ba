import type { Policy } from '../policy/policy.ts';
import { TRAITS } from './trait-spec.ts';

/** Traits are computed by group; a policy that never asks for a group does not pay for it. Bits of a mask. */
export const NEED_VALUE = 1;
export const NEED_COUNTERS = 2;
export const NEED_VIEWED = 4;
export const NEED_TASTE = 8;
export const NEED_CATEGORIES = 16;
export const NEED_CART = 32;
export const NEED_MESSAGES = 64;
export const NEED_ORDERS = 128;
export const NEED_IDENTITY = 256;
export const NEED_OFFERS = 512;
export const NEED_BRANDS = 1_024;
export const NEED_OWNED = 2_048;
export const NEED_CART_CATEGORIES = 4_096;
export const NEED_ORDERED = 8_192;
export const NEED_ALL = 16_383;

const groupOf: Readonly<Record<string, number>> = {
  p_alive: NEED_VALUE,
  residual_value: NEED_VALUE,
  sessions_1d: NEED_COUNTERS,
  views_5m: NEED_COUNTERS,
  views_1h: NEED_COUNTERS,
  views_1d: NEED_COUNTERS,
  views_14d: NEED_COUNTERS,
  searches_1h: NEED_COUNTERS,
  size_guide_1h: NEED_COUNTERS,
  carts_1d: NEED_COUNTERS,
  checkouts_1d: NEED_COUNTERS,
  orders_14d: NEED_COUNTERS,
  viewed_product: NEED_VIEWED,
  viewed_category: NEED_VIEWED,
  viewed_brand: NEED_VIEWED,
  viewed_price: NEED_VIEWED,
  viewed_count: NEED_VIEWED,
  viewed_minutes_ago: NEED_VIEWED,
  viewed_stock: NEED_VIEWED,
  category_views_2d: NEED_VIEWED,
  category_top: NEED_TASTE,
  brand_top: NEED_TASTE,
  size_top: NEED_TASTE,
  categories: NEED_CATEGORIES,
  brands: NEED_BRANDS,
  owned_categories: NEED_OWNED,
  ordered_categories: NEED_ORDERED,
  cart_categories: NEED_CART_CATEGORIES,
  cart_items: NEED_CART,
  cart_value: NEED_CART,
  cart_minutes_ago: NEED_CART,
  days_since_open: NEED_MESSAGES,
  days_since_contact: NEED_MESSAGES,
  messages_14d: NEED_MESSAGES,
  clicks_14d: NEED_MESSAGES,
  email_engagement: NEED_MESSAGES,
  sms_engagement: NEED_MESSAGES,
  push_engagement: NEED_MESSAGES,
  whatsapp_engagement: NEED_MESSAGES,
  web_push_engagement: NEED_MESSAGES,
  order_gap_days: NEED_ORDERS,
  subscribed: NEED_ORDERS,
  ordered_product: NEED_ORDERS,
  ordered_category: NEED_ORDERS,
  ordered_price: NEED_ORDERS,
  is_known: NEED_IDENTITY,
  is_anonymous: NEED_IDENTITY,
  has_email: NEED_IDENTITY,
  has_phone: NEED_IDENTITY,
  has_live_offer: NEED_OFFERS,
  live_offer: NEED_OFFERS,
};

/**
 * The groups that a policy's conditions and content can read. A name is looked for in the source as a word, so a text
 * literal that happens to spell a trait only costs time.
 */
export function traitNeeds(policy: Policy): number {
  const asked = new Set<string>();
  for (const condition of policy.conditions) {
    for (const word of condition.source.match(/[a-z_][a-z0-9_]*/gi) ?? []) asked.add(word);
  }
  for (const action of policy.actions) {
    for (const variant of action.variants) {
      for (const slot of variant.slots) if (slot.source.kind === 'trait') asked.add(slot.source.name);
    }
  }
  let needs = 0;
  for (const trait of TRAITS) if (asked.has(trait.name)) needs |= groupOf[trait.name] ?? 0;
  return needs;
}
