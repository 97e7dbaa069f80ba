/** A decision's record as a person or a program can read it: names for indices, words for codes. */
import { CHANNELS } from '../channel.ts';
import {
  NOTHING,
  PROPOSERS,
  ROW_CHOSEN,
  ROW_REMOVED,
  ROW_SCORED,
  ROW_STAGES,
} from '../decide/candidate-columns.ts';
import { blamedCondition } from '../decide/condition-memo.ts';
import { HEAD_COUNT } from '../decide/decision-draft.ts';
import type { Choice, DecisionFact } from '../fact/fact.ts';
import { featureNames } from '../feature/former-specs.ts';
import type { Action, Policy } from '../policy/policy.ts';
import { REASONS, type Reason } from '../reason.ts';
import { comparedName, reasonClause } from './reason-text.ts';
import type { Removal } from './removal.ts';

/** What a rule compared. */
export interface ExplainedComparison {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly ref: string;
}

/** The terms of a row's expected value; see arbitration/expected-value.ts. */
export interface ExplainedValue {
  readonly p0: number;
  /** τ is lift × reach: what the policy says of the action, and P(it reaches the customer). */
  readonly lift: number;
  readonly reach: number;
  readonly tau: number;
  readonly tauSd: number;
  readonly p1: number;
  readonly margin: number;
  readonly discount: number;
  readonly margin0: number;
  readonly engage: number;
  readonly engagementValue: number;
  readonly channelCost: number;
  readonly unsubscribe: number;
  readonly unsubscribeCost: number;
  readonly ev: number;
  readonly sd: number;
}

export interface ExplainedCandidate {
  /** Its row in the record. */
  readonly row: number;
  readonly placement: string;
  /** '' for "do nothing". */
  readonly action: string;
  readonly title: string;
  /** '' where the row stands for all variants, or all channels. */
  readonly variant: string;
  readonly channel: string;
  readonly proposer: (typeof PROPOSERS)[number];
  readonly stage: (typeof ROW_STAGES)[number];
  /** 'NONE' for the chosen one and for "do nothing". */
  readonly reason: Reason;
  /** The reason in words, '' without one. */
  readonly why: string;
  readonly compared: ExplainedComparison | undefined;
  /** Undefined unless scored. */
  readonly value: ExplainedValue | undefined;
  readonly propensity: number;
  readonly product: string;
}

export interface ExplainedChoice {
  readonly choice: Choice;
  /** Indices into `candidates`; -1: there was no other. */
  readonly candidate: number;
  readonly runnerUp: number;
  /** 'NONE' unless nothing was chosen. */
  readonly reason: Reason;
}

export interface ExplainedScoreRow {
  readonly channel: string;
  readonly features: readonly { readonly name: string; readonly value: number }[];
  /** The model's logits as it returned them: p0, engage, unsubscribe. */
  readonly logits: readonly number[];
}

export interface Explanation {
  readonly decisionId: string;
  readonly fact: DecisionFact;
  /** 'request', or the id of the trigger or plan, or the slot of a consideration: "consider 2026-03-02 09:00". */
  readonly cause: string;
  readonly group: 'holdout' | 'treated' | 'mixed';
  readonly scoreRows: readonly ExplainedScoreRow[];
  readonly candidates: readonly ExplainedCandidate[];
  readonly choices: readonly ExplainedChoice[];
}

/** Explains a decoded decision with the edition of the policy that it names. `isNow`: it is a dry one of this moment. */
export function explain(
  decisionId: string,
  fact: DecisionFact,
  policy: Policy,
  isNow?: boolean,
): Explanation {
  const candidates: ExplainedCandidate[] = [];
  for (let row = 0; row < fact.record.columns.count; row++)
    candidates.push(explainRow(fact, policy, row, isNow));
  return {
    decisionId,
    fact,
    cause: fact.cause === '' ? 'request' : fact.cause,
    group: groupOf(fact),
    scoreRows: explainScoreRows(fact),
    candidates,
    choices: fact.choices.map((choice) => ({
      choice,
      candidate: choice.row,
      runnerUp: runnerUp(fact, choice.row),
      reason: REASONS[choice.reason] ?? 'NONE',
    })),
  };
}

