import type { DecideEnv } from '../decide/decide-env.ts';
import type { CustomerFact } from '../fact/fact.ts';
import { recheck } from '../ledger/recheck.ts';
import type { Profile } from '../profile/profile.ts';
import { contactsOnTheWay } from './consequences.ts';

/**
 * After an order was folded, and what names its products was withdrawn: what a channel may still deliver about something that stands for them,
 * which no decision would promote any more. Calls `emit` for each further fact; the caller folds it before the next one.
 */
export function orderConsequences(
  profile: Profile,
  env: DecideEnv,
  emit: (fact: CustomerFact) => void,
): void {
  for (const { seq, index, choice, promotion } of contactsOnTheWay(profile, env.now)) {
    if (!promotion) continue;
    const ref = { seq, index, choice };
    const verdict = recheck(profile, ref, env);
    if (verdict.kind === 'never')
      emit({ kind: 'withdraw', customer: profile.id, ref, reason: verdict.reason, at: env.now });
  }
}
