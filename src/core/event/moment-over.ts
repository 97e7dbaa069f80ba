import type { Policy } from '../policy/policy.ts';
import type { Plan, Profile } from '../profile/profile.ts';
import { type ReasonCode, reasonCode } from '../reason.ts';

const NOT_OVER = 0;
const JOURNEY_CHANGED = reasonCode('JOURNEY_CHANGED');
const ORDERED = reasonCode('ORDERED');
const CAME_BACK = reasonCode('CAME_BACK');

/**
 * Why the moment that a plan has waited with is over at `now`, its hour; 0: it is not. The policy lost its trigger; the checkout
 * ended in an order; or the customer is in it again at this moment, and what they leave next is a moment of its own.
 */
export function momentOver(plan: Plan, profile: Profile, policy: Policy, now: number): ReasonCode {
  const trigger = policy.triggers.find(({ id }) => id === plan.trigger);
  if (trigger === undefined) return JOURNEY_CHANGED;
  if (profile.checkout === undefined) return ORDERED;
  return profile.checkout.lastAt + trigger.windowMs > now ? CAME_BACK : NOT_OVER;
}
