import { policyIndex } from '../decide/policy-index.ts';
import { consentMissing } from '../guardrail/consent.ts';
import { optedOut } from '../guardrail/opt-out.ts';
import { channelUnreachable } from '../guardrail/reachability.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';

/** What it says is not used: only whether. */
const verdict = new Verdict();

/**
 * Whether some proactive action could reach the customer on one of its channels: they have an address there, and consent is not
 * missing for its purpose. Hours, caps, stages and the rest after soft bounces change by themselves, so they are asked when the customer is considered. Somebody in
 * the holdout counts like everybody else: what becomes of them is what the others are compared with.
 */
export function couldReach(policy: Policy, profile: Profile): boolean {
  for (const { channel, purpose } of policyIndex(policy).proactiveReach) {
    if (channelUnreachable(verdict, profile, channel, policy, Number.POSITIVE_INFINITY)) continue;
    if (consentMissing(verdict, profile, channel, purpose, 0)) continue;
    if (!optedOut(verdict, profile, channel.index, purpose)) return true;
  }
  return false;
}
