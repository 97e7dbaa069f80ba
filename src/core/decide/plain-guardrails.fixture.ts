/**
 * The guardrails once more, as plainly as they can be said: one candidate at a time, no memo, no typed arrays, nothing
 * imported from the core but types and the names of channels and stages. The laws compare the core with it.
 */
import { CHANNELS } from '../channel.ts';
import { type Action, STAGES } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { Reason } from '../reason.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

export interface PlainRow {
  readonly action: string;
  /** '' where no channel was looked at. */
  readonly channel: string;
  /** 'NONE': it may be drawn. */
  readonly reason: Reason;
}

/** What becomes of every candidate of one outbound decision or of one placement, in order of proposal. */
export function plainRows(env: DecideEnv, profile: Profile, ask: DecideAsk, heldOut: boolean): PlainRow[] {
  const { policy } = env;
  const placement =
    ask.placements.length > 0 ? policy.placements.find((one) => one.id === ask.placements[0]) : undefined;
  if (ask.placements.length > 0 && placement === undefined) return [];
  const trigger = policy.triggers[ask.trigger];
  const proposed =
    placement?.actions ?? (ask.placements.length === 0 ? (trigger?.actions ?? policy.proactive) : []);
  // An urgent trigger's messages wait for no hour, as if their actions named none.
  const atOnce = trigger?.urgent === true && ask.placements.length === 0;
  const isNight = (action: Action): boolean =>
    trigger !== undefined && placement === undefined && quiet(env, profile, action, -1);
  const rows = proposed.flatMap((index) => {
    const named = policy.actions[index] as Action;
    const action = atOnce ? { ...named, sendAtMinute: -1 } : named;
    const waits = isNight(action) && (action.atNight ?? trigger?.atNight) === 'wait';
    const early = beforeChannels(
      env,
      profile,
      ask,
      action,
      heldOut,
      trigger !== undefined && placement === undefined,
      waits,
    );
    if (early !== 'NONE') return [{ action: action.id, channel: '', reason: early }];
    const channels =
      placement !== undefined
        ? [placement.channel]
        : CHANNELS.map((_, channel) => channel).filter((channel) => {
            const rules = policy.channels[channel];
            return (
              rules?.push === true &&
              rules.declared &&
              Math.floor(action.channelMask / 2 ** channel) % 2 === 1
            );
          });
    return channels.map((channel) => ({
      action: action.id,
      channel: CHANNELS[channel] as string,
      reason: onChannel(
        env,
        profile,
        ask,
        untilMorning(action, waits, channel, env),
        channel,
        placement !== undefined,
      ),
    }));
  });
  return placement === undefined
    ? rows.map((row) => withoutIdle(row, rows, env, trigger !== undefined))
    : rows;
}

/** As if it named the end of the night for its hour, on a channel that has one. */
function untilMorning(action: Action, waits: boolean, channel: number, { policy }: DecideEnv): Action {
  const rules = policy.channels[channel];
  if (!waits || action.sendAtMinute >= 0 || rules?.push !== true || !rules.quietHours) return action;
  const apart = action.purpose === 'service' ? policy.service : undefined;
  return { ...action, sendAtMinute: (apart ?? policy).quietToMinute };
}

/** Another way for the same action, or for what the same trigger asks for, is served and works. */
function withoutIdle(row: PlainRow, rows: readonly PlainRow[], env: DecideEnv, triggered: boolean): PlainRow {
  const isIn = (channels: number, { channel }: PlainRow): boolean =>
    Math.floor(channels / 2 ** CHANNELS.indexOf(channel as (typeof CHANNELS)[number])) % 2 === 1;
  const isWorking = (one: PlainRow): boolean => !isIn(env.unserved, one) && !isIn(env.failing, one);
  if (row.reason !== 'NONE' || isWorking(row)) return row;
  const other = rows.some(
    (one) => one.reason === 'NONE' && isWorking(one) && (triggered || one.action === row.action),
  );
  if (!other) return row;
  return { ...row, reason: isIn(env.unserved, row) ? 'CHANNEL_UNSERVED' : 'CHANNEL_FAILING' };
}

