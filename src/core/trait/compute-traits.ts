/**
 * Fills the one reusable traits object of a decision from the profile. Groups that nobody asks for keep what the last
 * customer left there: read only what `needs` covers, or pass NEED_ALL.
 */
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { minuteOfDay, weekday } from '../calendar/civil-time.ts';
import type { CatalogView } from '../catalog/catalog.ts';
import { CHANNELS } from '../channel.ts';
import { FRICTIONS, type StageRules } from '../policy/policy.ts';
import { affinityTop } from '../profile/affinity.ts';
import { counterPlace, readCounter } from '../profile/counter.ts';
import { dearestOfLast } from '../profile/owned-orders.ts';
import type { Profile } from '../profile/profile.ts';
import { isSubscribed } from '../profile/subscription.ts';
import { customerAlive, refundShare, residualValue } from './customer-value.ts';
import { daysSince, minutesSince, NEVER } from './since.ts';
import { lastOpenAt, stageIndex, stageName } from './stage.ts';
import { stockOf } from './stock.ts';
import { cartCategories, orderedCategories, ownedCategories, topKeys } from './trait-lists.ts';
import {
  NEED_BRANDS,
  NEED_CART,
  NEED_CART_CATEGORIES,
  NEED_CATEGORIES,
  NEED_COUNTERS,
  NEED_IDENTITY,
  NEED_MESSAGES,
  NEED_OFFERS,
  NEED_ORDERED,
  NEED_ORDERS,
  NEED_OWNED,
  NEED_TASTE,
  NEED_VALUE,
  NEED_VIEWED,
} from './trait-needs.ts';
import type { Traits } from './trait-spec.ts';

/** What traits depend on besides the profile. */
export interface TraitContext {
  readonly now: number;
  readonly rules: StageRules;
  readonly catalog: CatalogView;
  readonly contextChannel: number;
  /** Minutes east of UTC, NaN: unknown. */
  readonly offsetMin: number;
  readonly device: string;
  readonly locale: string;
}

const VIEWS = counterPlace('views');
const SESSIONS = counterPlace('sessions');
const SEARCHES = counterPlace('searches');
const SIZE_GUIDE = counterPlace('sizeGuide');
const CARTS = counterPlace('carts');
const CHECKOUTS = counterPlace('checkouts');
const ORDERS = counterPlace('orders');
const MESSAGES = counterPlace('messages');
const CLICKS = counterPlace('clicks');
const EMAIL = CHANNELS.indexOf('email');
const SMS = CHANNELS.indexOf('sms');
const PUSH = CHANNELS.indexOf('push');
const WHATSAPP = CHANNELS.indexOf('whatsapp');
const WEB_PUSH = CHANNELS.indexOf('web_push');
const APP = CHANNELS.indexOf('app');
const CATEGORY_WINDOW_MS = 2 * DAY_MS;
/** A channel without sends counts as one with 1 open in 5 (smoothing worth 5 messages). */
const ENGAGEMENT_PRIOR_OPENS = 1;
const ENGAGEMENT_PRIOR_SENDS = 5;

/** Fills `traits`; returns the stage's index. `needs`: see trait-needs.ts. */
export function computeTraits(
  traits: Traits,
  profile: Profile,
  context: TraitContext,
  needs: number,
): number {
  const now = context.now;
  const stage = stageIndex(profile, context.rules, now);
  traits.stage = stageName(stage);
  traits.bought.begin(profile, context.catalog, now);
  traits.attributes.begin(profile.attributes, now, context.offsetMin);
  fillBasics(traits, profile, context, now);
  if ((needs & NEED_VALUE) !== 0) {
    traits.p_alive = customerAlive(profile, now);
    traits.residual_value = residualValue(profile, now, traits.p_alive);
  }
  if ((needs & NEED_COUNTERS) !== 0) fillCounters(traits, profile, now);
  if ((needs & NEED_VIEWED) !== 0) fillViewed(traits, profile, context, now);
  if ((needs & NEED_TASTE) !== 0) fillTaste(traits, profile);
  if ((needs & NEED_CATEGORIES) !== 0) traits.categories = topKeys(profile.categories);
  if ((needs & NEED_BRANDS) !== 0) traits.brands = topKeys(profile.brands);
  if ((needs & NEED_OWNED) !== 0) traits.owned_categories = ownedCategories(profile);
  if ((needs & NEED_ORDERED) !== 0) traits.ordered_categories = orderedCategories(profile);
  if ((needs & NEED_CART_CATEGORIES) !== 0) traits.cart_categories = cartCategories(profile);
  if ((needs & NEED_CART) !== 0) fillCart(traits, profile, now);
  if ((needs & NEED_MESSAGES) !== 0) fillMessages(traits, profile, now);
  if ((needs & NEED_ORDERS) !== 0) fillOrders(traits, profile, now);
  if ((needs & NEED_IDENTITY) !== 0) fillIdentity(traits, profile);
  if ((needs & NEED_OFFERS) !== 0) fillOffers(traits, profile, now);
  return stage;
}

