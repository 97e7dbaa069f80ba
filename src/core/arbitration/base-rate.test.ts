import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import { action, customer, env, logits, outbound, policy } from '../decide/shop.fixture.ts';
import { baseRateShift, logit } from './base-rate.ts';
import { sigmoid } from './expected-value.ts';

const arbShare = fc.double({ min: 0.0001, max: 0.9, noNaN: true });

test('the average customer of the model becomes the average customer of the shop', () => {
  fc.assert(
    fc.property(arbShare, arbShare, (own, learned) => {
      expect(sigmoid(logit(learned) + baseRateShift(own, learned))).toBeCloseTo(own, 9);
    }),
  );
});

test('a shift keeps the order of customers, and a shop that does not say its rate shifts nothing', () => {
  fc.assert(
    fc.property(arbShare, arbShare, arbShare, arbShare, (own, learned, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((share) =>
        sigmoid(logit(share) + baseRateShift(own, learned)),
      );
      expect(low).toBeLessThanOrEqual(high as number);
    }),
  );
  expect(baseRateShift(0, 0.05)).toBe(0);
});

test('odds of twenty to one at half of the rate are about odds of forty to one', () => {
  expect(sigmoid(logit(1 / 21) + baseRateShift(0.01, 0.02))).toBeCloseTo(0.0241, 4);
});

test.each([false, true])(
  'a policy that says how many buy has it in each decision (fallback: %s)',
  (fallback) => {
    const decide = (buysPerWeek: number) => {
      const rules = policy([action(0, { liftMean: 0.02 })], { buysPerWeek });
      const world = env(rules);
      const draft = new DecisionDraft();
      propose(draft, world, customer(), outbound());
      return finish(draft, world, customer(), outbound(), logits(), 0, fallback).record.rowP0[0] as number;
    };
    const [said, silent] = [decide(0.006), decide(0)];
    // The fixture's model learned where 3 % buy.
    expect(logit(said) - logit(silent)).toBeCloseTo(logit(0.006) - logit(0.03), 5);
  },
);
