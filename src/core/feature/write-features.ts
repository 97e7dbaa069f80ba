import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { weekday } from '../calendar/civil-time.ts';
import { CHANNELS } from '../channel.ts';
import { STAGES } from '../policy/policy.ts';
import { counterPlace, readCounter } from '../profile/counter.ts';
import type { Affinity, Profile } from '../profile/profile.ts';
import { engagement } from '../trait/compute-traits.ts';
import { customerAlive, refundShare } from '../trait/customer-value.ts';
import { FEATURES } from './feature-spec.ts';

const STAGE_0 = CHANNELS.length;
const BEHAVIOUR_0 = STAGE_0 + STAGES.length;
const CHANNEL_0 = FEATURES.indexOf('engagement');
const NOW_0 = FEATURES.indexOf('hour_sin');
const DAYS_MAX = 365;
const PRESENCE_HALF_LIFE_MS = 10 * MINUTE_MS;

/** Counter, window: in the order of the spec. */
const COUNTED = [
  [counterPlace('views'), 1],
  [counterPlace('views'), 2],
  [counterPlace('views'), 3],
  [counterPlace('carts'), 2],
  [counterPlace('carts'), 3],
  [counterPlace('checkouts'), 1],
  [counterPlace('searches'), 2],
  [counterPlace('sizeGuide'), 2],
  [counterPlace('orders'), 3],
  [counterPlace('messages'), 2],
  [counterPlace('messages'), 3],
  [counterPlace('opens'), 3],
  [counterPlace('clicks'), 3],
] as const;
const countedPlace = Uint8Array.from(COUNTED, (pair) => pair[0]);
const countedWindow = Uint8Array.from(COUNTED, (pair) => pair[1]);

/** What features need besides the profile. */
export interface FeatureContext {
  readonly now: number;
  /** Index into STAGES. */
  readonly stage: number;
  /** Minutes east of UTC, NaN: unknown. */
  readonly offsetMin: number;
}

/** Writes one row of FEATURE_COUNT float32 at `offset`: this customer on this channel. */
export function writeFeatures(
  out: Float32Array,
  offset: number,
  profile: Profile,
  context: FeatureContext,
  channel: number,
): void {
  for (let i = 0; i < BEHAVIOUR_0; i++) out[offset + i] = 0;
  out[offset + STAGE_0 + context.stage] = 1;
  const now = context.now;
  let at = offset + BEHAVIOUR_0;
  for (let i = 0; i < countedPlace.length; i++) {
    const count = readCounter(profile, countedPlace[i] as number, countedWindow[i] as number, now);
    out[at++] = count === 0 ? 0 : Math.log1p(count);
  }
  const orders = profile.orderCount;
  out[at++] = Math.log1p(profile.session.count);
  out[at++] = logDays(knownSince(profile, now), now);
  out[at++] = logDays(profile.lastAt, now);
  out[at++] = logDays(profile.lastOrderAt, now);
  out[at++] = Math.log1p(orders);
  out[at++] = orders > 0 ? Math.log1p(Math.max(0, profile.revenue) / orders) : 0;
  out[at++] = orders > 0 ? profile.discountedOrders / orders : 0;
  out[at++] = refundShare(profile);
  out[at++] = customerAlive(profile, now);
  out[at++] = strength(profile.categories);
  out[at++] = strength(profile.brands);
  writeNow(out, offset + NOW_0, profile, context);
  writeChannel(out, offset, profile, now, channel);
}

/** The row at `offset` again for another channel, from a row of the same customer and instant at `from`. */
export function writeFeaturesLike(
  out: Float32Array,
  offset: number,
  from: number,
  profile: Profile,
  now: number,
  channel: number,
): void {
  out.copyWithin(offset, from, from + FEATURES.length);
  out.fill(0, offset, offset + STAGE_0);
  writeChannel(out, offset, profile, now, channel);
}

function writeChannel(
  out: Float32Array,
  offset: number,
  profile: Profile,
  now: number,
  channel: number,
): void {
  out[offset + channel] = 1;
  const stats = profile.channelStats[channel];
  const at = offset + CHANNEL_0;
  out[at] = engagement(profile, channel);
  if (stats === undefined) {
    out[at + 1] = 0.05;
    out[at + 2] = 0;
    out[at + 3] = logDays(0, now);
    out[at + 4] = 0;
    return;
  }
  const sends = Math.max(0, stats.sends);
  out[at + 1] = (Math.min(sends, stats.clicks) + 0.5) / (sends + 10);
  out[at + 2] = Math.log1p(sends);
  out[at + 3] = logDays(stats.lastOpenAt, now);
  out[at + 4] = presence(stats.lastSeenAt, now);
}

function writeNow(out: Float32Array, at: number, profile: Profile, context: FeatureContext): void {
  if (Number.isNaN(context.offsetMin)) {
    out[at] = 0;
    out[at + 1] = 0;
    out[at + 2] = 0;
  } else {
    const local = context.now + context.offsetMin * MINUTE_MS;
    const turn = (2 * Math.PI * (local - Math.floor(local / DAY_MS) * DAY_MS)) / (24 * HOUR_MS);
    out[at] = Math.sin(turn);
    out[at + 1] = Math.cos(turn);
    out[at + 2] = weekday(context.now, context.offsetMin) >= 5 ? 1 : 0;
  }
  const checkout = profile.checkout;
  out[at + 3] = checkout !== undefined && checkout.exitedAt === 0 ? 1 : 0;
  let items = 0;
  let value = 0;
  for (const item of profile.cart) {
    items += item.quantity;
    value += item.quantity * item.price;
  }
  out[at + 4] = value > 0 ? Math.log1p(value) : 0;
  out[at + 5] = items > 0 ? Math.log1p(items) : 0;
}

/** How surely the customer is there now, 1 just seen … 0: halves every ten minutes. */
export function presence(seenAt: number, now: number): number {
  if (seenAt <= 0) return 0;
  return seenAt >= now ? 1 : 2 ** ((seenAt - now) / PRESENCE_HALF_LIFE_MS);
}

/** An import tells of orders before the first fact. */
function knownSince({ createdAt, firstOrderAt }: Profile, now: number): number {
  if (!(createdAt > 0)) return now;
  return firstOrderAt > 0 && firstOrderAt < createdAt ? firstOrderAt : createdAt;
}

function logDays(at: number, now: number): number {
  if (at <= 0) return Math.log1p(DAYS_MAX);
  return at >= now ? 0 : Math.log1p(Math.min(DAYS_MAX, (now - at) / DAY_MS));
}

function strength(affinity: Affinity): number {
  let total = 0;
  let most = 0;
  for (let i = 0; i < affinity.weights.length; i++) {
    const weight = affinity.weights[i] as number;
    total += weight;
    if (weight > most) most = weight;
  }
  return total > 0 ? most / total : 0;
}
