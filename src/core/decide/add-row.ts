/** Writing candidates into the columns of a draft. */
import type { Verdict } from '../guardrail/verdict.ts';
import type { Action } from '../policy/policy.ts';
import {
  ANY_CHANNEL,
  ANY_VARIANT,
  type CandidateColumns,
  NOTHING,
  PROPOSERS,
  ROW_PROPOSED,
  ROW_REMOVED,
} from './candidate-columns.ts';
import type { DecisionDraft } from './decision-draft.ts';

const BY_NOTHING = PROPOSERS.indexOf('nothing');

/** The row that stands first in every placement. */
export function addNothing(draft: DecisionDraft, place: number): void {
  draft.verdict.pass();
  addRow(draft, place, NOTHING, 0, ANY_CHANNEL, BY_NOTHING, draft.verdict, '');
}

/** One row for all variants of an action on a channel, removed for what `draft.verdict` says. */
export function addRemoved(
  draft: DecisionDraft,
  place: number,
  action: Action,
  proposer: number,
  channel: number,
  product: string,
): void {
  const variant = action.variants.length === 1 ? 0 : ANY_VARIANT;
  addRow(draft, place, action.index, variant, channel, proposer, draft.verdict, product);
}

/** A row with what `verdict` says of it; without room it is dropped and counted. */
export function addRow(
  draft: DecisionDraft,
  place: number,
  action: number,
  variant: number,
  channel: number,
  proposer: number,
  verdict: Verdict,
  product: string,
): void {
  const columns = draft.columns;
  const row = columns.count;
  if (row >= draft.room) {
    draft.dropped++;
    return;
  }
  columns.count = row + 1;
  columns.placement[row] = place;
  columns.action[row] = action;
  columns.variant[row] = variant;
  columns.channel[row] = channel;
  columns.proposer[row] = proposer;
  const code = verdict.code;
  if (code === 0) {
    columns.stage[row] = ROW_PROPOSED;
    draft.eligible[draft.eligibleCount++] = row;
  } else columns.stage[row] = ROW_REMOVED;
  columns.reason[row] = code;
  columns.value[row] = verdict.value;
  columns.limit[row] = verdict.limit;
  columns.ref[row] = verdict.ref;
  columns.product[row] = product;
}

/** Rows are reused: what the last decision computed must not be read as this one's. Only rows that were scored hold any. */
export function clearScores(columns: CandidateColumns): void {
  const count = columns.count;
  for (let row = 0; row < count; row++) {
    columns.propensity[row] = 0;
    if ((columns.scoreRow[row] as number) < 0) continue;
    columns.scoreRow[row] = -1;
    columns.p0[row] = 0;
    columns.tau[row] = 0;
    columns.tauSd[row] = 0;
    columns.margin[row] = 0;
    columns.discount[row] = 0;
    columns.margin0[row] = 0;
    columns.engage[row] = 0;
    columns.engageValue[row] = 0;
    columns.unsubscribe[row] = 0;
    columns.unsubscribeCost[row] = 0;
    columns.channelCost[row] = 0;
    columns.ev[row] = 0;
    columns.evSd[row] = 0;
  }
}
