import type { Action, Policy } from '../policy/policy.ts';
import type { LiveOffer, Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { OTHER_INCENTIVE_LIVE } = codes('OTHER_INCENTIVE_LIVE');

export const incentive: Guardrail = {
  scope: 'subject',
  reasons: ['OTHER_INCENTIVE_LIVE'],
  check: (verdict, candidate) =>
    candidate.action.offer !== undefined &&
    incentiveLive(verdict, candidate.action, candidate.profile, candidate.env.policy, candidate.env.now),
};

/** Another incentive reached the customer first. Compared: when it was sent, until when no other may follow; names that offer. */
export function incentiveLive(
  verdict: Verdict,
  action: Action,
  profile: Profile,
  policy: Policy,
  now: number,
): boolean {
  if (action.offer === undefined || profile.offers.length === 0) return false;
  const first = otherIncentive(profile, action.offer.id, now - policy.incentiveWindowMs);
  if (first === undefined) return false;
  return verdict.block(OTHER_INCENTIVE_LIVE, first.at, first.at + policy.incentiveWindowMs, first.offer);
}

/** The first offer sent after `since` with another id than `offer`. One that has run out still counts for its window. */
function otherIncentive(profile: Profile, offer: string, since: number): LiveOffer | undefined {
  let first: LiveOffer | undefined;
  for (const live of profile.offers) {
    if (live.offer === offer || live.at <= since) continue;
    if (first === undefined || live.at < first.at) first = live;
  }
  return first;
}
