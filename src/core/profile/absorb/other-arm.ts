import { isHeldOut } from '../../guardrail/holdout.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Profile } from '../profile.ts';

/**
 * Whether something was decided for `from` under another arm than the one that `into` has, and that the two have together from now on.
 * A browser for which nothing was ever decided had no arm.
 */
export function isOtherArm(
  policy: Pick<Policy, 'holdout'> | undefined,
  into: Pick<Profile, 'id'>,
  from: Pick<Profile, 'id' | 'contacts' | 'pending' | 'plans' | 'seenDecides'>,
): boolean {
  if (policy === undefined) return false;
  const { contacts, pending, plans, seenDecides } = from;
  const isDecidedFor =
    contacts.length > 0 || pending.length > 0 || plans.length > 0 || seenDecides.length > 0;
  return isDecidedFor && isHeldOut(policy, into.id) !== isHeldOut(policy, from.id);
}
