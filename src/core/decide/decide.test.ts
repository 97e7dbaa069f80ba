import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { discountOf, sigmoid } from '../arbitration/expected-value.ts';
import { BOUNDS } from '../bounds.ts';
import { fixedZone } from '../calendar/fixed-zones.fixture.ts';
import { channelIndex } from '../channel.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import type { Offer, OfferKind } from '../policy/policy.ts';
import { REASONS } from '../reason.ts';
import { NOTHING, ROW_SCORED } from './candidate-columns.ts';
import { DecisionDraft } from './decision-draft.ts';
import { finish } from './finish.ts';
import { propose } from './propose.ts';
import {
  action,
  ask,
  catalog,
  channelMask,
  condition,
  customer,
  env,
  logits,
  NOON,
  ordered,
  outbound,
  policy,
  product,
} from './shop.fixture.ts';

const draft = new DecisionDraft();
const email = channelMask('email');

function offer(kind: OfferKind, depth: number): Offer {
  return {
    index: 0,
    id: `${kind}-${depth}`,
    kind,
    depth,
    code: 'CODE',
    validMs: 2 * DAY_MS,
    isDiscount: kind === 'percent',
  };
}

function reasons(): string[] {
  const { columns } = draft;
  return Array.from({ length: columns.count }, (_, row) => REASONS[columns.reason[row] as number] ?? '');
}

test('a decision names the catalogue that its candidates were found in, whatever comes in while they are scored', () => {
  const products = { ...catalog(), sequence: 7 };
  const world = env(policy([action(0)]), { catalog: products });
  propose(draft, world, customer(), ask());
  products.sequence = 8;
  expect(finish(draft, world, customer(), ask(), logits(), 0, false).catalogSequence).toBe(7);
});

test('of a customer who is told nothing the features are kept, on the channel where they were asked about', () => {
  const rules = policy([action(0, { when: condition(0, 'orders > 1000.0', () => false) })], {
    conditions: [condition(0, 'orders > 1000.0', () => false)],
  });
  propose(draft, env(rules), customer(), ask());
  const { record, choices } = finish(draft, env(rules), customer(), ask(), logits(), 0, false);
  expect(choices[0]?.kind).toBe('nothing');
  expect(record.scoreRows).toBe(1);
  expect(record.features[record.scoreChannel[0] ?? -1]).toBe(1);
  expect(record.features.length).toBe(FEATURE_COUNT);
});

describe('the bounds of a decision', () => {
  test('a place for which the candidates left no room gets nothing, and the others what they would have got', () => {
    const small = new DecisionDraft({ candidatesMax: 6, scoredMax: 4 });
    const rules = policy(Array.from({ length: 20 }, (_, i) => action(i)));
    const [here, there] = [ask().placements[0] as string, 'another'];
    const slate = ask({ placements: [here, there] });
    propose(small, env(rules), customer(), slate);
    const { choices } = finish(small, env(rules), customer(), slate, logits(), 0, false);
    expect(choices.map(({ placement }) => placement)).toEqual([here, there]);
    expect([choices[1]?.kind, choices[1]?.action, choices[1]?.propensity]).toEqual(['nothing', '', 1]);
  });

  test('beyond the candidates that are scored the least promising are cut, with a reason', () => {
    const most = BOUNDS.candidatesScored;
    const all = Array.from({ length: most + 12 }, (_, i) => i);
    const rules = policy(all.map((i) => action(i, { liftMean: i === 3 ? 0.5 : 0.01 + i * 0.001 })));
    propose(draft, env(rules), customer(), ask());
    const { columns } = draft;
    const left: number[] = [];
    for (let row = 1; row < columns.count; row++) {
      if (columns.reason[row] === 0) left.push(columns.action[row] as number);
      else expect(REASONS[columns.reason[row] as number]).toBe('OUTRANKED');
    }
    expect(left).toEqual([3, ...all.slice(1 - most)]);
    expect(finish(draft, env(rules), customer(), ask(), logits(), 0, false).choices).toHaveLength(1);
  });

  test('beyond the candidates that one decision holds the rest is not considered, and counted', () => {
    const most = BOUNDS.candidates;
    // Before them stands "do nothing".
    const rules = policy(Array.from({ length: most + 14 }, (_, i) => action(i, { stageMask: 0 })));
    propose(draft, env(rules), customer(), ask());
    expect([draft.columns.count, draft.dropped]).toEqual([most, 15]);
    propose(draft, env(policy([action(0)])), customer(), ask());
    expect([draft.columns.count, draft.dropped]).toEqual([2, 0]);
  });

  test('a slate leaves each placement its share of the scoring', () => {
    const small = new DecisionDraft({ candidatesMax: 256, scoredMax: 32 });
    const rules = policy(Array.from({ length: 12 }, (_, i) => action(i)));
    propose(small, env(rules), customer(), ask({ placements: new Array<string>(8).fill('home') }));
    const perPlace = new Array<number>(8).fill(0);
    for (let row = 0; row < small.columns.count; row++) {
      if (small.columns.reason[row] !== 0 || small.columns.action[row] === NOTHING) continue;
      const place = small.columns.placement[row] as number;
      perPlace[place] = (perPlace[place] as number) + 1;
    }
    expect(perPlace).toEqual(new Array<number>(8).fill(4));
  });
});

