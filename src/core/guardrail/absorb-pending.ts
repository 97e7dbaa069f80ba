import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { ABSORB_PENDING } = codes('ABSORB_PENDING');

/** What another customer brings along may forbid it: nothing promotional goes out before it is here. Compared: keys on their way, 0. */
export const absorbPending: Guardrail = {
  scope: 'action',
  reasons: ['ABSORB_PENDING'],
  check: (verdict, candidate) => candidate.profile.claims.length > 0 && promotional(verdict, candidate),
};

function promotional(verdict: Verdict, { action, profile }: CandidateContext): boolean {
  if (!action.promotion && action.purpose !== 'marketing') return false;
  return verdict.block(ABSORB_PENDING, profile.claims.length, 0, '');
}
