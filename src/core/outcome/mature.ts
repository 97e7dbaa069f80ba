import type { DecisionFact, OutcomeFact } from '../fact/fact.ts';
import type { PendingOutcome } from '../profile/ledger-rows.ts';
import type { Profile } from '../profile/profile.ts';

const noFeatures = new Float32Array(0);

/**
 * The matured outcome of an awaited decision, by intention to treat: the margin of all orders in the purchase window
 * less what the contact cost, whatever the customer looked at. `decision` is read back from the log; without it
 * (retention passed, or matured early because the customer's list was full) the features are empty.
 */
export function mature(
  profile: Profile,
  pending: PendingOutcome,
  decision: DecisionFact | undefined,
  at: number,
): OutcomeFact {
  const choice = decision?.choices[pending.choice];
  const row = choice?.row ?? -1;
  const record = decision?.record;
  const cost = record === undefined || row < 0 ? 0 : (record.columns.channelCost[row] ?? 0);
  return {
    kind: 'outcome',
    customer: profile.id,
    ref: { seq: pending.seq, index: pending.index, choice: pending.choice },
    decidedAt: pending.decidedAt,
    at,
    action: choice?.action ?? '',
    variant: choice?.variant ?? '',
    channel: pending.channel,
    propensity: choice?.propensity ?? 0,
    heldOut: decision?.heldOut ?? false,
    policy: decision?.policy ?? '',
    features: decision === undefined ? noFeatures : featuresOf(decision, pending.channel),
    p0: record === undefined || row < 0 ? 0 : (record.columns.p0[row] ?? 0),
    engaged: pending.engaged,
    unsubscribed: pending.unsubscribed,
    orders: pending.orders,
    reward: pending.margin - (choice?.kind === 'treatment' ? cost : 0),
    truncated: at < pending.dueAt,
  };
}

/** The row that the model saw for the chosen channel; the first row where nothing was chosen. */
function featuresOf(decision: DecisionFact, channel: number): Float32Array {
  const { features, scoreRows, scoreChannel } = decision.record;
  if (scoreRows === 0) return noFeatures;
  const width = features.length / scoreRows;
  let row = 0;
  for (let i = 0; i < scoreRows; i++) if (scoreChannel[i] === channel) row = i;
  return features.slice(row * width, (row + 1) * width);
}
