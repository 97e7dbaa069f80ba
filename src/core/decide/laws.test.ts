// Long because the laws share their random worlds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { fixedZone, fixedZones, shiftingZone } from '../calendar/fixed-zones.fixture.ts';
import type { Zones } from '../calendar/zones.ts';
import { CHANNELS, channelIndex, PURPOSES } from '../channel.ts';
import { rederive } from '../explain/replay.ts';
import type { Choice, DecisionFact } from '../fact/fact.ts';
import { GUARDRAILS } from '../guardrail/guardrails.ts';
import { isHeldOut } from '../guardrail/holdout.ts';
import { NO_PAUSES, type Pauses, type PauseTarget, stopsOf } from '../pause/pause.ts';
import {
  type Action,
  type Cap,
  type ChannelPolicy,
  EVER,
  type Offer,
  type Policy,
} from '../policy/policy.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import { CONTACT_MARKS } from '../profile/ledger-rows.ts';
import type { Profile } from '../profile/profile.ts';
import { ACTION_PURPOSES } from '../purpose.ts';
import { REASONS } from '../reason.ts';
import { ANY_CHANNEL, type CandidateColumns, NOTHING, ROW_CHOSEN, ROW_REMOVED } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import { DecisionDraft } from './decision-draft.ts';
import { finish } from './finish.ts';
import { type PlainRow, plainRows } from './plain-guardrails.fixture.ts';
import { propose } from './propose.ts';
import {
  action,
  ask,
  catalog,
  channelMask,
  condition,
  contact,
  customer,
  env,
  logits,
  NOON,
  policy,
  product,
} from './shop.fixture.ts';

const CLAIMED = { link: { seq: 7, index: 0 }, origin: undefined, isDeclared: false };

const used = new DecisionDraft();
/** The shop's own zone, two hours ahead. */
const summer: Zones = {
  offsetMin: (zone, at) => (zone === 'Europe/Berlin' ? 120 : fixedZones.offsetMin(zone, at)),
};

function decide(draft: DecisionDraft, world: DecideEnv, profile: Profile, request: DecideAsk): DecisionFact {
  propose(draft, world, profile, request);
  return finish(draft, world, profile, request, logits(), 0, false);
}

const orders3 = condition(0, 'orders >= 3.0', (traits) => (traits.orders as number) >= 3);
const offers: readonly Offer[] = [
  { index: 0, id: 'ten', kind: 'percent', depth: 10, code: 'TEN', validMs: DAY_MS, isDiscount: true },
  { index: 1, id: 'forty', kind: 'percent', depth: 40, code: 'FORTY', validMs: DAY_MS, isDiscount: true },
  { index: 2, id: 'early', kind: 'early_access', depth: 0, code: '', validMs: DAY_MS, isDiscount: false },
];
const speaking = ['web', 'email', 'sms', 'push', 'whatsapp', 'web_push', 'story'] as const;
const products = ['coat', 'hat', 'shoe', 'bag'] as const;
const sizes = ['S', 'M'] as const;
const categoryOf = { coat: 'coats', hat: 'hats', shoe: 'shoes', bag: 'bags' } as const;

const days = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: 1, max: most * 24 * 60 }).map((m) => NOON - m * MINUTE_MS);

function arbAction(index: number): fc.Arbitrary<Action> {
  return fc
    .record({
      purpose: fc.constantFrom('marketing' as const, 'service' as const, ...ACTION_PURPOSES),
      promotion: fc.boolean(),
      subject: fc.constantFrom('none' as const, 'viewed' as const, 'cart' as const),
      stageMask: fc.constantFrom(0x7f, 0x7f, 0x7f, 0x7f, 0b0000001, 0b0111110),
      channels: fc.uniqueArray(fc.constantFrom(...speaking), { minLength: 1 }),
      when: fc.constantFrom(undefined, undefined, undefined, orders3),
      frictionMask: fc.constantFrom(0xff, 0b00001, 0b00110),
      offer: fc.constantFrom(undefined, undefined, ...offers),
      cap: fc.constantFrom(
        undefined,
        { max: 1, windowMs: DAY_MS },
        { max: 2, windowMs: 7 * DAY_MS },
        { max: 1, windowMs: EVER },
      ),
      sendAtMinute: fc.constantFrom(-1, -1, -1, 9 * 60, 23 * 60),
      budget: fc.constantFrom(-1, -1, 0),
      liftMean: fc.double({ min: -0.01, max: 0.1, noNaN: true }),
      liftSd: fc.double({ min: 0, max: 0.05, noNaN: true }),
      variants: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ channels, variants, ...change }) =>
      action(index, {
        ...change,
        channelMask: channelMask(...channels),
        variants: Array.from({ length: variants }, (_, at) => ({
          index: at,
          id: `v${at}`,
          templateId: `t${at}`,
          slots: [],
          text: 'Hi',
          when: undefined,
        })),
      }),
    );
}

