/**
 * The candidates of one decision in columns: what the guardrails and the arbiter work on, what the record stores.
 * Pooled and reused: `count = 0` empties it. Row order is proposal order; each placement's rows are contiguous and
 * its first row is "do nothing" (`action = NOTHING`).
 *
 * Floats that reach the record are rounded to float32 *before* they are used, so a replay from the record is exact.
 */
export const NOTHING = 0xffff;
/** A removed row that stands for all channels of its action: what removed it does not depend on the channel. */
export const ANY_CHANNEL = 0xff;
/** A removed row that stands for all variants of its action on its channel. */
export const ANY_VARIANT = 0xff;

/** How far a row came; the stored code. */
export const ROW_STAGES = ['proposed', 'removed', 'scored', 'chosen'] as const;
export const ROW_PROPOSED = 0;
export const ROW_REMOVED = 1;
export const ROW_SCORED = 2;
export const ROW_CHOSEN = 3;

/** Who proposed a row; the stored code. */
export const PROPOSERS = ['placement', 'proactive', 'trigger', 'plan', 'nothing'] as const;

export class CandidateColumns {
  count = 0;
  readonly capacity: number;
  /** Index into the request's placements; 0 for an outbound decision. */
  readonly placement: Uint8Array;
  /** Index into policy.actions, NOTHING for "do nothing". */
  readonly action: Uint16Array;
  readonly variant: Uint8Array;
  readonly channel: Uint8Array;
  readonly proposer: Uint8Array;
  readonly stage: Uint8Array;
  /** REASONS code, 0 while nothing removed it. */
  readonly reason: Uint8Array;
  /** What a guardrail compared: the value found and the limit it broke. */
  readonly value: Float64Array;
  readonly limit: Float64Array;
  /** What it refers to (an offer, a product, an order), '' when nothing. */
  readonly ref: string[];
  /** Product promoted, '' when none. */
  readonly product: string[];
  /** Which row of the scorer's output belongs to it; -1: none. */
  readonly scoreRow: Int16Array;
  // terms of the expected value, float32
  readonly p0: Float32Array;
  readonly tau: Float32Array;
  readonly tauSd: Float32Array;
  readonly margin: Float32Array;
  readonly discount: Float32Array;
  readonly margin0: Float32Array;
  readonly engage: Float32Array;
  readonly engageValue: Float32Array;
  readonly unsubscribe: Float32Array;
  readonly unsubscribeCost: Float32Array;
  readonly channelCost: Float32Array;
  readonly budgetCost: Float32Array;
  readonly ev: Float32Array;
  readonly evSd: Float32Array;
  /** Probability with which it could have been drawn in its placement, given the placements above. */
  readonly propensity: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.placement = new Uint8Array(capacity);
    this.action = new Uint16Array(capacity);
    this.variant = new Uint8Array(capacity);
    this.channel = new Uint8Array(capacity);
    this.proposer = new Uint8Array(capacity);
    this.stage = new Uint8Array(capacity);
    this.reason = new Uint8Array(capacity);
    this.value = new Float64Array(capacity);
    this.limit = new Float64Array(capacity);
    this.ref = new Array<string>(capacity).fill('');
    this.product = new Array<string>(capacity).fill('');
    this.scoreRow = new Int16Array(capacity);
    this.p0 = new Float32Array(capacity);
    this.tau = new Float32Array(capacity);
    this.tauSd = new Float32Array(capacity);
    this.margin = new Float32Array(capacity);
    this.discount = new Float32Array(capacity);
    this.margin0 = new Float32Array(capacity);
    this.engage = new Float32Array(capacity);
    this.engageValue = new Float32Array(capacity);
    this.unsubscribe = new Float32Array(capacity);
    this.unsubscribeCost = new Float32Array(capacity);
    this.channelCost = new Float32Array(capacity);
    this.budgetCost = new Float32Array(capacity);
    this.ev = new Float32Array(capacity);
    this.evSd = new Float32Array(capacity);
    this.propensity = new Float64Array(capacity);
  }
}
