import { expect, test } from 'vitest';
import { action, customer, NOON, policy } from '../decide/shop.fixture.ts';
import type { Plan, Profile } from '../profile/profile.ts';
import { REASONS } from '../reason.ts';
import { momentOver } from './moment-over.ts';

const rules = policy([action(0)]);
const [trigger] = rules.triggers;
const plan = { id: 'p', trigger: trigger?.id ?? '' } as Plan;

function inCheckout(lastAt: number): Profile {
  const profile = customer();
  const friction = { friction: 0, frictions: 0, frictionAt: 0, frictionProduct: '', frictionSize: '' };
  const step = { startedAt: lastAt, stepAt: lastAt, step: 1, value: 10, channel: 0, exitedAt: 0 };
  profile.checkout = { ...friction, ...step, lastAt };
  return profile;
}

test('a moment is over with an order, while the customer is there again, and when the policy lost its trigger', () => {
  const over = (profile: Profile, of = plan, under = rules) => REASONS[momentOver(of, profile, under, NOON)];
  expect(over(inCheckout(NOON - 90_000))).toBe('NONE');
  expect(over(inCheckout(NOON - 89_999))).toBe('CAME_BACK');
  expect(over(customer())).toBe('ORDERED');
  expect(over(inCheckout(0), plan, { ...rules, triggers: [] })).toBe('JOURNEY_CHANGED');
});
