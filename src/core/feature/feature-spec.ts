/**
 * What the model sees of a customer on one channel: FEATURE_COUNT float32 in this order. The order and the meaning are
 * a contract with the trained models: a card names FEATURE_SPEC_HASH and is refused when it differs. Any change, also
 * of a formula or of CHANNELS, raises FEATURE_SPEC_VERSION, trains the shipped model again, and notes in former-specs.ts what came.
 *
 * log1p(x) = ln(1 + x). Recencies are log1p(days), days cut at 365; what never happened counts as 365 days. With the days for which a
 * customer is known a count of sessions is a habit, and days of silence are many or few.
 */
import { fnv1a } from '../../base/hash.ts';
import { CHANNELS } from '../channel.ts';
import { STAGES } from '../policy/policy.ts';

export const FEATURE_SPEC_VERSION = 4;

export const FEATURES: readonly string[] = [
  // which channel the row is about
  ...CHANNELS.map((channel) => `channel_${channel}`),
  // where the customer stands
  ...STAGES.map((stage) => `stage_${stage}`),
  // what the customer does: log1p of decayed counts
  'views_1h',
  'views_1d',
  'views_14d',
  'carts_1d',
  'carts_14d',
  'checkouts_1h',
  'searches_1d',
  'size_guide_1d',
  'orders_14d',
  'messages_1d',
  'messages_14d',
  'opens_14d',
  'clicks_14d',
  'sessions', // log1p of the lifetime count
  // recency, frequency, monetary
  'days_known', // log1p of the days since the first fact, or the first order that it told of; 0 nobody yet
  'days_since_seen',
  'days_since_order',
  'orders',
  'average_order', // log1p of currency
  'discount_share',
  'refund_share',
  'p_alive',
  // taste: share of the strongest key, 0 unknown … 1 only this one
  'category_strength',
  'brand_strength',
  // this channel and the customer
  'engagement', // (opens + 1) / (sends + 5)
  'click_rate', // (clicks + 0.5) / (sends + 10)
  'sends', // log1p of the lifetime count on the channel
  'days_since_open', // on the channel
  'presence', // 2^(−minutes since the customer was seen on it / 10); 0 never
  // now
  'hour_sin', // local hour on the circle; 0, 0 when their zone is unknown
  'hour_cos',
  'weekend',
  'in_checkout',
  'cart_value', // log1p of currency
  'cart_items', // log1p
];

export const FEATURE_COUNT: number = FEATURES.length;

/** Hash of a version and its names in order, 8 hexadecimal digits. */
export function specHash(version: number, names: readonly string[]): string {
  return fnv1a(`${version}\n${names.join('\n')}`)
    .toString(16)
    .padStart(8, '0');
}

export const FEATURE_SPEC_HASH: string = specHash(FEATURE_SPEC_VERSION, FEATURES);
