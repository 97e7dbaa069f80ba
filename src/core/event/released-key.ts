/** What follows when a key is taken from a customer: its device is somebody else's, or the address is gone. */
import type { DecideEnv } from '../decide/decide-env.ts';
import type { ChoiceRef, CustomerFact } from '../fact/fact.ts';
import { channelUnreachable } from '../guardrail/reachability.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { ChannelPolicy } from '../policy/policy.ts';
import type { Contact } from '../profile/ledger-rows.ts';
import type { Plan, Profile } from '../profile/profile.ts';
import { reasonCode } from '../reason.ts';
import { withdrawWhere } from './consequences.ts';

/** After a key was taken from the customer: what is on its way on a channel where no other one reaches them has nowhere to go. */
export function releaseConsequences(
  profile: Profile,
  env: DecideEnv,
  emit: (fact: CustomerFact) => void,
): void {
  const verdict = new Verdict();
  const isUnreachable = ({ channel }: Contact | Plan): boolean =>
    channelUnreachable(verdict, profile, env.policy.channels[channel] as ChannelPolicy, env.policy, env.now);
  withdrawWhere(profile, env.now, reasonCode('UNREACHABLE'), emit, isUnreachable, isUnreachable);
}

/**
 * After a key of `kind` moved to somebody else: what a channel holds that reaches by such a key may be on its way to it, though the customer has
 * another one.
 */
export function recallFrom(
  profile: Profile,
  kind: string,
  env: DecideEnv,
  isHanded: (ref: ChoiceRef) => boolean,
  emit: (fact: CustomerFact) => void,
): void {
  const mayReach = ({ channel, seq, index, choice }: Contact): boolean =>
    env.policy.channels[channel]?.reachableBy.includes(kind) === true && isHanded({ seq, index, choice });
  withdrawWhere(profile, env.now, reasonCode('UNREACHABLE'), emit, mayReach, () => false);
}