function beforeChannels(
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  action: Action,
  heldOut: boolean,
  triggered: boolean,
  waits: boolean,
): Reason {
  if (triggered && Math.floor(action.frictionMask / 2 ** ask.friction) % 2 === 0) return 'TRIGGER_MISMATCH';
  if (action.when !== undefined && !action.when.test({ orders: profile.orderCount }))
    return 'CONDITION_FALSE';
  const promotional = action.promotion || action.purpose === 'marketing';
  if (promotional && heldOut) return 'HELD_OUT';
  if (promotional && profile.claims.length > 0) return 'ABSORB_PENDING';
  const isOpen = profile.supportCases.some(
    (one) => one.openedAt > one.closedAt && env.now < one.openedAt + env.policy.openCaseMs,
  );
  if (promotional && isOpen) return 'CASE_OPEN';
  if ((action.sendAtMinute >= 0 || waits) && profile.plans.some((plan) => plan.action === action.id))
    return 'SUPERSEDED';
  if (env.stops.actions[action.index] !== undefined) return 'PAUSED';
  const { policy, now } = env;
  const about = subject(env, profile, ask, action);
  if (action.promotion && about.bought !== 'NONE') return about.bought;
  if (action.offer !== undefined) {
    const own = action.offer.id;
    if (profile.offers.some((live) => live.offer !== own && live.at > now - policy.incentiveWindowMs)) {
      return 'OTHER_INCENTIVE_LIVE';
    }
    if (
      action.offer.isDiscount &&
      profile.orderCount > 0 &&
      profile.orderCount >= policy.fullPriceOrdersMin
    ) {
      if (profile.discountedOrders / profile.orderCount <= policy.fullPriceDiscountShareMax)
        return 'FULL_PRICE_BUYER';
    }
  }
  if (action.promotion && about.soldOut) return 'OUT_OF_STOCK';
  if (Math.floor(action.stageMask / 2 ** stage(env, profile)) % 2 === 0) return 'STAGE_MISMATCH';
  if (action.offer?.kind === 'percent' && action.offer.depth > 0) {
    const value = about.value > 0 ? about.value : action.orderValue;
    const margin = about.value > 0 && !Number.isNaN(about.margin) ? about.margin : value * action.marginRate;
    const discount = (action.offer.depth / 100) * value;
    if (!((margin - discount) / (value - discount) >= policy.marginFloor)) return 'MARGIN_FLOOR';
  }
  if (!about.found) return 'CONTENT_UNFILLABLE';
  if (ask.isProvisional && ['cart', 'ordered', 'owned'].includes(action.subject)) return 'CONTENT_UNFILLABLE';
  return 'NONE';
}