function fillBasics(traits: Traits, profile: Profile, context: TraitContext, now: number): void {
  const orders = profile.orderCount;
  const spend = profile.revenue;
  const loyal = context.rules.loyalistSpend;
  traits.loyalty_tier =
    orders > 0 && spend >= loyal ? 'gold' : orders > 0 && spend * 2 >= loyal ? 'silver' : 'none';
  traits.locale = context.locale;
  traits.has_app = (profile.channelStats[APP]?.lastSeenAt ?? 0) > 0;
  traits.orders = orders + profile.refundedOrders;
  traits.revenue = spend;
  traits.average_order = orders > 0 ? spend / orders : 0;
  traits.discount_share = orders > 0 ? profile.discountedOrders / orders : 0;
  traits.refund_share = refundShare(profile);
  traits.days_since_order = daysSince(profile.lastOrderAt, now);
  traits.days_since_first_order = daysSince(profile.firstOrderAt, now);
  traits.rfm_recency = recencyScore(traits.days_since_order);
  traits.rfm_frequency = orders >= 10 ? 5 : orders >= 5 ? 4 : orders >= 3 ? 3 : orders >= 2 ? 2 : 1;
  traits.rfm_monetary = monetaryScore(spend, loyal);
  traits.days_since_seen = daysSince(profile.lastAt, now);
  traits.minutes_since_seen = minutesSince(profile.lastAt, now);
  traits.sessions = profile.session.count;
  traits.session_minutes = (profile.session.lastAt - profile.session.startedAt) / MINUTE_MS;
  const checkout = profile.checkout;
  traits.in_checkout = checkout !== undefined && checkout.exitedAt === 0;
  traits.friction = FRICTIONS[checkout?.friction ?? 0] ?? 'none';
  traits.context_channel = CHANNELS[context.contextChannel] ?? '';
  traits.active_channel = CHANNELS[profile.session.channel] ?? '';
  traits.device = context.device;
  const known = !Number.isNaN(context.offsetMin);
  traits.local_hour = known ? Math.floor(minuteOfDay(now, context.offsetMin) / 60) : -1;
  traits.weekday = known ? weekday(now, context.offsetMin) : -1;
}

function fillCounters(traits: Traits, profile: Profile, now: number): void {
  traits.sessions_1d = readCounter(profile, SESSIONS, 2, now);
  traits.views_5m = readCounter(profile, VIEWS, 0, now);
  traits.views_1h = readCounter(profile, VIEWS, 1, now);
  traits.views_1d = readCounter(profile, VIEWS, 2, now);
  traits.views_14d = readCounter(profile, VIEWS, 3, now);
  traits.searches_1h = readCounter(profile, SEARCHES, 1, now);
  traits.size_guide_1h = readCounter(profile, SIZE_GUIDE, 1, now);
  traits.carts_1d = readCounter(profile, CARTS, 2, now);
  traits.checkouts_1d = readCounter(profile, CHECKOUTS, 2, now);
  traits.orders_14d = readCounter(profile, ORDERS, 3, now);
}

function fillViewed(traits: Traits, profile: Profile, context: TraitContext, now: number): void {
  const { viewed } = profile;
  const last = viewed.length - 1;
  const any = last >= 0;
  const category = any ? viewed.category(last) : '';
  traits.viewed_product = any ? viewed.productId(last) : '';
  traits.viewed_category = category;
  traits.viewed_brand = any ? viewed.brand(last) : '';
  traits.viewed_price = any ? viewed.price(last) : 0;
  traits.viewed_count = any ? viewed.views(last) : 0;
  traits.viewed_minutes_ago = any ? minutesSince(viewed.lastAt(last), now) : NEVER;
  const product = any ? context.catalog.get(viewed.productId(last)) : undefined;
  traits.viewed_stock = product === undefined ? -1 : stockOf(product, viewed.size(last), profile);
  let views = 0;
  for (let i = 0; i <= last; i++) {
    if (now - viewed.lastAt(i) <= CATEGORY_WINDOW_MS && viewed.category(i) === category)
      views += viewed.views(i);
  }
  traits.category_views_2d = views;
}

