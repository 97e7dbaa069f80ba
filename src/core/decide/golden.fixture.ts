/** Golden decisions as data: what a case may say, and the shop that it makes of it. Times are minutes before noon. */

import { MINUTE_MS } from '../../base/clock.ts';
import { ConditionTable } from '../../policy/compile-condition.ts';
import { fixedZone } from '../calendar/fixed-zones.fixture.ts';
import { channelIndex } from '../channel.ts';
import {
  type Action,
  type Cap,
  type Condition,
  FRICTIONS,
  type Offer,
  type Policy,
  STAGES,
} from '../policy/policy.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import type { Profile } from '../profile/profile.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import {
  action,
  ask,
  catalog,
  channelMask,
  contact,
  customer,
  env,
  NOON,
  policy,
  product,
} from './shop.fixture.ts';

export interface GoldenCase {
  readonly name: string;
  readonly actions: readonly GoldenAction[];
  readonly offers?: readonly Omit<Offer, 'index'>[];
  readonly policy?: {
    readonly caps?: readonly {
      readonly scope: Cap['scope'];
      readonly channel?: string;
      readonly max: number;
      readonly minutes: number;
    }[];
    readonly quiet?: readonly [number, number];
    readonly holdout?: number;
    readonly categoryDays?: number;
    readonly explore?: number;
  };
  readonly customer?: GoldenCustomer;
  readonly catalog?: readonly {
    readonly id: string;
    readonly category?: string;
    readonly price?: number;
    readonly margin?: number;
    readonly stock?: Readonly<Record<string, number>>;
  }[];
  readonly ask?: {
    readonly placements?: readonly string[];
    readonly trigger?: boolean;
    readonly friction?: string;
    readonly dispatch?: boolean;
    readonly contextChannel?: string;
    readonly plan?: string;
    readonly seed?: readonly [number, number];
  };
  /** Minutes after noon (UTC) at which it is decided. */
  readonly minutesLater?: number;
  readonly expect: {
    /** Every candidate but "do nothing", in order. */
    readonly rows: readonly GoldenRow[];
    readonly choices: readonly GoldenChoice[];
  };
}

export interface GoldenAction {
  readonly id: string;
  readonly channels?: readonly string[];
  readonly stages?: readonly string[];
  readonly frictions?: readonly string[];
  readonly when?: string;
  readonly offer?: string;
  readonly subject?: Action['subject'];
  readonly promotion?: boolean;
  readonly purpose?: Action['purpose'];
  readonly lift?: readonly [number, number];
  readonly engagementValue?: number;
  readonly cap?: { readonly max: number; readonly minutes: number };
  readonly sendAtMinute?: number;
  readonly slots?: readonly Action['variants'][number]['slots'][number][];
  readonly text?: string;
}

interface GoldenCustomer {
  readonly orders?: readonly [count: number, daysAgo: number, spend: number, discounted: number];
  readonly owned?: readonly {
    readonly product: string;
    readonly category: string;
    readonly daysAgo: number;
  }[];
  readonly viewed?: readonly {
    readonly product: string;
    readonly category: string;
    readonly size: string;
    readonly minutesAgo: number;
    readonly views: number;
  }[];
  readonly cart?: readonly { readonly product: string; readonly category: string; readonly price: number }[];
  readonly contacts?: readonly {
    readonly action: string;
    readonly channel: string;
    readonly minutesAgo: number;
    readonly counts?: boolean;
  }[];
  readonly offers?: readonly { readonly offer: string; readonly minutesAgo: number }[];
  readonly consent?: readonly { readonly channel: string; readonly purpose: 0 | 1; readonly state: number }[];
  readonly stats?: Readonly<Record<string, Partial<NonNullable<Profile['channelStats'][number]>>>>;
  readonly offsetMin?: number | null;
  readonly frictionProduct?: string;
  readonly seenMinutesAgo?: Readonly<Record<string, number>>;
}

interface GoldenRow {
  readonly action: string;
  readonly channel: string;
  readonly reason: string;
  readonly value?: number;
  readonly limit?: number;
  readonly ref?: string;
  readonly propensity?: number;
}

