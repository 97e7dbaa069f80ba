import type { DecideAsk } from '../decide/decide-env.ts';
import type { DecisionDraft } from '../decide/decision-draft.ts';
import { isConsideration } from './slot.ts';

/**
 * Whether a consideration had nothing to choose from. Nothing is to be learned from what follows then: no features are kept and no
 * outcome is awaited, since every customer is considered again and again. In the holdout there never is anything, and what becomes of
 * those customers is what the others are compared with.
 */
export function findsNothing(draft: DecisionDraft, ask: DecideAsk): boolean {
  return isConsideration(ask.cause) && draft.eligibleCount <= 1 && !draft.heldOut;
}
