import type { Policy } from '../policy/policy.ts';
import type { Plan, Profile } from '../profile/profile.ts';
import { type ReasonCode, reasonCode } from '../reason.ts';
import { causeAbout, causeName } from './cause.ts';

const NOT_OVER = 0;
const JOURNEY_CHANGED = reasonCode('JOURNEY_CHANGED');
const ORDERED = reasonCode('ORDERED');
const CAME_BACK = reasonCode('CAME_BACK');
const SUPERSEDED = reasonCode('SUPERSEDED');

/**
 * Why the moment that a plan has waited with is over at `now`, its hour; 0: it is not. The policy lost its trigger; the checkout
 * ended in an order; or the customer is in it again at this moment, and what they leave next is a moment of its own. What waits with
 * news is over when there is newer news of the same.
 */
export function momentOver(plan: Plan, profile: Profile, policy: Policy, now: number): ReasonCode {
  const trigger = policy.triggers.find(({ id }) => id === causeName(plan.trigger));
  if (trigger === undefined) return JOURNEY_CHANGED;
  if (trigger.kind === 'event') return hasNewerNews(plan, profile) ? SUPERSEDED : NOT_OVER;
  if (profile.checkout === undefined) return ORDERED;
  return profile.checkout.lastAt + trigger.windowMs > now ? CAME_BACK : NOT_OVER;
}

function hasNewerNews({ trigger, decidedAt }: Plan, { triggered }: Profile): boolean {
  const about = causeAbout(trigger);
  return triggered.some((other) => other.at > decidedAt && causeAbout(other.trigger) === about);
}
