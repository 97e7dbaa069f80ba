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

/** 3 × 8, 14 × 4, 2 × 2 and 6 × 1 bytes. */
const ROW_BYTES = 90;

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
  readonly ev: Float32Array;
  readonly evSd: Float32Array;
  /** Probability with which it could have been drawn in its placement, given the placements above. */
  readonly propensity: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    // One buffer for all columns, the widest first: a buffer each costs ten times as much to make.
    const buffer = new ArrayBuffer(capacity * ROW_BYTES);
    let at = 0;
    const f64 = (): Float64Array => new Float64Array(buffer, take(8), capacity);
    const f32 = (): Float32Array => new Float32Array(buffer, take(4), capacity);
    const u8 = (): Uint8Array => new Uint8Array(buffer, take(1), capacity);
    const take = (width: number): number => {
      const from = at;
      at += width * capacity;
      return from;
    };
    this.value = f64();
    this.limit = f64();
    this.propensity = f64();
    this.p0 = f32();
    this.tau = f32();
    this.tauSd = f32();
    this.margin = f32();
    this.discount = f32();
    this.margin0 = f32();
    this.engage = f32();
    this.engageValue = f32();
    this.unsubscribe = f32();
    this.unsubscribeCost = f32();
    this.channelCost = f32();
    this.ev = f32();
    this.evSd = f32();
    this.action = new Uint16Array(buffer, take(2), capacity);
    this.scoreRow = new Int16Array(buffer, take(2), capacity);
    this.placement = u8();
    this.variant = u8();
    this.channel = u8();
    this.proposer = u8();
    this.stage = u8();
    this.reason = u8();
    this.ref = new Array<string>(capacity).fill('');
    this.product = new Array<string>(capacity).fill('');
  }
}
