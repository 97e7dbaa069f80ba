import type { CandidateContext } from '../candidate/candidate-context.ts';
import { PROPOSERS } from '../decide/candidate-columns.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { TRIGGER_MISMATCH } = codes('TRIGGER_MISMATCH');
const BY_TRIGGER = PROPOSERS.indexOf('trigger');

/** The action does not answer the friction that fired the trigger. Compared: the friction, the action's mask; names the cause. */
export const triggerMismatch: Guardrail = {
  scope: 'action',
  reasons: ['TRIGGER_MISMATCH'],
  check: (verdict, candidate) => candidate.proposer === BY_TRIGGER && otherFriction(verdict, candidate),
};

function otherFriction(verdict: Verdict, { action, ask }: CandidateContext): boolean {
  if ((action.frictionMask & (1 << ask.friction)) !== 0) return false;
  return verdict.block(TRIGGER_MISMATCH, ask.friction, action.frictionMask, ask.cause);
}
