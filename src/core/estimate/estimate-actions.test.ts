import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHANNELS, channelIndex } from '../channel.ts';
import { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import { action, channelMask, env, logits, outbound, policy } from '../decide/shop.fixture.ts';
import type { Action, Policy } from '../policy/policy.ts';
import { type Estimate, estimateActions } from './estimate-actions.ts';
import { TYPICAL_AT, typicalCustomer, typicalRates } from './typical-customer.ts';

const EMAIL = channelIndex('email');
const CALIBRATION = Array.from({ length: 3 }, () => ({ a: 0.9, b: -0.1 }));
const twenty = {
  ...{ index: 0, id: 'twenty', kind: 'percent' as const, depth: 20, code: 'TWENTY' },
  ...{ validMs: 1, isDiscount: true },
};

/** The action on e-mail, and the rules it stands in. */
function shop(change: Partial<Action>, rules: Partial<Policy> = {}): Policy {
  return policy([action(0, { channelMask: channelMask('email'), ...change })], {
    offers: [twenty],
    ...rules,
  });
}

function estimated(rules: Policy): Estimate {
  const customer = typicalCustomer(85, 0.4);
  const learned = { calibration: CALIBRATION, buysPerWeek: 0.03 };
  const rates = typicalRates(logits(CHANNELS.length), learned, rules);
  return estimateActions(rules, customer, rates, undefined)[0] as Estimate;
}

test.each([
  ['a message', {}, {}],
  ['one with an offer', { offer: twenty, liftMean: 0.05, liftSd: 0.02 }, {}],
  ['care', { engagementValue: 0.8, promotion: false }, {}],
  ['a shop with a rate of its own', { offer: twenty, liftMean: 0.05 }, { buysPerWeek: 0.004 }],
])('an estimate is what a decision says of such a customer: %s', (_, change, more) => {
  const rules = shop({ placements: [], ...change }, more);
  const customer = typicalCustomer(85, 0.4);
  customer.identifiers.push({ kind: 'email_sha256', value: 'x', origin: customer.key });
  customer.consent.fill(1);
  const world = env(rules, { now: TYPICAL_AT, calibration: CALIBRATION });
  const draft = new DecisionDraft();
  propose(draft, world, customer, outbound());
  const { columns } = finish(draft, world, customer, outbound(), logits(), 0, false).record;
  const estimate = estimated(rules);
  expect(columns.channel[1]).toBe(EMAIL);
  expect(estimate.ev).toBeCloseTo(columns.ev[1] as number, 6);
  expect(estimate.propensity).toBeCloseTo(columns.propensity[1] as number, 6);
  expect([estimate.p0, estimate.margin, estimate.discount, estimate.unsubscribeCost]).toEqual(
    [columns.p0, columns.margin, columns.discount, columns.unsubscribeCost].map((column) =>
      expect.closeTo(column[1] as number, 6),
    ),
  );
});

test('with the lift at which it breaks even it is worth as much as doing nothing', () => {
  const arb = fc.record({
    orderValue: fc.integer({ min: 20, max: 300 }),
    marginRate: fc.double({ min: 0.25, max: 0.9, noNaN: true }),
    hasOffer: fc.boolean(),
  });
  fc.assert(
    fc.property(arb, ({ orderValue, marginRate, hasOffer }) => {
      const change = { orderValue, marginRate, offer: hasOffer ? twenty : undefined };
      const { breakEvenLift } = estimated(shop(change));
      const even = estimated(shop({ ...change, liftMean: breakEvenLift }));
      expect(Math.abs(even.ev)).toBeLessThan(1e-4 * orderValue);
    }),
  );
});

test('an offer that takes the whole margin breaks even at no lift', () => {
  expect(estimated(shop({ offer: twenty, marginRate: 0.15 })).breakEvenLift).toBeNaN();
});

test('a holdout takes longer for a smaller lift, and none shows what adds nothing', () => {
  const weeks = (liftMean: number, holdout = 0.1): number =>
    estimated(shop({ liftMean }, { holdout })).customerWeeks;
  expect(weeks(0.01)).toBeGreaterThan(3 * weeks(0.02));
  expect(weeks(0.01, 0.02)).toBeGreaterThan(weeks(0.01, 0.1));
  expect(weeks(0)).toBe(Number.POSITIVE_INFINITY);
  // A policy without a holdout is told what one of a tenth would take.
  expect([weeks(0.01, 0), estimated(shop({})).holdoutShare]).toEqual([weeks(0.01), 0.1]);
});

test('a product of the catalogue stands for what an action is about, save where the action says its order value', () => {
  const of = (orderMargin: number, change: Partial<Action> = {}) => {
    const rules = shop({ subject: 'viewed', ...change });
    const learned = { calibration: CALIBRATION, buysPerWeek: 0.03 };
    const rates = typicalRates(logits(CHANNELS.length), learned, rules);
    return estimateActions(rules, typicalCustomer(85, 0.4), rates, { orderValue: 120, orderMargin })[0];
  };
  expect(of(60)).toMatchObject({ orderValue: 120, margin: 60 });
  expect(of(Number.NaN)).toMatchObject({ orderValue: 120, margin: expect.closeTo(120 * 0.4, 5) });
  expect(of(60, { orderValue: 30, saysOrderValue: true })).toMatchObject({ orderValue: 30, margin: 15 });
});
