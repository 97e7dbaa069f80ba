import type { FactLog, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import { FACT_KEY_BYTES, factKey, readUint48, sequenceOf, shardKey, UINT48_MAX } from './fact-key.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { seal, unseal } from './sealed-value.ts';

interface Tail {
  first: number;
  /** Durable. */
  last: number;
  appending: boolean;
}

/** Records removed by one commit of `trim`, so that appends do not wait long behind it. */
const TRIM_RECORDS_MAX = 1_000;

/**
 * The embedded FactLog. The compare of an append's compare-and-set is against the tail in memory, which was read from the
 * file when the shard was first touched: the directory is locked to this process, so nobody else can move it.
 *
 * I1. One append per shard is in flight; a second one made meanwhile is a `conflict`, because the first may yet fail.
 * I2. `trims` holds the last sequence trimmed, written in the same commit as the removals: `last` survives an empty log.
 */
export class LmdbFactLog implements FactLog {
  readonly #env: LmdbEnvironment;
  readonly #tails = new Map<number, Tail>();

  constructor(env: LmdbEnvironment) {
    this.#env = env;
  }

  async bounds(shard: number): Promise<LogBounds> {
    const { first, last } = this.#tail(shard);
    return { first, last };
  }

  async append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void> {
    const tail = this.#tail(shard);
    if (tail.last !== expectedLast) {
      throw new PortError('conflict', `shard ${shard} ends at ${tail.last}, not at ${expectedLast}`);
    }
    if (tail.appending) {
      throw new PortError('conflict', `shard ${shard} has an append behind ${tail.last} under way`);
    }
    const key = factKey(shard, expectedLast + 1);
    const value = seal(key, bytes);
    tail.appending = true;
    try {
      await this.#env.commits.run(() => void this.#env.facts.put(key, value));
      tail.last = expectedLast + 1;
    } finally {
      tail.appending = false;
    }
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const tail = this.#tail(shard);
    const start = Math.max(from, tail.first);
    const end = Math.min(start + limit, tail.last + 1);
    const records: LogRecord[] = [];
    if (start >= end) return records;
    try {
      const rows = this.#env.facts.getRange({ start: factKey(shard, start), end: factKey(shard, end) });
      for (const { key, value } of rows) {
        const sequence = start + records.length;
        if (sequenceOf(key) !== sequence) throw this.#missing(shard, sequence);
        records.push({ sequence, bytes: this.#opened(shard, sequence, key, value) });
      }
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
    if (start + records.length < end) throw this.#missing(shard, start + records.length);
    return records;
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    const tail = this.#tail(shard);
    if (sequence < tail.first || sequence > tail.last) return undefined;
    const key = factKey(shard, sequence);
    let value: Uint8Array | undefined;
    try {
      value = this.#env.facts.getBinary(key);
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
    if (value === undefined) throw this.#missing(shard, sequence);
    return this.#opened(shard, sequence, key, value);
  }

  async trim(shard: number, through: number): Promise<void> {
    const tail = this.#tail(shard);
    const end = Math.min(through, tail.last);
    while (tail.first <= end) {
      const first = tail.first;
      const stop = Math.min(end, first + TRIM_RECORDS_MAX - 1);
      const key = shardKey(shard);
      const trimmed = seal(key, factKey(shard, stop));
      await this.#env.commits.run(() => {
        for (let sequence = first; sequence <= stop; sequence++) {
          void this.#env.facts.remove(factKey(shard, sequence));
        }
        void this.#env.trims.put(key, trimmed);
      });
      tail.first = Math.max(tail.first, stop + 1);
    }
  }

  close(): Promise<void> {
    return this.#env.close();
  }

  #tail(shard: number): Tail {
    const known = this.#tails.get(shard);
    if (known !== undefined) return known;
    let tail: Tail;
    try {
      tail = this.#readTail(shard);
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
    this.#tails.set(shard, tail);
    return tail;
  }

  #readTail(shard: number): Tail {
    const { facts, trims, file } = this.#env;
    const key = shardKey(shard);
    const sealed = trims.getBinary(key);
    const trimmed = sealed === undefined ? undefined : unseal(key, sealed);
    if (sealed !== undefined && trimmed?.length !== FACT_KEY_BYTES) {
      throw new PortError('corrupt', `${file}: the trim mark of shard ${shard} is damaged`);
    }
    const trimmedThrough = trimmed === undefined ? 0 : readUint48(trimmed, 2);
    let last = trimmedThrough;
    const newest = facts.getKeys({
      start: factKey(shard, UINT48_MAX),
      end: factKey(shard, 0),
      reverse: true,
      limit: 1,
    });
    for (const found of newest) last = Math.max(last, sequenceOf(found));
    return { first: trimmedThrough + 1, last, appending: false };
  }

  #opened(shard: number, sequence: number, key: Uint8Array, value: Uint8Array): Uint8Array {
    const bytes = unseal(key, value);
    if (bytes === undefined) {
      throw new PortError('corrupt', `${this.#env.file}: record ${sequence} of shard ${shard} is damaged`);
    }
    return bytes;
  }

  #missing(shard: number, sequence: number): PortError {
    return new PortError('corrupt', `${this.#env.file}: record ${sequence} of shard ${shard} is missing`);
  }
}
