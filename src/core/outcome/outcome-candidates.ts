import { type CandidateColumns, NOTHING, ROW_CHOSEN, ROW_SCORED } from '../decide/candidate-columns.ts';
import type { Choice, DecisionFact, DecisionRecord, OutcomeCandidate } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';

/** The decision as it was read back from the log, and the policy under which it was made; undefined: it is no longer kept. */
export interface DecidedUnder {
  readonly decision: DecisionFact;
  readonly policy: Policy | undefined;
}

const none: readonly OutcomeCandidate[] = [];

/** The candidates that a choice was drawn among; none without the policy that names them. */
export function outcomeCandidates(
  decided: DecidedUnder | undefined,
  choice: Choice | undefined,
): readonly OutcomeCandidate[] {
  const policy = decided?.policy;
  if (decided === undefined || policy === undefined || choice === undefined) return none;
  const { record } = decided.decision;
  const { columns } = record;
  const place = columns.placement[choice.row];
  const candidates: OutcomeCandidate[] = [];
  for (let row = 0; row < columns.count; row++) {
    const stage = columns.stage[row];
    if (columns.placement[row] !== place || (stage !== ROW_SCORED && stage !== ROW_CHOSEN)) continue;
    candidates.push(candidateOf(record, columns, row, policy));
  }
  return candidates;
}

function candidateOf(
  record: DecisionRecord,
  columns: CandidateColumns,
  row: number,
  policy: Policy,
): OutcomeCandidate {
  const at = columns.action[row] as number;
  const action = at === NOTHING ? undefined : policy.actions[at];
  const term = (of: Float32Array): number => of[row] as number;
  return {
    action: action?.id ?? '',
    variant: action?.variants[columns.variant[row] as number]?.id ?? '',
    channel: action === undefined ? -1 : (columns.channel[row] as number),
    propensity: columns.propensity[row] as number,
    reach: record.rowReach[columns.scoreRow[row] as number] ?? 0,
    tau: term(columns.tau),
    tauSd: term(columns.tauSd),
    margin: term(columns.margin),
    discount: term(columns.discount),
    margin0: term(columns.margin0),
    engage: term(columns.engage),
    engageValue: term(columns.engageValue),
    unsubscribe: term(columns.unsubscribe),
    unsubscribeCost: term(columns.unsubscribeCost),
    channelCost: term(columns.channelCost),
  };
}
