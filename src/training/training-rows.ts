/**
 * Training rows from a log: outcome facts joined with the features of their decisions.
 *
 * - p0, whether the customer buys within the purchase window without a treatment: decisions about customers in the policy's holdout that
 *   came to "nothing", each weighted by 1 / propensity, since service messages may reach the holdout too.
 * - engage, unsubscribe: treatments, and of these the dispatched ones, with the row that the model saw for the channel.
 */
import { murmur3 } from '../base/hash.ts';
import { decodeRecord } from '../codec/stored/record-codec.ts';
import type { ChoiceRef, DecisionFact, OutcomeFact } from '../core/fact/fact.ts';
import { FEATURE_COUNT, FEATURES } from '../core/feature/feature-spec.ts';
import { recordsOf } from '../node/open-directory.ts';
import type { Stores } from '../node/open-node.ts';

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
  /** Decisions after it are left out: what followed them is not all in the log. */
  readonly decidedUntil: number;
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
  /** When the first and the last decision of a row was made. */
  readonly from: number;
  readonly to: number;
}

/** Reads every shard's log whole, from its first record. Throws PortError and StoredBytesError. */
export async function trainingRows(from: RowsFrom): Promise<TrainingRows> {
  const out = new Rows();
  for (let shard = 0; shard < from.shards; shard++) await readShard(from, shard, out);
  return out.toTrainingRows();
}

async function readShard(from: RowsFrom, shard: number, out: Rows): Promise<void> {
  const awaited = new Map<string, AwaitedChoice>();
  let epoch = 0;
  for await (const { sequence, bytes } of recordsOf(from.stores, shard)) {
    const record = decodeRecord(bytes);
    if (record.header.epoch < epoch) continue;
    epoch = record.header.epoch;
    for (const [index, fact] of record.facts.entries()) {
      out.facts++;
      if (fact.kind === 'decision') {
        const place = { shard, seq: sequence, index };
        for (const [key, entry] of awaitedOf(fact, place, from)) awaited.set(key, entry);
      } else if (fact.kind === 'outcome') {
        const key = keyOf(fact.ref);
        readOutcome(from, fact, awaited.get(key), out);
        awaited.delete(key);
      }
    }
  }
}

/** A choice whose outcome will make a row. */
type AwaitedChoice =
  | { readonly kind: 'treated'; readonly dispatched: boolean }
  | { readonly kind: 'untouched'; readonly truth: number };

function keyOf({ seq, index, choice }: ChoiceRef): string {
  return `${seq}-${index}-${choice}`;
}

function awaitedOf(
  fact: DecisionFact,
  place: DecidedPlace,
  { truthOf }: RowsFrom,
): [string, AwaitedChoice][] {
  if (isUntouched(fact)) {
    const truth = truthOf?.(place) ?? Number.NaN;
    return [[keyOf({ ...place, choice: 0 }), { kind: 'untouched', truth }]];
  }
  return fact.choices.flatMap((choice, i): [string, AwaitedChoice][] =>
    choice.kind === 'treatment'
      ? [[keyOf({ ...place, choice: i }), { kind: 'treated', dispatched: fact.dispatch }]]
      : [],
  );
}

function isUntouched({ heldOut, choices }: DecisionFact): boolean {
  return heldOut && choices.length === 1 && choices[0]?.kind === 'nothing';
}

function readOutcome(
  { decidedUntil }: RowsFrom,
  fact: OutcomeFact,
  awaited: AwaitedChoice | undefined,
  out: Rows,
): void {
  out.outcomes++;
  if (awaited === undefined || fact.decidedAt > decidedUntil) return;
  if (fact.truncated) out.truncated++;
  if (fact.truncated || fact.features.length !== FEATURE_COUNT) return;
  if (awaited.kind === 'untouched') out.add(fact, { p0: inverse(fact.propensity) }, awaited.truth);
  else out.add(fact, { engage: 1, unsubscribe: awaited.dispatched ? 1 : 0 });
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

  toTrainingRows(): TrainingRows {
    return {
      data: this.#data.slice(0, this.#rows * ROW_COLUMNS.length),
      rows: this.#rows,
      facts: this.facts,
      outcomes: this.outcomes,
      truncated: this.truncated,
      from: this.#from,
      to: this.#to,
    };
  }
}
