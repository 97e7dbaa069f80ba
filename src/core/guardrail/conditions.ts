import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Condition } from '../policy/policy.ts';
import type { Guardrail } from './guardrail.ts';
import type { Verdict } from './verdict.ts';

/** The action's condition is false. Compared: the first part of it that is (ConditionMemo); names that part and what was found. */
export const actionCondition: Guardrail = {
  scope: 'action',
  reasons: ['CONDITION_FALSE'],
  check: (verdict, candidate) => isFalse(verdict, candidate, candidate.action.when),
};

/** The variant's condition is false. Compared: as `actionCondition`. */
export const variantCondition: Guardrail = {
  scope: 'variant',
  reasons: ['CONDITION_FALSE'],
  check: (verdict, candidate) => isFalse(verdict, candidate, candidate.variant.when),
};

function isFalse(verdict: Verdict, candidate: CandidateContext, when: Condition | undefined): boolean {
  if (
    when === undefined ||
    candidate.conditions.holds(when, candidate.traits, candidate.env.policy.conditions.length)
  )
    return false;
  return candidate.conditions.blame(verdict, when);
}