describe('proposing', () => {
  test('takes one feature row for each channel that still has a candidate, and only those', () => {
    const rules = policy([
      action(0, { channelMask: channelMask('email', 'sms', 'whatsapp') }),
      action(1, { channelMask: channelMask('push'), stageMask: 0 }),
    ]);
    const profile = customer();
    profile.consent[channelIndex('sms') * 2] = -1;
    propose(draft, env(rules), profile, outbound());
    expect(Array.from(draft.scoreChannelView)).toEqual([channelIndex('email'), channelIndex('whatsapp')]);
    expect(draft.featureView).toHaveLength(2 * FEATURE_COUNT);
    expect(Array.from(draft.columns.scoreRow.subarray(0, 4))).toEqual([-1, 0, -1, 1]);
  });

  test('goes outbound over declared push channels only', () => {
    const base = policy([action(0, { channelMask: channelMask('web', 'email', 'sms') })]);
    const channels = base.channels.map((one) => (one.id === 'sms' ? { ...one, declared: false } : one));
    propose(draft, env({ ...base, channels }), customer(), outbound());
    expect(Array.from(draft.columns.channel.subarray(1, draft.columns.count))).toEqual([
      channelIndex('email'),
    ]);
  });

  test('proposes a trigger’s actions for a trigger and the proactive ones without', () => {
    const rules = policy([action(0, { proactive: false }), action(1)]);
    const only = {
      ...rules,
      triggers: [{ ...(rules.triggers[0] as (typeof rules.triggers)[number]), actions: [0] }],
    };
    propose(draft, env(only), customer(), outbound({ trigger: 0, cause: 'checkout-exit' }));
    expect(new Set(draft.columns.action.subarray(1, draft.columns.count))).toEqual(new Set([0]));
    propose(draft, env(only), customer(), outbound());
    expect(new Set(draft.columns.action.subarray(1, draft.columns.count))).toEqual(new Set([1]));
  });

  test('does not plan what is planned already', () => {
    const rules = policy([action(0, { sendAtMinute: 9 * 60, channelMask: email })]);
    const profile = customer();
    profile.plans.push({
      id: 'p7',
      action: 'action-0',
      variant: 'a',
      channel: 3,
      product: '',
      offer: '',
      decidedAt: NOON,
      at: NOON + HOUR_MS,
      zone: '',
      offsetMin: Number.NaN,
      seq: 1,
      index: 0,
      choice: 0,
      trigger: '',
    });
    propose(draft, env(rules), profile, outbound());
    expect(reasons()).toEqual(['NONE', 'SUPERSEDED']);
    expect(draft.columns.ref[1]).toBe('p7');
  });
});