interface GoldenChoice {
  readonly kind: string;
  readonly action?: string;
  readonly channel?: string;
  readonly reason?: string;
  readonly product?: string;
  readonly propensity: number;
  /** Minutes after noon. */
  readonly atMinutes?: number;
  readonly rendered?: string;
}

const DAY_MINUTES = 1_440;
const ago = (minutes: number): number => NOON - minutes * MINUTE_MS;

export function goldenWorld(golden: GoldenCase): { world: DecideEnv; profile: Profile; request: DecideAsk } {
  const rules = goldenPolicy(golden);
  const products = (golden.catalog ?? []).map(({ id, stock, ...rest }) =>
    product(id, { ...rest, stock: new Map(Object.entries(stock ?? {})) }),
  );
  const world = env(rules, {
    now: NOON + (golden.minutesLater ?? 0) * MINUTE_MS,
    catalog: catalog(...products),
    offsetOfZones: [60],
  });
  return { world, profile: goldenCustomer(golden.customer ?? {}), request: goldenAsk(golden) };
}

function goldenPolicy(golden: GoldenCase): Policy {
  const conditions = new ConditionTable();
  const offers = (golden.offers ?? []).map((offer, index) => ({ ...offer, index }));
  const actions = golden.actions.map((entry, index) => goldenAction(entry, index, offers, conditions));
  const { caps, quiet, holdout, categoryDays, explore } = golden.policy ?? {};
  return policy(actions, {
    offers,
    conditions: conditions.conditions,
    caps: (caps ?? []).map((cap) => ({
      scope: cap.scope,
      channel: cap.channel === undefined ? -1 : channelIndex(cap.channel),
      action: -1,
      max: cap.max,
      windowMs: cap.minutes * MINUTE_MS,
    })),
    quietFromMinute: quiet?.[0] ?? 0,
    quietToMinute: quiet?.[1] ?? 0,
    holdout: holdout ?? 0,
    explore: explore ?? 0.05,
    suppression: {
      defaultMs: 30 * DAY_MINUTES * MINUTE_MS,
      byCategory: new Map(),
      categoryMs: (categoryDays ?? 0) * DAY_MINUTES * MINUTE_MS,
      categoryMsBy: new Map(),
    },
  });
}

function goldenAction(
  entry: GoldenAction,
  index: number,
  offers: readonly Offer[],
  conditions: ConditionTable,
): Action {
  const base = action(index);
  const when = entry.when === undefined ? undefined : conditions.intern(entry.when);
  if (when !== undefined && !('test' in when)) throw new Error(`${entry.id}: ${JSON.stringify(when)}`);
  return {
    ...base,
    id: entry.id,
    title: entry.id,
    channelMask: channelMask(...(entry.channels ?? ['web', 'email'])),
    stageMask: (entry.stages ?? STAGES).reduce(
      (mask, stage) => mask | (1 << STAGES.indexOf(stage as 'lapsed')),
      0,
    ),
    frictionMask: (entry.frictions ?? FRICTIONS).reduce(
      (mask, name) => mask | (1 << FRICTIONS.indexOf(name as 'none')),
      0,
    ),
    when: when as Condition | undefined,
    offer: offers.find((offer) => offer.id === entry.offer),
    subject: entry.subject ?? 'none',
    promotion: entry.promotion ?? true,
    purpose: entry.purpose ?? 'marketing',
    liftMean: entry.lift?.[0] ?? base.liftMean,
    liftSd: entry.lift?.[1] ?? base.liftSd,
    engagementValue: entry.engagementValue ?? 0,
    cap:
      entry.cap === undefined ? undefined : { max: entry.cap.max, windowMs: entry.cap.minutes * MINUTE_MS },
    sendAtMinute: entry.sendAtMinute ?? -1,
    variants: [
      {
        index: 0,
        id: 'a',
        templateId: entry.id,
        slots: entry.slots ?? [],
        text: entry.text ?? '',
        when: undefined,
      },
    ],
  };
}

