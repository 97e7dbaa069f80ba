import { type DecisionFact, OUTCOME_STAGES, type OutcomeFact, type OutcomeStage } from '../fact/fact.ts';
import { contactState } from '../profile/fold-delivery.ts';
import type { PendingOutcome } from '../profile/ledger-rows.ts';
import type { Profile } from '../profile/profile.ts';
import { type DecidedUnder, outcomeCandidates } from './outcome-candidates.ts';

const UNSENT: ReadonlySet<number> = new Set([
  contactState('rejected'),
  contactState('withdrawn'),
  contactState('expired'),
]);
const noFeatures = new Float32Array(0);

/** The stages of an awaited outcome that are due by `now`, in the order of OUTCOME_STAGES. */
export function stagesDue(pending: PendingOutcome, now: number): OutcomeStage[] {
  return awaitedOf(pending).filter((stage) => stageUntil(pending, stage) <= now);
}

/** The stages that have not matured, in the order of OUTCOME_STAGES. */
export function awaitedOf(pending: PendingOutcome): OutcomeStage[] {
  return OUTCOME_STAGES.filter((_, stage) => (pending.awaits & (1 << stage)) !== 0);
}

/**
 * The matured stage of an awaited outcome, by intention to treat: what the customer did in the window, whatever they looked at. Without
 * what was decided (retention passed, or matured early because the customer's list was full) it has no features and no candidates.
 */
export function mature(
  profile: Profile,
  pending: PendingOutcome,
  stage: OutcomeStage,
  decided: DecidedUnder | undefined,
  at: number,
): OutcomeFact {
  const decision = decided?.decision;
  const choice = decision?.choices[pending.choice];
  const scoreRow = decision === undefined ? -1 : scoreRowOf(decision, pending.channel);
  return {
    kind: 'outcome',
    customer: profile.id,
    ref: { seq: pending.seq, index: pending.index, choice: pending.choice },
    stage,
    decidedAt: pending.decidedAt,
    at,
    choice: choice?.kind ?? (pending.channel >= 0 ? 'treatment' : 'nothing'),
    action: choice?.action ?? '',
    variant: choice?.variant ?? '',
    channel: pending.channel,
    propensity: choice?.propensity ?? 0,
    heldOut: decision?.heldOut ?? false,
    mixed: profile.isMixed || decision?.mixed === true,
    dispatched: decision?.dispatch === true && choice?.kind === 'treatment',
    alone: decision?.choices.length === 1,
    policy: decision?.policy ?? '',
    model: decision?.model ?? '',
    features: featuresOf(decision, scoreRow),
    p0: p0Of(decision, scoreRow, choice?.row),
    candidates: outcomeCandidates(decided, choice),
    engaged: pending.engaged,
    unsubscribed: pending.unsubscribed,
    orders: pending.orders,
    reward: rewardOf(pending, stage, decision, wasSent(profile, pending)),
    truncated: at < stageUntil(pending, stage),
  };
}

function stageUntil(pending: PendingOutcome, stage: OutcomeStage): number {
  if (stage === 'click') return pending.clickUntil;
  return stage === 'purchase' ? pending.purchaseUntil : pending.unsubscribeUntil;
}

/** What came of the part of the expected value that the stage is about. The margin is of orders, less what their offers cost. */
function rewardOf(
  pending: PendingOutcome,
  stage: OutcomeStage,
  decision: DecisionFact | undefined,
  sent: boolean,
): number {
  const choice = decision?.choices[pending.choice];
  const columns = choice?.kind === 'treatment' ? decision?.record.columns : undefined;
  const term = (of: Float32Array | undefined): number => of?.[choice?.row ?? -1] ?? 0;
  switch (stage) {
    case 'click':
      return pending.engaged ? term(columns?.engageValue) : 0;
    case 'purchase':
      return pending.margin - (sent ? term(columns?.channelCost) : 0);
    case 'unsubscribe':
      return pending.unsubscribed ? 0 - term(columns?.unsubscribeCost) : 0;
  }
}

/** False when the message is known not to have gone out: it cost nothing. */
function wasSent({ contacts }: Profile, pending: PendingOutcome): boolean {
  const place = contacts.find(pending);
  return place < 0 || !UNSENT.has(contacts.state(place));
}

/** The row that the model saw for the chosen channel; the first row where nothing was chosen. */
function scoreRowOf({ record }: DecisionFact, channel: number): number {
  return Math.max(0, record.scoreChannel.subarray(0, record.scoreRows).lastIndexOf(channel));
}

/** Decisions of format 3 have it with their candidates only, and 0 in its place. */
function p0Of(decision: DecisionFact | undefined, scoreRow: number, row = -1): number {
  return decision?.record.rowP0[scoreRow] || (decision?.record.columns.p0[row] ?? 0);
}

function featuresOf(decision: DecisionFact | undefined, row: number): Float32Array {
  if (decision === undefined || decision.record.scoreRows === 0) return noFeatures;
  const { features, scoreRows } = decision.record;
  const width = features.length / scoreRows;
  return features.slice(row * width, (row + 1) * width);
}
