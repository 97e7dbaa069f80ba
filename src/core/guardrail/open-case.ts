import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { openCase } from '../profile/support-case.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { CASE_OPEN } = codes('CASE_OPEN');

/** A support case of the customer is open. Compared: when it was opened, until when it silences; names the case. */
export const supportCase: Guardrail = {
  scope: 'action',
  reasons: ['CASE_OPEN'],
  check: (verdict, candidate) => candidate.profile.supportCases.length > 0 && silenced(verdict, candidate),
};

function silenced(verdict: Verdict, { action, rules, profile, env }: CandidateContext): boolean {
  return (rules.isSilenced || action.promotion) && caseOpen(verdict, profile, env.policy, env.now);
}

/** Whether marketing is silenced; compared as above. */
export function caseOpen(
  verdict: Verdict,
  profile: Profile,
  { openCaseMs }: Pick<Policy, 'openCaseMs'>,
  now: number,
): boolean {
  const open = openCase(profile.supportCases, now, openCaseMs);
  return open !== undefined && verdict.block(CASE_OPEN, open.openedAt, open.openedAt + openCaseMs, open.id);
}
