import { hasKeyOf } from '../audience/has-key-of.ts';
import { joinsAudience } from '../audience/joins-audience.ts';
import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { UNREACHABLE } = codes('UNREACHABLE');

/** The ad platform could not tell who they are. Compared: 0, 1; names the first kind that it is given. */
export const audienceKey: Guardrail = {
  scope: 'candidate',
  reasons: ['UNREACHABLE'],
  check: (verdict, candidate) => candidate.action.audience !== undefined && hasNoKey(verdict, candidate),
};

function hasNoKey(verdict: Verdict, { action, channel, profile, inPlacement }: CandidateContext): boolean {
  if (inPlacement || !joinsAudience(action, channel.index)) return false;
  const { kinds = [] } = action.audience ?? {};
  return !hasKeyOf(profile, kinds) && verdict.block(UNREACHABLE, 0, 1, kinds[0] ?? '');
}
