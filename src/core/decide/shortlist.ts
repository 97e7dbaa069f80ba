import { codes } from '../guardrail/verdict.ts';
import { NOTHING, ROW_PROPOSED, ROW_REMOVED } from './candidate-columns.ts';
import type { DecisionDraft } from './decision-draft.ts';

const { OUTRANKED } = codes('OUTRANKED');
/** A placement's least share of the candidates that are scored. */
const SCORED_PER_PLACEMENT_MIN = 4;

/** Bounds what is scored: per placement the most promising by prior lift and worth stay, the first proposed wins a tie. */
export function shortlist(draft: DecisionDraft, placements: number): void {
  const most = Math.max(SCORED_PER_PLACEMENT_MIN, Math.floor(draft.scoredMax / placements));
  if (draft.eligibleCount <= most) return;
  const { columns, eligible } = draft;
  let from = 0;
  while (from < draft.eligibleCount) {
    let to = from + 1;
    while (to < draft.eligibleCount && columns.action[eligible[to] as number] !== NOTHING) to++;
    if (to - from - 1 > most) cutRange(draft, from + 1, to, to - from - 1 - most);
    from = to;
  }
  let kept = 0;
  for (let i = 0; i < draft.eligibleCount; i++) {
    const row = eligible[i] as number;
    if (columns.stage[row] === ROW_PROPOSED) eligible[kept++] = row;
  }
  draft.eligibleCount = kept;
}

/** Removes the `excess` least promising of the rows eligible[from] … eligible[to − 1]. */
function cutRange(draft: DecisionDraft, from: number, to: number, excess: number): void {
  const { columns, eligible, rank, index } = draft;
  const actions = index?.policy.actions ?? [];
  for (let i = from; i < to; i++) {
    const action = actions[columns.action[eligible[i] as number] as number];
    rank[i] =
      action === undefined
        ? 0
        : action.liftMean * action.orderValue * action.marginRate + action.engagementValue;
  }
  for (let round = 0; round < excess; round++) {
    let worst = -1;
    for (let i = from; i < to; i++) {
      if (columns.stage[eligible[i] as number] !== ROW_PROPOSED) continue;
      if (worst < 0 || (rank[i] as number) <= (rank[worst] as number)) worst = i;
    }
    const row = eligible[worst] as number;
    columns.stage[row] = ROW_REMOVED;
    columns.reason[row] = OUTRANKED;
    columns.value[row] = rank[worst] as number;
    columns.limit[row] = excess;
  }
}
