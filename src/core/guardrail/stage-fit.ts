import { type Action, STAGES } from '../policy/policy.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { STAGE_MISMATCH } = codes('STAGE_MISMATCH');

/** The action is not for the customer's stage. Compared: the stage's index, the action's mask; names the stage. */
export const stageFit: Guardrail = {
  scope: 'subject',
  reasons: ['STAGE_MISMATCH'],
  check: (verdict, { action, stage }) =>
    (action.stageMask & (1 << stage)) === 0 && otherStage(verdict, action, stage),
};

function otherStage(verdict: Verdict, action: Action, stage: number): true {
  return verdict.block(STAGE_MISMATCH, stage, action.stageMask, STAGES[stage] ?? '');
}