describe('scoring', () => {
  const rules = policy([
    action(0, { channelMask: email, liftMean: 0.1, liftSd: 0.02, engagementValue: 0.5 }),
  ]);

  test('puts the calibrated probabilities and the policy’s money into the expected value', () => {
    const world = env(rules, {
      calibration: [
        { a: 2, b: 1 },
        { a: 1, b: 0 },
        { a: 0, b: -3 },
      ],
    });
    propose(draft, world, customer(), outbound());
    finish(draft, world, customer(), outbound(), Float32Array.of(-2, -1, 9), 0, false);
    const { columns } = draft;
    const engaged = sigmoid(-1);
    expect(columns.p0[1]).toBeCloseTo(sigmoid(-3), 6);
    expect(columns.engage[1]).toBeCloseTo(engaged, 6);
    expect(columns.unsubscribe[1]).toBeCloseTo(sigmoid(-3), 6);
    expect(columns.tau[1]).toBeCloseTo(0.1 * engaged, 6);
    // A prospect is worth a fifth of the order at hand: 0.2 · 50 · 0.4, of which an unsubscribe loses 0.3.
    const ev = 0.1 * engaged * 20 + engaged * 0.5 - 0.01 - sigmoid(-3) * 0.3 * 4;
    expect(columns.ev[1]).toBeCloseTo(ev, 5);
    expect(columns.evSd[1]).toBeCloseTo(20 * 0.02 * engaged, 6);
    expect(columns.stage[0]).toBe(ROW_SCORED);
  });

  test('takes its rows of the batch, and base rates without calibration', () => {
    const world = env(rules, {
      calibration: [
        { a: 5, b: 5 },
        { a: 5, b: 5 },
        { a: 5, b: 5 },
      ],
    });
    propose(draft, world, customer(), outbound());
    const fact = finish(draft, world, customer(), outbound(), Float32Array.of(9, 9, 9, -1, -2, -3), 1, true);
    expect(Array.from(fact.record.logits)).toEqual([-1, -2, -3]);
    expect(fact.fallback).toBe(true);
    expect(draft.columns.p0[1]).toBeCloseTo(sigmoid(-1), 6);
  });

  test('trusts their own messages more the more there are', () => {
    const engaged = (sends: number, opens: number) => {
      const profile = customer();
      profile.channelStats[channelIndex('email')] = {
        sends,
        opens,
        clicks: 0,
        bounces: 0,
        lastSentAt: 0,
        lastOpenAt: 0,
        lastSeenAt: 0,
        unsubscribedAt: 0,
        complainedAt: 0,
        bouncedAt: 0,
        softBounces: 0,
        softBouncedAt: 0,
      };
      propose(draft, env(rules), profile, outbound());
      finish(draft, env(rules), profile, outbound(), logits(), 0, false);
      return draft.columns.engage[1] as number;
    };
    expect(engaged(0, 0)).toBeCloseTo(0.2, 2);
    expect(engaged(6, 6)).toBeCloseTo(0.6, 2);
    expect(engaged(600, 600)).toBeGreaterThan(0.98);
    expect(engaged(600, 0)).toBeLessThan(0.01);
  });

  test('reaches the customer where they are right now', () => {
    const tau = (contextChannel: number, seenMinutesAgo: number) => {
      const profile = customer();
      if (seenMinutesAgo >= 0) {
        profile.channelStats[channelIndex('email')] = {
          sends: 0,
          opens: 0,
          clicks: 0,
          bounces: 0,
          lastSentAt: 0,
          lastOpenAt: 0,
          lastSeenAt: NOON - seenMinutesAgo * MINUTE_MS,
          unsubscribedAt: 0,
          complainedAt: 0,
          bouncedAt: 0,
          softBounces: 0,
          softBouncedAt: 0,
        };
      }
      propose(draft, env(rules), profile, outbound({ contextChannel }));
      finish(draft, env(rules), profile, outbound({ contextChannel }), logits(), 0, false);
      return draft.columns.tau[1] as number;
    };
    expect(tau(-1, -1)).toBeCloseTo(0.1 * 0.2, 3);
    expect(tau(channelIndex('email'), -1)).toBeCloseTo(0.1 * 0.5, 5);
    expect(tau(-1, 0)).toBeCloseTo(0.1 * 0.5, 5);
    expect(tau(-1, 600)).toBeCloseTo(0.1 * 0.2, 3);
  });

  test.each([
    ['percent', 20, 10],
    ['amount', 15, 15],
    ['amount', 80, 50],
    ['free_shipping', 4, 4],
    ['gift', 6, 6],
    ['early_access', 0, 0],
    ['points', 0, 0],
  ] as const)('an offer of %s %d costs %d on an order of 50', (kind, depth, cost) => {
    expect(discountOf(offer(kind, depth), 50)).toBe(cost);
  });
});