function fillTaste(traits: Traits, profile: Profile): void {
  traits.category_top = affinityTop(profile.categories);
  traits.brand_top = affinityTop(profile.brands);
  traits.size_top = affinityTop(profile.sizes);
}

function fillCart(traits: Traits, profile: Profile, now: number): void {
  let items = 0;
  let value = 0;
  let newest = 0;
  for (const item of profile.cart) {
    items += item.quantity;
    value += item.quantity * item.price;
    if (item.at > newest) newest = item.at;
  }
  traits.cart_items = items;
  traits.cart_value = value;
  traits.cart_minutes_ago = minutesSince(newest, now);
}

function fillMessages(traits: Traits, profile: Profile, now: number): void {
  let sent = 0;
  for (const stats of profile.channelStats)
    if (stats !== undefined && stats.lastSentAt > sent) sent = stats.lastSentAt;
  traits.days_since_open = daysSince(lastOpenAt(profile), now);
  traits.days_since_contact = daysSince(sent, now);
  traits.messages_14d = readCounter(profile, MESSAGES, 3, now);
  traits.clicks_14d = readCounter(profile, CLICKS, 3, now);
  traits.email_engagement = engagement(profile, EMAIL);
  traits.sms_engagement = engagement(profile, SMS);
  traits.push_engagement = engagement(profile, PUSH);
  traits.whatsapp_engagement = engagement(profile, WHATSAPP);
  traits.web_push_engagement = engagement(profile, WEB_PUSH);
}

/** Share of a channel's messages that the customer opened or clicked, shrunk towards 1 in 5 as long as we know little. */
export function engagement(profile: Profile, channel: number): number {
  const stats = profile.channelStats[channel];
  if (stats === undefined) return ENGAGEMENT_PRIOR_OPENS / ENGAGEMENT_PRIOR_SENDS;
  const sends = Math.max(0, stats.sends);
  const opens = Math.min(sends, Math.max(stats.opens, stats.clicks));
  return (opens + ENGAGEMENT_PRIOR_OPENS) / (sends + ENGAGEMENT_PRIOR_SENDS);
}

function fillOrders(traits: Traits, profile: Profile, now: number): void {
  const orders = profile.orderCount;
  traits.order_gap_days =
    orders >= 2 ? (profile.lastOrderAt - profile.firstOrderAt) / DAY_MS / (orders - 1) : 0;
  traits.subscribed = isSubscribed(profile, now);
  const last = dearestOfLast(profile.owned);
  traits.ordered_product = last?.productId ?? '';
  traits.ordered_category = last?.category ?? '';
  traits.ordered_price = last?.price ?? 0;
}

function fillIdentity(traits: Traits, profile: Profile): void {
  let known = false;
  let email = false;
  let phone = false;
  for (const { kind } of profile.identifiers) {
    if (kind !== 'anonymous') known = true;
    if (kind.startsWith('email')) email = true;
    else if (kind.startsWith('phone')) phone = true;
  }
  traits.is_known = known;
  traits.is_anonymous = !known;
  traits.has_email = email;
  traits.has_phone = phone;
}

function fillOffers(traits: Traits, profile: Profile, now: number): void {
  traits.has_live_offer = false;
  traits.live_offer = '';
  let newest = Number.NEGATIVE_INFINITY;
  for (const offer of profile.offers) {
    if (offer.until <= now || offer.at <= newest) continue;
    newest = offer.at;
    traits.has_live_offer = true;
    traits.live_offer = offer.offer;
  }
}

function recencyScore(days: number): number {
  return days <= 7 ? 5 : days <= 30 ? 4 : days < 75 ? 3 : days <= 180 ? 2 : 1;
}

/** Fifths of the loyalist's spend: 1 at nothing, 5 from the loyalist's spend on. */
function monetaryScore(spend: number, loyal: number): number {
  if (spend <= 0) return 1;
  const share = loyal > 0 ? spend / loyal : 1;
  return share >= 1 ? 5 : share >= 0.5 ? 4 : share >= 0.2 ? 3 : 2;
}