function onChannel(
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  action: Action,
  channel: number,
  inPlacement: boolean,
): Reason {
  const { policy, now } = env;
  const rules = policy.channels[channel];
  if (rules === undefined) throw new Error('no such channel');
  const stats = profile.channelStats[channel];
  const word = profile.consent[channel * 2 + (action.purpose === 'marketing' ? 0 : 1)] ?? 0;
  const unsubscribed = (stats?.unsubscribedAt ?? 0) > 0 && action.purpose === 'marketing';
  const complained = (stats?.complainedAt ?? 0) > 0;

  if (profile.silencedAt > 0 && (rules.push || CHANNELS[channel] === 'ads')) return 'ERASED';
  // consent; a yes that waits for its confirmation is none, and a no that came as a complaint or an unsubscribe bears that name
  const isNeeded = action.purpose === 'marketing' && rules.consentRequired;
  const isAsked = profile.consentRequests.some(
    ({ place, confirms, until }) =>
      place === channel * 2 + (action.purpose === 'marketing' ? 0 : 1) && !confirms && until > now,
  );
  if (isAsked && !complained && (word < 0 || (word === 0 && isNeeded))) return 'CONSENT_MISSING';
  if (word < 0) return complained ? 'COMPLAINED' : unsubscribed ? 'UNSUBSCRIBED' : 'CONSENT_MISSING';
  if (word === 0 && action.purpose === 'marketing' && rules.consentRequired) return 'CONSENT_MISSING';
  const restsUntil = (stats?.softBouncedAt ?? 0) + policy.softBounceRestMs;
  if ((stats?.softBounces ?? 0) >= policy.softBouncesMax && now < restsUntil) return 'UNREACHABLE';
  if (policy.bouncesMax > 0 && (stats?.bounces ?? 0) >= policy.bouncesMax) return 'UNREACHABLE';
  if (rules.reachableBy.length > 0) {
    if (!profile.identifiers.some((one) => rules.reachableBy.includes(one.kind))) return 'UNREACHABLE';
  }
  if (complained) return 'COMPLAINED';
  if (unsubscribed) return 'UNSUBSCRIBED';

  // What is of service where that has caps of its own, and what is transactional, bears a mark: 32.
  const isService = action.purpose === 'service' && policy.service !== undefined;
  const counted = profile.contacts.toArray().filter((contact) => contact.counts);
  const caps = action.purpose === 'transactional' ? [] : isService ? policy.service.caps : policy.caps;
  const inWindow = (windowMs: number) => counted.filter((contact) => contact.at > now - windowMs);
  const within = (windowMs: number) =>
    inWindow(windowMs).filter(({ marks }) => Math.floor(marks / 32) % 2 === (isService ? 1 : 0));
  // Messages and what is shown are counted each by itself.
  const isOfKind = (on: number) => policy.channels[on]?.push === rules.push;
  if (action.cap !== undefined) {
    const own = inWindow(action.cap.windowMs).filter(
      (contact) => contact.action === action.id && isOfKind(contact.channel),
    );
    if (own.length >= action.cap.max) return 'CAP_ACTION';
  }
  for (const cap of caps) {
    if (cap.scope !== 'channel' || (cap.channel !== channel && cap.channel !== -1)) continue;
    if (within(cap.windowMs).filter((contact) => contact.channel === channel).length >= cap.max)
      return 'CAP_CHANNEL';
  }
  for (const cap of caps) {
    if (cap.scope !== 'kind' || (cap.kind === 'push') !== rules.push) continue;
    if (within(cap.windowMs).filter(({ channel: on }) => isOfKind(on)).length >= cap.max) return 'CAP_KIND';
  }
  for (const cap of caps) {
    if (cap.scope === 'total' && within(cap.windowMs).length >= cap.max) return 'CAP_TOTAL';
  }
  if (env.stops.channels[channel] !== undefined) return 'PAUSED';

  if (rules.push && rules.quietHours && quiet(env, profile, action, inPlacement ? -1 : action.sendAtMinute))
    return 'QUIET_HOURS';
  if (inPlacement && Math.floor(action.channelMask / 2 ** channel) % 2 === 0) return 'PLACEMENT_MISMATCH';
  if (env.backlogFull[channel] === 1) return 'CHANNEL_BACKLOG';
  if (action.budget >= 0) {
    const about = subject(env, profile, ask, action);
    const value = about.value > 0 ? about.value : action.orderValue;
    const depth = action.offer?.depth ?? 0;
    const discount = action.offer?.kind === 'percent' ? (depth / 100) * value : depth;
    // In hundredths of a cent, in which no amount of the generator has a rest that rounding decides.
    const draw = Math.round(10_000 * (discount + rules.costPerMessage));
    const left =
      10_000 * (policy.budgets[action.budget]?.perDay ?? 0) - (env.budgetUsed[action.budget] as number) / 100;
    if (draw > left) return 'BUDGET_EXHAUSTED';
  }
  return 'NONE';
}

function quiet(env: DecideEnv, profile: Profile, action: Action, sendAtMinute: number): boolean {
  const { policy, now } = env;
  if (action.purpose === 'transactional') return false;
  const hours = (action.purpose === 'service' ? policy.service : undefined) ?? policy;
  const { zone } = profile;
  const clocks =
    zone === ''
      ? env.offsetOfZones.map((offset) => () => offset)
      : [(at: number) => env.zones.offsetMin(zone, at)];
  let at = now;
  if (sendAtMinute >= 0) {
    // Step to the minute on which the customer's clock (or the shop's first zone's) shows the hour.
    const clock = clocks[0] as (at: number) => number;
    const shows = (instant: number) =>
      new Date(instant + clock(instant) * MINUTE).getUTCHours() * 60 +
      new Date(instant + clock(instant) * MINUTE).getUTCMinutes();
    if (shows(at) !== sendAtMinute) {
      at = Math.ceil(at / MINUTE) * MINUTE;
      while (shows(at) !== sendAtMinute) at += MINUTE;
    }
  }
  return clocks.some((clock) => {
    const local = new Date(at + clock(at) * MINUTE);
    const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
    const { quietFromMinute: from, quietToMinute: to } = hours;
    if (from < to) return from <= minute && minute < to;
    if (from > to) return !(to <= minute && minute < from);
    return false;
  });
}