const arbCaps: fc.Arbitrary<readonly Cap[]> = fc.array(
  fc.record({
    scope: fc.constantFrom('total' as const, 'channel' as const, 'kind' as const),
    kind: fc.constantFrom('push' as const, 'pull' as const),
    channel: fc.constantFrom(-1, channelIndex('email'), channelIndex('web')),
    action: fc.constant(-1),
    max: fc.integer({ min: 1, max: 4 }),
    windowMs: fc.constantFrom(HOUR_MS, DAY_MS, 7 * DAY_MS),
  }),
  { maxLength: 3 },
);

const arbPolicy: fc.Arbitrary<Policy> = fc
  .record({
    actions: fc
      .integer({ min: 1, max: 6 })
      .chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => arbAction(i)))),
    caps: arbCaps,
    service: fc.constantFrom(true, false),
    serviceCaps: arbCaps,
    serviceQuiet: fc.constantFrom([0, 0] as const, [23 * 60, 7 * 60] as const, [11 * 60, 13 * 60] as const),
    openCaseMs: fc.constantFrom(0, DAY_MS, 30 * DAY_MS),
    holdout: fc.constantFrom(0, 0, 0, 0.5),
    quiet: fc.constantFrom(
      [22 * 60, 8 * 60] as const,
      [0, 0] as const,
      [0, 0] as const,
      [12 * 60, 14 * 60] as const,
    ),
    categoryMs: fc.constantFrom(0, 20 * DAY_MS),
    coatsMs: fc.constantFrom(undefined, 0, 5 * DAY_MS),
    explore: fc.constantFrom(0, 0.05, 0.5),
    buysPerWeek: fc.constantFrom(0, 0.01),
    urgent: fc.boolean(),
    atNight: fc.constantFrom('wait' as const, 'drop' as const),
    byNews: fc.boolean(),
  })
  .map(({ actions, caps, service, serviceCaps, serviceQuiet, openCaseMs, ...rest }) => {
    const { holdout, quiet, categoryMs, coatsMs, explore, buysPerWeek, urgent, atNight, byNews } = rest;
    const waitsFor = byNews ? { kind: 'event' as const, on: 'Order Shipped' as const } : {};
    const apart = { caps: serviceCaps, quietFromMinute: serviceQuiet[0], quietToMinute: serviceQuiet[1] };
    return policy(actions, {
      ...(service && { service: apart }),
      openCaseMs,
      triggers: policy(actions).triggers.map((trigger) => ({ ...trigger, ...waitsFor, urgent, atNight })),
      caps,
      holdout,
      explore,
      buysPerWeek,
      offers,
      conditions: [orders3],
      budgets: [{ index: 0, id: 'daily', perDay: 10 }],
      quietFromMinute: quiet[0],
      quietToMinute: quiet[1],
      suppression: {
        defaultMs: 10 * DAY_MS,
        byCategory: new Map([['coats', 40 * DAY_MS]]),
        categoryMs,
        categoryMsBy: new Map(coatsMs === undefined ? [] : [['coats', coatsMs]]),
      },
      // The rhythm of a fading customer is tested beside stage.ts; the plain model does not know it.
      stages: { ...policy([]).stages, fadingSpend: Number.POSITIVE_INFINITY },
    });
  });

