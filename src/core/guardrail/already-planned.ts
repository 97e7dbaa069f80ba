import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { SUPERSEDED } = codes('SUPERSEDED');

/** A plan for the action is waiting for its hour. Compared: that hour, 0; names the plan. */
export const alreadyPlanned: Guardrail = {
  scope: 'action',
  reasons: ['SUPERSEDED'],
  check: (verdict, candidate) =>
    (candidate.sendMinute >= 0 || candidate.nightMinute >= 0) && planned(verdict, candidate),
};

function planned(verdict: Verdict, { profile, action }: CandidateContext): boolean {
  for (const plan of profile.plans) {
    if (plan.action === action.id) return verdict.block(SUPERSEDED, plan.at, 0, plan.id);
  }
  return false;
}