describe('a choice', () => {
  const slots = [
    { name: 'title', source: { kind: 'subject' as const, field: 'title' as const }, required: true },
    { name: 'price', source: { kind: 'subject' as const, field: 'price' as const }, required: true },
    { name: 'stock', source: { kind: 'subject' as const, field: 'stock' as const }, required: false },
    { name: 'code', source: { kind: 'offer' as const, field: 'code' as const }, required: true },
    { name: 'depth', source: { kind: 'offer' as const, field: 'depth' as const }, required: true },
    { name: 'until', source: { kind: 'offer' as const, field: 'valid_until' as const }, required: true },
    { name: 'orders', source: { kind: 'trait' as const, name: 'orders' }, required: true },
    { name: 'button', source: { kind: 'text' as const, text: 'Buy' }, required: true },
  ];
  const text =
    '{title} for {price}{stock}: {depth} with {code} until {until}, order {orders}. {nobody}{button}';
  const rules = policy(
    [
      action(0, {
        subject: 'viewed',
        channelMask: email,
        offer: offer('percent', 10),
        liftMean: 0.9,
        liftSd: 0.001,
        variants: [{ index: 0, id: 'a', templateId: 'promo', slots, text, when: undefined }],
      }),
    ],
    { explore: 0 },
  );
  const world = env(rules, { catalog: catalog(product('coat')) });
  const viewer = () => {
    const profile = ordered(customer(), 1, 20);
    profile.viewed.add({
      productId: 'coat',
      category: 'coats',
      brand: '',
      size: '',
      price: 99,
      lastAt: NOON,
      views: 1,
    });
    return profile;
  };
  const decide = (profile = viewer(), request = outbound()) => {
    propose(draft, world, profile, request);
    return finish(draft, world, profile, request, logits(), 0, false);
  };

  test('carries its words with every blank filled, unknown and empty ones left out', () => {
    const [choice] = decide().choices;
    expect(choice?.content).toEqual({
      templateId: 'promo',
      locale: 'en-GB',
      slotNames: ['title', 'price', 'code', 'depth', 'until', 'orders', 'button'],
      slotValues: [
        'The coat',
        '100.00 EUR (en-GB)',
        'CODE',
        '10 % (en-GB)',
        '2026-03-04 13:00 (day, en-GB)',
        '1',
        'Buy',
      ],
      productIds: ['coat'],
      rendered:
        'The coat for 100.00 EUR (en-GB): 10 % (en-GB) with CODE until 2026-03-04 13:00 (day, en-GB), order 1. Buy',
    });
    expect(choice).toMatchObject({
      kind: 'treatment',
      product: 'coat',
      category: 'coats',
      promotion: true,
      notAfter: NOON + DAY_MS,
    });
  });

  test('of a code that is live already keeps the end that the customer was told', () => {
    const profile = viewer();
    profile.offers.push({
      offer: 'percent-10',
      kind: 'percent',
      depth: 10,
      code: 'CODE',
      action: '',
      at: NOON - DAY_MS,
      until: NOON + HOUR_MS,
      seq: 1,
      index: 0,
      choice: 0,
    });
    expect(decide(profile).choices[0]?.offer?.until).toBe(NOON + HOUR_MS);
    expect(decide().choices[0]?.offer?.until).toBe(NOON + 2 * DAY_MS);
  });

  test('is awaited for as long as what it can cause: an unsubscribe when it is sent, a purchase when it is shown', () => {
    expect(decide().outcomeDue).toEqual([NOON + 30 * DAY_MS]);
    expect(decide(viewer(), outbound({ dispatch: false })).outcomeDue).toEqual([NOON + 7 * DAY_MS]);
    expect(decide(viewer(), outbound({ placements: ['nowhere'] })).outcomeDue).toEqual([NOON + 7 * DAY_MS]);
  });

  test('the caller’s own zone and locale win over the profile’s', () => {
    const fact = decide(viewer(), outbound({ zone: fixedZone(-180), locale: 'de-DE' }));
    expect([fact.offsetMin, fact.locale, fact.choices[0]?.content?.locale]).toEqual([-180, 'de-DE', 'de-DE']);
    expect(fact.choices[0]?.content?.slotValues).toContain('2026-03-04 09:00 (day, de-DE)');
  });
});
