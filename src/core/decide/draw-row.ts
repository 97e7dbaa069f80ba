/** arbitrate: how likely each row of a placement is, and which one it is. */
import { draw } from '../arbitration/draw.ts';
import { PURPOSE_RULES } from '../purpose.ts';
import { NOTHING, ROW_SCORED } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';

/** Fills the propensities of a placement's rows eligible[from] … eligible[to − 1] and draws one of them; `chance` is uniform in [0, 1). */
export function drawRow(
  draft: DecisionDraft,
  env: DecideEnv,
  ask: DecideAsk,
  from: number,
  to: number,
  chance: number,
): number {
  const { columns, candidateRow, candidateMean, candidateSd, propensity } = draft;
  const isTold = mustTell(draft, env, ask, from, to);
  let count = 0;
  for (let i = from; i < to; i++) {
    const row = draft.eligible[i] as number;
    if (columns.stage[row] !== ROW_SCORED) continue;
    if (isTold && columns.action[row] === NOTHING) {
      columns.propensity[row] = 0;
      continue;
    }
    candidateRow[count] = row;
    candidateMean[count] = columns.ev[row] as number;
    candidateSd[count] = columns.evSd[row] as number;
    count++;
  }
  propensity.compute(candidateMean, candidateSd, count, env.policy.explore);
  for (let i = 0; i < count; i++)
    columns.propensity[candidateRow[i] as number] = propensity.share[i] as number;
  return candidateRow[draw(propensity.share, count, chance)] as number;
}

/**
 * Whether the customer is told in any case: news of theirs fired the trigger, and something of service is left to tell it with. Then
 * doing nothing is not drawn.
 */
function mustTell(
  draft: DecisionDraft,
  { policy }: DecideEnv,
  ask: DecideAsk,
  from: number,
  to: number,
): boolean {
  if (policy.triggers[ask.trigger]?.kind !== 'event') return false;
  for (let i = from; i < to; i++) {
    const row = draft.eligible[i] as number;
    const action = policy.actions[draft.columns.action[row] as number];
    if (action === undefined || draft.columns.stage[row] !== ROW_SCORED) continue;
    if (!PURPOSE_RULES[action.purpose].maySell) return true;
  }
  return false;
}