function groupOf({ heldOut, mixed }: DecisionFact): Explanation['group'] {
  if (mixed) return 'mixed';
  return heldOut ? 'holdout' : 'treated';
}

function explainRow(fact: DecisionFact, policy: Policy, row: number, isNow?: boolean): ExplainedCandidate {
  const columns = fact.record.columns;
  const stage = columns.stage[row] as number;
  const action = policy.actions[columns.action[row] as number];
  const blamed = blamedCondition(columns.ref[row] ?? '', policy.conditions);
  const removal: Removal = {
    code: columns.reason[row] as number,
    value: columns.value[row] as number,
    limit: columns.limit[row] as number,
    ref: blamed?.source ?? columns.ref[row] ?? '',
    ...(blamed === undefined ? {} : { condition: blamed }),
    action: columns.action[row] as number,
    variant: columns.variant[row] as number,
    product: columns.product[row] ?? '',
  };
  const removed = stage === ROW_REMOVED;
  const outdrawn = stage === ROW_SCORED && columns.action[row] !== NOTHING;
  const name = removed ? comparedName(removal) : '';
  const { value, limit, ref } = removal;
  return {
    row,
    placement: fact.placements[columns.placement[row] as number] ?? '',
    action: action?.id ?? '',
    title: action?.title ?? 'Do nothing',
    variant: action?.variants[columns.variant[row] as number]?.id ?? '',
    channel: CHANNELS[columns.channel[row] as number] ?? '',
    proposer: PROPOSERS[columns.proposer[row] as number] ?? 'nothing',
    stage: ROW_STAGES[stage] ?? 'proposed',
    reason: removed ? (REASONS[removal.code] ?? 'NONE') : outdrawn ? 'OUTDRAWN' : 'NONE',
    why: removed ? reasonClause(removal, { policy, offsetMin: fact.offsetMin, isNow }) : '',
    compared: name === '' ? undefined : { name, value, limit, ref },
    value: stage === ROW_SCORED || stage === ROW_CHOSEN ? explainValue(fact, row, action) : undefined,
    propensity: columns.propensity[row] as number,
    product: columns.product[row] ?? '',
  };
}

function explainValue(fact: DecisionFact, row: number, action: Action | undefined): ExplainedValue {
  const columns = fact.record.columns;
  const at = (column: Float32Array): number => column[row] as number;
  const p0 = at(columns.p0);
  const tau = at(columns.tau);
  return {
    p0,
    lift: action?.liftMean ?? 0,
    reach: fact.record.rowReach[columns.scoreRow[row] as number] ?? 0,
    tau,
    tauSd: at(columns.tauSd),
    p1: Math.min(1, Math.max(0, p0 + tau)),
    margin: at(columns.margin),
    discount: at(columns.discount),
    margin0: at(columns.margin0),
    engage: at(columns.engage),
    engagementValue: at(columns.engageValue),
    channelCost: at(columns.channelCost),
    unsubscribe: at(columns.unsubscribe),
    unsubscribeCost: at(columns.unsubscribeCost),
    ev: at(columns.ev),
    sd: at(columns.evSd),
  };
}

/** Of the placement's other scored rows the one most likely to have been drawn; -1: there was none. */
function runnerUp(fact: DecisionFact, chosen: number): number {
  const columns = fact.record.columns;
  let best = -1;
  for (let row = 0; row < columns.count; row++) {
    if (row === chosen || columns.placement[row] !== columns.placement[chosen]) continue;
    if (columns.stage[row] !== ROW_SCORED) continue;
    if (best < 0 || (columns.propensity[row] as number) > (columns.propensity[best] as number)) best = row;
  }
  return best;
}

function explainScoreRows(fact: DecisionFact): ExplainedScoreRow[] {
  const { features, logits, scoreChannel, scoreRows } = fact.record;
  const rows: ExplainedScoreRow[] = [];
  const names = featureNames(scoreRows === 0 ? 0 : features.length / scoreRows);
  for (let row = 0; row < scoreRows; row++) {
    rows.push({
      channel: CHANNELS[scoreChannel[row] as number] ?? '',
      features: names.map((name, i) => ({ name, value: features[row * names.length + i] ?? 0 })),
      logits: Array.from(logits.subarray(row * HEAD_COUNT, (row + 1) * HEAD_COUNT)),
    });
  }
  return rows;
}