const arbProfile: fc.Arbitrary<Profile> = fc
  .record({
    id: fc.integer({ min: 0, max: 500 }),
    kinds: fc.subarray(['email_sha256', 'phone_sha256', 'push_token', 'web_push'], { minLength: 1 }),
    consent: fc.array(fc.constantFrom(1, 1, 1, 1, 1, 1, 0, -1), {
      minLength: CHANNELS.length * PURPOSES.length,
      maxLength: CHANNELS.length * PURPOSES.length,
    }),
    unsubscribed: fc.subarray([...speaking], { maxLength: 1 }),
    complained: fc.subarray([...speaking], { maxLength: 1 }),
    bounced: fc.subarray([...speaking], { maxLength: 1 }),
    zone: fc.oneof(
      fc.constantFrom(Number.NaN, 0, 60, -300, 345, 660).map(fixedZone),
      // The clocks change within the day: what is planned is on the other side of it.
      fc
        .tuple(
          fc.constantFrom(0, -300, 345),
          fc.integer({ min: -2, max: 30 }),
          fc.constantFrom(30, 60, -30, -60),
        )
        .map(([offset, hours, by]) => shiftingZone(offset, NOON + hours * HOUR_MS, offset + by)),
    ),
    contacts: fc.array(
      fc.record({
        action: fc.integer({ min: 0, max: 5 }).map((i) => `action-${i}`),
        channel: fc.constantFrom(...speaking).map(channelIndex),
        at: days(9),
        counts: fc.boolean(),
        marks: fc.constantFrom(0, 0, 32),
      }),
      { maxLength: 8 },
    ),
    offers: fc.array(fc.record({ offer: fc.constantFrom('ten', 'forty', 'early'), at: days(3) }), {
      maxLength: 2,
    }),
    owned: fc.array(fc.record({ productId: fc.constantFrom(...products), at: days(30) }), { maxLength: 4 }),
    viewed: fc.uniqueArray(
      fc.record({
        productId: fc.constantFrom(...products),
        size: fc.constantFrom(...sizes),
        lastAt: days(5),
        views: fc.integer({ min: 1, max: 5 }),
      }),
      { selector: (one) => one.productId },
    ),
    cart: fc.uniqueArray(
      fc.record({
        productId: fc.constantFrom(...products),
        size: fc.constantFrom(...sizes),
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
      { selector: (one) => one.productId },
    ),
    orderCount: fc.integer({ min: 0, max: 8 }),
    lastOrderAt: days(100),
    discounted: fc.integer({ min: 0, max: 1 }),
    planned: fc.boolean(),
    isClaiming: fc.constantFrom(false, false, false, false, true),
    isSilenced: fc.constantFrom(false, false, false, false, true),
    cases: fc.array(fc.record({ openedAt: days(40), closedAt: fc.oneof(fc.constant(0), days(40)) }), {
      maxLength: 2,
    }),
    frictionProduct: fc.constantFrom('', ...products),
  })
  .map((drawn) => {
    const profile = customer(`customer-${drawn.id}`);
    profile.identifiers.length = 0;
    for (const kind of drawn.kinds) profile.identifiers.push({ kind, value: kind, origin: '' });
    for (const [place, word] of drawn.consent.entries()) profile.consent[place] = word;
    for (const name of drawn.unsubscribed)
      channelStatsOf(profile, channelIndex(name)).unsubscribedAt = NOON - DAY_MS;
    for (const name of drawn.complained)
      channelStatsOf(profile, channelIndex(name)).complainedAt = NOON - DAY_MS;
    for (const name of drawn.bounced) channelStatsOf(profile, channelIndex(name)).bounces = 3;
    profile.zone = drawn.zone;
    for (const one of drawn.contacts.toSorted((a, b) => a.at - b.at)) contact(profile, one);
    for (const one of drawn.offers) {
      profile.offers.push({
        ...one,
        kind: 'percent',
        depth: 1,
        code: '',
        action: 'x',
        until: one.at + DAY_MS,
        seq: 1,
        index: 0,
        choice: 0,
      });
    }
    for (const one of drawn.owned) {
      profile.owned.push({ ...one, category: categoryOf[one.productId], size: 'M', quantity: 1, price: 80 });
    }
    for (const one of drawn.viewed) {
      profile.viewed.add({ ...one, category: categoryOf[one.productId], brand: 'b', price: 70 });
    }
    for (const one of drawn.cart) {
      profile.cart.push({
        ...one,
        category: categoryOf[one.productId],
        brand: 'b',
        variant: '',
        price: 60,
        at: NOON - HOUR_MS,
      });
    }
    profile.orderCount = drawn.orderCount;
    profile.revenue = drawn.orderCount * 300;
    profile.discountedOrders = Math.min(drawn.discounted, drawn.orderCount);
    if (drawn.orderCount > 0) {
      profile.lastOrderAt = drawn.lastOrderAt;
      profile.lastNewOrderAt = drawn.lastOrderAt;
      profile.firstOrderAt = drawn.lastOrderAt - 100 * DAY_MS;
    }
    if (drawn.isSilenced) profile.silencedAt = NOON - DAY_MS;
    if (drawn.isClaiming)
      profile.claims = [
        { key: branded<IdentifierKey>('anonymous:a'), via: '', explicit: '', at: NOON, claim: 1, ...CLAIMED },
      ];
    if (drawn.planned) {
      profile.plans.push({
        id: 'p1',
        action: 'action-0',
        variant: 'v0',
        channel: 3,
        product: '',
        offer: '',
        decidedAt: NOON,
        at: NOON + DAY_MS,
        zone: '',
        offsetMin: Number.NaN,
        seq: 1,
        index: 0,
        choice: 0,
        trigger: '',
      });
    }
    profile.supportCases = drawn.cases.map((one, i) => ({ ...one, id: `c-${i}` }));
    profile.checkout = {
      startedAt: NOON - HOUR_MS,
      stepAt: 0,
      frictions: 0,
      frictionAt: 0,
      lastAt: NOON - HOUR_MS,
      step: 1,
      value: 10,
      friction: 2,
      frictionProduct: drawn.frictionProduct,
      frictionSize: 'M',
      channel: 0,
      exitedAt: 0,
    };
    return profile;
  });

const nothingPaused: readonly PauseTarget[] = [];
const pausedTargets: readonly (readonly PauseTarget[])[] = [
  ...[nothingPaused, nothingPaused, nothingPaused, nothingPaused],
  [{ scope: 'action', name: 'action-0' }],
  [{ scope: 'channel', name: 'email' }],
  [
    { scope: 'outbound', name: '' },
    { scope: 'channel', name: 'web' },
  ],
];

interface World {
  readonly world: DecideEnv;
  readonly profile: Profile;
  readonly request: DecideAsk;
}

const arbWorld: fc.Arbitrary<World> = fc
  .record({
    rules: arbPolicy,
    profile: arbProfile,
    minutes: fc.integer({ min: 0, max: 24 * 60 }),
    stock: fc.record({ coat: fc.constantFrom(-1, 0, 0, 2), hat: fc.constantFrom(-1, 0, 0, 2) }),
    known: fc.subarray([...products]),
    backlog: fc.constantFrom(-1, -1, channelIndex('email')),
    unserved: fc.constantFrom(
      0,
      0,
      channelMask('email'),
      channelMask('sms', 'push'),
      channelMask(...speaking),
    ),
    failing: fc.constantFrom(0, 0, channelMask('push'), channelMask('email', 'sms')),
    spent: fc.constantFrom(0, 5_000_000, 9_995_000, 10_000_000),
    paused: fc.constantFrom(...pausedTargets),
    request: fc.record({
      placements: fc.constantFrom<readonly string[]>([], [], ['home'], ['nowhere']),
      trigger: fc.constantFrom(-1, 0),
      friction: fc.integer({ min: 0, max: 4 }),
      dispatch: fc.boolean(),
      isProvisional: fc.boolean(),
      seedA: fc.integer({ min: 0, max: 0xffffffff }),
      seedB: fc.integer({ min: 0, max: 0xffffffff }),
    }),
  })
  .map(({ rules, profile, minutes, stock, known, backlog, unserved, failing, spent, paused, request }) => {
    const view = (id: (typeof products)[number]) => {
      const units = id === 'coat' ? stock.coat : id === 'hat' ? stock.hat : -1;
      const margin = id === 'bag' ? Number.NaN : 35;
      return product(id, {
        category: categoryOf[id],
        margin,
        stock:
          units < 0
            ? new Map()
            : new Map([
                ['M', units],
                ['S', 1],
              ]),
      });
    };
    const backlogFull = new Uint8Array(CHANNELS.length);
    if (backlog >= 0) backlogFull[backlog] = 1;
    const outbound = request.placements.length === 0;
    return {
      world: env(rules, {
        now: NOON + minutes * MINUTE_MS,
        catalog: catalog(...known.map(view)),
        backlogFull,
        unserved,
        failing,
        stops: stopsOf(pausesOf(paused), rules),
        budgetUsed: Float64Array.of(spent),
        zones: summer,
        offsetOfZones: [120],
      }),
      profile,
      request: ask({
        ...request,
        trigger: outbound ? request.trigger : -1,
        friction: outbound && request.trigger >= 0 ? request.friction : 0,
        cause: outbound && request.trigger >= 0 ? causeOf(rules) : '',
      }),
    };
  });

function pausesOf(targets: readonly PauseTarget[]): Pauses {
  const said = { by: 'anna', why: 'wrong price', pending: 'wait' } as const;
  return { ...NO_PAUSES, list: targets.map((target) => ({ ...target, ...said, since: NOON - DAY_MS })) };
}

function causeOf({ triggers }: Policy): string {
  return triggers[0]?.kind === 'event' ? 'checkout-exit:o-1' : 'checkout-exit';
}

/** The policy's caps, each with whether it counts what is apart. */
function capsWithLots({ caps, service }: Policy): (readonly [Cap, boolean])[] {
  return [
    ...caps.map((cap) => [cap, false] as const),
    ...(service?.caps ?? []).map((cap) => [cap, true] as const),
  ];
}

function isTransactional({ actions }: Policy, id: string): boolean {
  return actions.find((one) => one.id === id)?.purpose === 'transactional';
}

/** Every reason that a guardrail of the table gives, and none. */
const everyRule = new Set([
  'NONE',
  'CHANNEL_UNSERVED',
  'CHANNEL_FAILING',
  ...GUARDRAILS.flatMap(({ reasons }) => reasons),
]);

/** The core's rows without "do nothing", one per action and channel: variants that share their fate count once. */
function coreRows(columns: CandidateColumns, world: DecideEnv): PlainRow[] {
  const rows: PlainRow[] = [];
  for (let row = 0; row < columns.count; row++) {
    if (columns.action[row] === NOTHING) continue;
    const channel =
      columns.channel[row] === ANY_CHANNEL ? '' : (CHANNELS[columns.channel[row] as number] as string);
    const next = {
      action: world.policy.actions[columns.action[row] as number]?.id ?? '',
      channel,
      reason: REASONS[columns.reason[row] as number] ?? 'NONE',
    };
    const last = rows.at(-1);
    if (last?.action === next.action && last.channel === next.channel) {
      expect(last.reason).toBe(next.reason);
      continue;
    }
    rows.push(next);
  }
  return rows;
}

describe('the guardrails', () => {
  test('remove exactly what a plain reading of them removes, for the same reason', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        propose(used, world, profile, request);
        const plain = plainRows(world, profile, request, isHeldOut(world.policy, profile.id));
        expect(coreRows(used.columns, world)).toEqual(plain);
        for (const row of plain) met.add(row.reason);
      }),
      { numRuns: 4_000 },
    );
    // A comparison that never meets a rule says nothing about it.
    expect([...met].sort()).toEqual([...everyRule].sort());
  });

  test('what the guardrails removed is never drawn, and has no propensity', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        const { columns } = decide(used, world, profile, request).record;
        for (let row = 0; row < columns.count; row++) {
          if (columns.reason[row] === 0) continue;
          expect(columns.stage[row]).toBe(ROW_REMOVED);
          expect(columns.propensity[row]).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('no decision promotes an owned product within its suppression', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        for (const choice of decide(used, world, profile, request).choices) {
          if (choice.kind === 'nothing' || !choice.promotion) continue;
          for (const owned of profile.owned) {
            const ms = owned.category === 'coats' ? 40 * DAY_MS : 10 * DAY_MS;
            if (owned.productId === choice.product) expect(world.now - owned.at).toBeGreaterThanOrEqual(ms);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('an unknown marketing consent is a no wherever the policy asks for one', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        for (const choice of decide(used, world, profile, request).choices) {
          const chosen = world.policy.actions.find((one) => one.id === choice.action);
          if (chosen === undefined || chosen.purpose !== 'marketing') continue;
          const word = profile.consent[choice.channel * PURPOSES.length];
          if (world.policy.channels[choice.channel]?.consentRequired === true)
            expect(word).toBeGreaterThan(0);
          else expect(word).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('nothing is sent, or planned to be sent, in quiet hours', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        for (const choice of decide(used, world, profile, request).choices) {
          const rules = world.policy.channels[choice.channel];
          const purpose = world.policy.actions.find((one) => one.id === choice.action)?.purpose;
          if (rules === undefined || !rules.push || !rules.quietHours || purpose === 'transactional')
            continue;
          const at = choice.kind === 'later' ? choice.at : world.now;
          const offset = profile.zone === '' ? 120 : fixedZones.offsetMin(profile.zone, at);
          const local = new Date(at + offset * MINUTE_MS);
          const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
          const hours = (purpose === 'service' ? world.policy.service : undefined) ?? world.policy;
          const { quietFromMinute: from, quietToMinute: to } = hours;
          const quiet =
            from < to ? minute >= from && minute < to : from > to && (minute >= from || minute < to);
          expect(quiet).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('no sequence of decisions breaks a frequency cap', () => {
    fc.assert(
      fc.property(
        arbWorld,
        fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 5, maxLength: 25 }),
        (start, steps) => {
          const { profile } = start;
          profile.contacts.clear();
          let now = start.world.now;
          const request = { ...start.request, placements: [], dispatch: true };
          for (const [i, minutes] of steps.entries()) {
            now += minutes * MINUTE_MS;
            const fact = decide(used, { ...start.world, now }, profile, { ...request, seedA: i });
            for (const choice of fact.choices) {
              const marks = choice.apart === true ? CONTACT_MARKS.apart : 0;
              if (choice.kind === 'treatment')
                contact(profile, { action: choice.action, channel: choice.channel, at: now, marks });
            }
          }
          const { policy: limited } = start.world;
          for (const [cap, isApart] of capsWithLots(limited)) {
            for (const name of cap.scope === 'channel' ? CHANNELS : ['']) {
              const channel = channelIndex(name);
              if (cap.scope === 'channel' && cap.channel >= 0 && cap.channel !== channel) continue;
              const own = profile.contacts.toArray().filter((one) => {
                if ((one.marks !== 0) !== isApart) return false;
                if (cap.scope === 'channel') return one.channel === channel;
                const { push } = limited.channels[one.channel] as ChannelPolicy;
                return cap.scope === 'total' || push === (cap.kind === 'push');
              });
              for (const [i, last] of own.entries()) {
                // It counts, and no cap but its own stops it.
                if (isTransactional(limited, last.action)) continue;
                const within = own.slice(0, i + 1).filter((one) => one.at > last.at - cap.windowMs);
                expect(within.length).toBeLessThanOrEqual(cap.max);
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a decision', () => {
  test('the propensities of each placement sum to one', () => {
    fc.assert(
      fc.property(arbWorld, fc.boolean(), ({ world, profile, request }, slate) => {
        const asked = slate ? { ...request, placements: ['home', 'home', 'nowhere'] } : request;
        const { columns } = decide(used, world, profile, asked).record;
        const total = new Map<number, number>();
        for (let row = 0; row < columns.count; row++) {
          const place = columns.placement[row] as number;
          total.set(place, (total.get(place) ?? 0) + (columns.propensity[row] as number));
        }
        for (const sum of total.values()) expect(Math.abs(sum - 1)).toBeLessThanOrEqual(1e-15);
      }),
      { numRuns: 500 },
    );
  });

  test('the same seed gives the same decision, in a fresh draft and in one that decided for others', () => {
    fc.assert(
      fc.property(arbWorld, arbWorld, ({ world, profile, request }, other) => {
        const fresh = shown(decide(new DecisionDraft(), world, profile, request));
        decide(used, other.world, other.profile, other.request);
        expect(shown(decide(used, world, profile, request))).toEqual(fresh);
      }),
      { numRuns: 500 },
    );
  });

  test('derived again from its record, a decision comes out the same', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        const fact = decide(used, world, profile, request);
        const before = shown(fact);
        const again = rederive(new DecisionDraft(), fact, profile, {
          policy: world.policy,
          catalog: world.catalog,
          calibration: world.calibration,
          buysPerWeek: 0.03,
          zones: world.zones,
        });
        expect(shown(again)).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test('exactly one row of each placement is chosen, and the choice names it', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        const asked = {
          ...request,
          placements: request.placements.length === 0 ? [] : ['home', 'home', 'home'],
        };
        const fact = decide(used, world, profile, asked);
        const { columns } = fact.record;
        const chosen: number[] = [];
        for (let row = 0; row < columns.count; row++) if (columns.stage[row] === ROW_CHOSEN) chosen.push(row);
        expect(fact.choices.map((choice) => choice.row)).toEqual(chosen);
        expect(fact.choices.length).toBe(Math.max(1, asked.placements.length));
        expect(fact.outcomeDue.length).toBe(fact.choices.length);
      }),
      { numRuns: 500 },
    );
  });

  test('a slate repeats no action and no product, holds one incentive, and stays within caps and budgets as a whole', () => {
    fc.assert(
      fc.property(arbWorld, ({ world, profile, request }) => {
        const placements = ['home', 'home', 'home', 'home'];
        const fact = decide(used, world, profile, { ...request, trigger: -1, placements });
        const chosen = fact.choices.filter((choice) => choice.kind !== 'nothing');
        const named = (pick: (choice: Choice) => string) => chosen.map(pick).filter((name) => name !== '');
        expect(new Set(named((choice) => choice.action)).size).toBe(chosen.length);
        const products = named((choice) => choice.product);
        expect(new Set(products).size).toBe(products.length);
        expect(new Set(named((choice) => choice.offer?.offer ?? '')).size).toBeLessThanOrEqual(1);
        for (const [cap, isApart] of capsWithLots(world.policy)) {
          const ofLot = chosen.filter(({ apart }) => (apart === true) === isApart);
          // The last of them that a cap stops: what is transactional may come on top.
          const last = ofLot.findLastIndex(({ action: id }) => !isTransactional(world.policy, id));
          if (cap.scope === 'channel' && cap.channel >= 0 && cap.channel !== channelIndex('web')) continue;
          if (cap.scope === 'kind' && cap.kind === 'push') continue;
          const before = profile.contacts
            .toArray()
            .filter(
              (one) =>
                one.counts &&
                (one.marks !== 0) === isApart &&
                one.at > world.now - cap.windowMs &&
                (cap.scope === 'total' ||
                  (cap.scope === 'kind'
                    ? world.policy.channels[one.channel]?.push === false
                    : one.channel === channelIndex('web'))),
            );
          if (last >= 0) expect(before.length + last + 1).toBeLessThanOrEqual(cap.max);
        }
        let reserved = 0;
        for (const { offer } of chosen)
          reserved += (offer?.reserved?.discount ?? 0) + (offer?.reserved?.message ?? 0);
        if (reserved > 0) expect(reserved + (world.budgetUsed[0] ?? 0)).toBeLessThanOrEqual(10_000_000);
      }),
      { numRuns: 500 },
    );
  });
});

/** All that the record keeps of a decision, detached from its draft. */
function shown(fact: DecisionFact): unknown {
  const { columns, features, logits: seen, scoreRows, scoreChannel } = fact.record;
  const cut = Object.entries(columns).map(([name, column]) => {
    return [
      name,
      typeof column === 'number' ? column : Array.from(column as ArrayLike<unknown>).slice(0, columns.count),
    ];
  });
  const { capacity: _, ...rest } = Object.fromEntries(cut) as Record<string, unknown>;
  return {
    ...fact,
    record: {
      budgetUsed: Array.from(fact.record.budgetUsed),
      rest,
      features: Array.from(features),
      seen: Array.from(seen),
      scoreRows,
      scoreChannel: Array.from(scoreChannel),
    },
  };
}
