import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { PLACEMENT_MISMATCH } = codes('PLACEMENT_MISMATCH');

/** The action is not for the placement's channel. Compared: the channel, the action's mask; names the channel. */
export const placementFit: Guardrail = {
  scope: 'candidate',
  reasons: ['PLACEMENT_MISMATCH'],
  check: (verdict, candidate) => candidate.inPlacement && otherChannel(verdict, candidate),
};

function otherChannel(verdict: Verdict, { action, channel }: CandidateContext): boolean {
  if (channel.declared && (action.channelMask & (1 << channel.index)) !== 0) return false;
  return verdict.block(PLACEMENT_MISMATCH, channel.index, action.channelMask, channel.id);
}
