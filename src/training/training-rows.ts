/**
 * Training rows from a log: one for each stage of an outcome that says something.
 *
 * - p0, whether the customer buys within the purchase window without a treatment: decisions about customers in the policy's holdout that
 *   came to "nothing", each weighted by 1 / propensity, since service messages may reach the holdout too.
 * - engage, unsubscribe: treatments, and of these the dispatched ones, with the row that the model saw for the channel; the one when
 *   the click window is over, the other when that for unsubscribes is.
 */
import { murmur3 } from '../base/hash.ts';
import { decodeRecord } from '../codec/stored/record-codec.ts';
import type { OutcomeFact, OutcomeStage } from '../core/fact/fact.ts';
import { FEATURE_COUNT, FEATURES } from '../core/feature/feature-spec.ts';
import { placeOfSeq } from '../core/identity/home-seq.ts';
import { BuyingWeeks, type WeekCount } from '../core/outcome/buying-weeks.ts';
import type { Policy } from '../core/policy/policy.ts';
import { recordsOf } from '../node/open-directory.ts';
import type { Stores } from '../node/stores.ts';

/** Behind the features of each row. */
const LABELS = [
  'channel',
  /** Of each head's loss; 0: the row says nothing about that head. */
  'weight_p0',
  'weight_engage',
  'weight_unsubscribe',
  'bought',
  'engaged',
  'unsubscribed',
  /** 0 … 9,999 by hash: rows of a customer fall into one part of the data. */
  'customer',
  /** P(buys untouched) as the simulated world has it; NaN where it does not say. */
  'true_p0',
] as const;

/** The columns of a row, all float32, in order. */
export const ROW_COLUMNS: readonly string[] = [...FEATURES, ...LABELS];

const CUSTOMER_SEED = 0x73706c69;
const CUSTOMERS = 10_000;
/** What was drawn in one case of a hundred counts as no more than ten others. */
const WEIGHT_MAX = 10;

export interface RowsFrom {
  readonly stores: Stores;
  readonly shards: number;
  /** By stage: decisions after it are left out, since what followed them is not all in the log. */
  readonly decidedUntil: Readonly<Record<OutcomeStage, number>>;
  /** When the shop closed: nobody buys behind it. */
  readonly closesAt: number;
  readonly policy: Pick<Policy, 'holdout'>;
  /** P(buys untouched) at a decision, where it is known. */
  readonly truthOf?: (place: DecidedPlace) => number | undefined;
}

export interface DecidedPlace {
  readonly shard: number;
  readonly seq: number;
  readonly index: number;
}

export interface TrainingRows {
  /** rows × ROW_COLUMNS.length */
  readonly data: Float32Array;
  readonly rows: number;
  readonly facts: number;
  readonly outcomes: number;
  /** Outcomes that matured before their window was over, and were left out. */
  readonly truncated: number;
  /** Of the customers without messages: the holdout. */
  readonly weeks: WeekCount;
  /** When the first and the last decision of a row was made. */
  readonly from: number;
  readonly to: number;
}

/** Reads every shard's log whole, from its first record. Throws PortError and StoredBytesError. */
export async function trainingRows(from: RowsFrom): Promise<TrainingRows> {
  const out = new Rows();
  for (let shard = 0; shard < from.shards; shard++) await readShard(from, shard, out);
  return out.toTrainingRows(from);
}

async function readShard(from: RowsFrom, shard: number, out: Rows): Promise<void> {
  let epoch = 0;
  for await (const { bytes } of recordsOf(from.stores, shard)) {
    const record = decodeRecord(bytes, { columns: false });
    if (record.header.epoch < epoch) continue;
    epoch = record.header.epoch;
    out.facts += record.facts.length;
    for (const fact of record.facts) {
      out.weeks.note(fact);
      if (fact.kind === 'outcome') readOutcome(from, fact, shard, out);
    }
  }
}

/** An outcome fact says all that a row holds: no decision is looked up. */
function readOutcome({ decidedUntil, truthOf }: RowsFrom, fact: OutcomeFact, shard: number, out: Rows): void {
  out.outcomes++;
  const weights = weightsOf(fact);
  if (weights === undefined || fact.decidedAt > decidedUntil[fact.stage]) return;
  if (fact.truncated) out.truncated++;
  if (fact.truncated || fact.features.length !== FEATURE_COUNT) return;
  const { seq, index } = fact.ref;
  out.add(
    fact,
    weights,
    weights.p0 === undefined ? undefined : truthOf?.({ ...placeOfSeq(shard, seq), index }),
  );
}

/** What a stage says something about; undefined: nothing that the model learns. */
function weightsOf({ stage, choice, heldOut, mixed, alone, propensity }: OutcomeFact): Weights | undefined {
  // Of a customer who had both arms it says nothing about either.
  if (mixed) return undefined;
  if (stage === 'click') return { engage: 1 };
  if (stage === 'unsubscribe') return { unsubscribe: 1 };
  return choice === 'nothing' && heldOut && alone ? { p0: inverse(propensity) } : undefined;
}

function inverse(propensity: number): number {
  return propensity > 0 ? Math.min(WEIGHT_MAX, 1 / propensity) : 0;
}

interface Weights {
  readonly p0?: number;
  readonly engage?: number;
  readonly unsubscribe?: number;
}

/** A growing array of rows. */
class Rows {
  #data = new Float32Array(4_096 * ROW_COLUMNS.length);
  #rows = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = 0;
  facts = 0;
  outcomes = 0;
  truncated = 0;
  readonly weeks = new BuyingWeeks();

  add(fact: OutcomeFact, weights: Weights, truth = Number.NaN): void {
    let at = this.#rows++ * ROW_COLUMNS.length;
    if (at + ROW_COLUMNS.length > this.#data.length) {
      const grown = new Float32Array(this.#data.length * 2);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data.set(fact.features, at);
    at += FEATURE_COUNT;
    this.#data[at++] = fact.channel;
    this.#data[at++] = weights.p0 ?? 0;
    this.#data[at++] = weights.engage ?? 0;
    this.#data[at++] = weights.unsubscribe ?? 0;
    this.#data[at++] = fact.orders > 0 ? 1 : 0;
    this.#data[at++] = fact.engaged ? 1 : 0;
    this.#data[at++] = fact.unsubscribed ? 1 : 0;
    this.#data[at++] = murmur3(fact.customer, CUSTOMER_SEED) % CUSTOMERS;
    this.#data[at++] = truth;
    this.#from = Math.min(this.#from, fact.decidedAt);
    this.#to = Math.max(this.#to, fact.decidedAt);
  }

  toTrainingRows({ closesAt, policy }: RowsFrom): TrainingRows {
    return {
      data: this.#data.slice(0, this.#rows * ROW_COLUMNS.length),
      rows: this.#rows,
      facts: this.facts,
      outcomes: this.outcomes,
      truncated: this.truncated,
      weeks: this.weeks.count(closesAt, policy),
      from: this.#from,
      to: this.#to,
    };
  }
}