interface PlainProduct {
  readonly productId: string;
  readonly category: string;
  readonly size: string;
  readonly price: number;
}

interface PlainSubject {
  readonly found: boolean;
  readonly bought: Reason;
  readonly soldOut: boolean;
  readonly value: number;
  readonly margin: number;
}

function subject(env: DecideEnv, profile: Profile, ask: DecideAsk, action: Action): PlainSubject {
  const nothing: PlainSubject = {
    found: false,
    bought: 'NONE',
    soldOut: false,
    value: 0,
    margin: Number.NaN,
  };
  if (action.subject === 'none') return { ...nothing, found: true };
  const viewed = profile.viewed.toArray();
  let products: PlainProduct[] =
    action.subject === 'cart'
      ? [...profile.cart].reverse()
      : viewed.toSorted((a, b) => weight(env, b) - weight(env, a) || viewed.indexOf(b) - viewed.indexOf(a));
  const stuck = ask.friction === 2 ? (profile.checkout?.frictionProduct ?? '') : '';
  // A size that was not to be had may have kept the product out of their cart: it is what the customer came for all the same.
  if (action.subject === 'cart' && stuck !== '') {
    const inCart = products.find((item) => item.productId === stuck);
    const size = profile.checkout?.frictionSize ?? '';
    const sought = { productId: stuck, category: inCart?.category ?? '', size, price: inCart?.price ?? 0 };
    products = [sought, ...products.filter((item) => item.productId !== stuck)];
  }
  const looked = products.map((item) => {
    const view = env.catalog.get(item.productId);
    const price = view !== undefined && view.price > 0 ? view.price : item.price;
    const units = view === undefined || view.stock.size === 0 ? -1 : (view.stock.get(item.size) ?? 0);
    return {
      found: true,
      bought: action.promotion
        ? bought(env, profile, item.productId, view?.category ?? item.category)
        : ('NONE' as const),
      soldOut: action.promotion && (item.productId === stuck || units === 0),
      value: price,
      margin: view?.margin ?? Number.NaN,
    };
  });
  const pick = looked.find((one) => one.bought === 'NONE' && !one.soldOut) ?? looked[0];
  if (pick === undefined) return nothing;
  if (action.subject !== 'cart') return pick;
  const value = profile.cart.reduce((sum, item) => sum + item.price * item.quantity, 0);
  const margin = profile.cart.reduce(
    (sum, item) => sum + (env.catalog.get(item.productId)?.margin ?? Number.NaN) * item.quantity,
    0,
  );
  return value > 0 ? { ...pick, value, margin } : pick;
}

function weight(env: DecideEnv, item: { readonly lastAt: number; readonly views: number }): number {
  return item.views * 2 ** (-Math.max(0, env.now - item.lastAt) / DAY);
}

function bought(env: DecideEnv, profile: Profile, product: string, category: string): Reason {
  const { suppression } = env.policy;
  for (const owned of profile.owned) {
    const ms = suppression.byCategory.get(owned.category) ?? suppression.defaultMs;
    if (owned.productId === product && env.now < owned.at + ms) return 'PURCHASED_PRODUCT';
  }
  const categoryMs = suppression.categoryMsBy.get(category) ?? suppression.categoryMs;
  for (const owned of profile.owned) {
    if (owned.category === category && env.now < owned.at + categoryMs) return 'PURCHASED_CATEGORY';
  }
  return 'NONE';
}

function stage(env: DecideEnv, profile: Profile): number {
  const rules = env.policy.stages;
  const name = (): (typeof STAGES)[number] => {
    if (profile.orderCount === 0) return 'prospect';
    const days = env.now - profile.lastOrderAt;
    if (days >= rules.lapsedMs) return 'lapsed';
    if (profile.revenue >= rules.loyalistSpend && profile.orderCount >= rules.loyalistOrders)
      return 'loyalist';
    if (days < rules.onboardingMs) return 'onboarding';
    return days < rules.activeMs ? 'active' : 'lapsing';
  };
  return STAGES.indexOf(name());
}