function goldenAsk(golden: GoldenCase): DecideAsk {
  const given = golden.ask ?? {};
  const plan =
    given.plan === undefined
      ? undefined
      : {
          id: 'p1',
          action: given.plan,
          variant: 'a',
          channel: 3,
          product: '',
          offer: '',
          decidedAt: NOON,
          at: NOON,
          zone: '',
          offsetMin: Number.NaN,
          seq: 1,
          index: 0,
          choice: 0,
          trigger: '',
        };
  return ask({
    placements: given.placements ?? [],
    trigger: given.trigger === true ? 0 : -1,
    friction: FRICTIONS.indexOf((given.friction ?? 'none') as 'none'),
    cause: given.trigger === true ? 'checkout-exit' : (plan?.id ?? ''),
    dispatch: given.dispatch ?? given.placements === undefined,
    contextChannel: given.contextChannel === undefined ? -1 : channelIndex(given.contextChannel),
    plan,
    seedA: given.seed?.[0] ?? 1,
    seedB: given.seed?.[1] ?? 2,
  });
}

function goldenCustomer(given: GoldenCustomer): Profile {
  const profile = customer('anna');
  const [count, daysAgo, spend, discounted] = given.orders ?? [0, 0, 0, 0];
  if (count > 0) {
    profile.orderCount = count;
    profile.revenue = spend;
    profile.margin = spend * 0.4;
    profile.discountedOrders = discounted;
    profile.lastOrderAt = ago(daysAgo * DAY_MINUTES);
    profile.lastNewOrderAt = profile.lastOrderAt;
    profile.firstOrderAt = profile.lastOrderAt - (count - 1) * 30 * DAY_MINUTES * MINUTE_MS;
  }
  for (const { product: productId, category, daysAgo: days } of given.owned ?? []) {
    profile.owned.push({
      productId,
      category,
      size: 'M',
      at: ago(days * DAY_MINUTES),
      quantity: 1,
      price: 100,
    });
  }
  for (const { product: productId, category, size, minutesAgo, views } of given.viewed ?? []) {
    profile.viewed.add({
      productId,
      category,
      brand: 'acme',
      size,
      price: 100,
      lastAt: ago(minutesAgo),
      views,
    });
  }
  for (const { product: productId, category, price } of given.cart ?? []) {
    profile.cart.push({
      productId,
      category,
      brand: 'acme',
      variant: '',
      size: 'M',
      price,
      quantity: 1,
      at: ago(60),
    });
  }
  for (const { channel, minutesAgo, ...rest } of given.contacts ?? []) {
    contact(profile, { ...rest, channel: channelIndex(channel), at: ago(minutesAgo) });
  }
  for (const { offer, minutesAgo } of given.offers ?? []) {
    profile.offers.push({
      offer,
      kind: 'percent',
      depth: 20,
      code: '',
      action: 'x',
      at: ago(minutesAgo),
      until: NOON + DAY_MINUTES * MINUTE_MS,
      seq: 1,
      index: 0,
      choice: 0,
    });
  }
  for (const { channel, purpose, state } of given.consent ?? [])
    profile.consent[channelIndex(channel) * 2 + purpose] = state === 2 ? -1 : state;
  for (const [channel, stats] of Object.entries(given.stats ?? {})) {
    Object.assign(channelStatsOf(profile, channelIndex(channel)), stats);
  }
  for (const [channel, minutes] of Object.entries(given.seenMinutesAgo ?? {})) {
    channelStatsOf(profile, channelIndex(channel)).lastSeenAt = ago(minutes);
  }
  if (given.offsetMin !== undefined) profile.zone = fixedZone(given.offsetMin ?? Number.NaN);
  if (given.frictionProduct !== undefined) {
    profile.checkout = {
      startedAt: ago(5),
      stepAt: 0,
      frictions: 0,
      frictionAt: 0,
      lastAt: ago(2),
      step: 1,
      value: 100,
      friction: 2,
      frictionProduct: given.frictionProduct,
      frictionSize: 'M',
      channel: 0,
      exitedAt: ago(1),
    };
  }
  return profile;
}
