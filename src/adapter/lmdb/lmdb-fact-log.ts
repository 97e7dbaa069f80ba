import type { FactLog, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { INDEX_SIZES, type IndexSizes, RecordIndex } from './record-index.ts';
import { placeOf, readUint48, recordKey, shardKey, uint48 } from './record-key.ts';
import { seal, unseal } from './sealed-value.ts';

interface Tail {
  first: number;
  /** Durable. */
  last: number;
  appending: boolean;
}

/** Rows removed by one commit, so that appends do not wait long behind it. */
const FREE_ROWS_MAX = 1_000;

/**
 * The embedded FactLog. The compare of an append's compare-and-set is against the tail in memory, which was read from the
 * file at the start: the directory is locked to this process, so nobody else can move it.
 *
 * I1. One append per shard is in flight; a second one made meanwhile is a `conflict`, because the first may yet fail.
 * I2. A shard's row in `logs` holds the last sequence trimmed, so `last` survives an empty log. A trimmed record is gone
 *     at once for readers; its room is free once every shard was trimmed past the records written with it.
 */
export class LmdbFactLog implements FactLog {
  readonly #env: LmdbEnvironment;
  readonly #sizes: IndexSizes;
  readonly #tails = new Map<number, Tail>();
  #opened: RecordIndex | undefined;
  #freeing: Promise<void> = Promise.resolve();

  /** `close` closes `env`, and with it every other store over it. */
  constructor(env: LmdbEnvironment, sizes: IndexSizes = INDEX_SIZES) {
    this.#env = env;
    this.#sizes = sizes;
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
    const index = this.#index();
    const sequence = expectedLast + 1;
    let place = 0;
    let stored: readonly number[] = [];
    let written: Promise<boolean> | undefined;
    tail.appending = true;
    try {
      await this.#env.commits.run(() => {
        place = index.nextPlace();
        const key = recordKey(place, shard, sequence);
        // `append`: the key is the greatest; LMDB then fills pages to the end where it would leave halves behind.
        written = this.#env.records.put(key, seal(key, bytes), { append: true });
        // It has a promise of its own, false when the key was not the greatest. What it rejects with, `run` throws.
        written.then(undefined, done);
        stored = index.store(shard, sequence, place);
      }, 'growth');
      if (!(await written)) throw this.#misplaced(place);
      index.note(shard, sequence, place, stored);
      tail.last = sequence;
    } catch (fault) {
      if (place !== 0 && this.#isThere(place, shard, sequence)) {
        // Reported as failed, yet in the file: the caller, who is told "unknown", finds it when it reads the tail back.
        index.note(shard, sequence, place, stored);
        tail.last = sequence;
      } else {
        index.forget(shard);
      }
      throw fault;
    } finally {
      tail.appending = false;
    }
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const tail = this.#tail(shard);
    const start = Math.max(from, tail.first);
    const end = Math.min(start + limit, tail.last + 1);
    if (start >= end) return [];
    return this.#reading(() => {
      const places = this.#index().placesOf(shard, start, end);
      return places.map((place, i) => ({
        sequence: start + i,
        bytes: this.#record(shard, start + i, place),
      }));
    });
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    const tail = this.#tail(shard);
    if (sequence < tail.first || sequence > tail.last) return undefined;
    return this.#reading(() => this.#record(shard, sequence, this.#index().placeOf(shard, sequence)));
  }

  async trim(shard: number, through: number): Promise<void> {
    const tail = this.#tail(shard);
    const last = Math.min(through, tail.last);
    if (last < tail.first) return;
    const key = shardKey(shard);
    const trimmed = seal(key, uint48(last));
    await this.#env.commits.run(() => void this.#env.logs.put(key, trimmed), 'freeing');
    tail.first = Math.max(tail.first, last + 1);
    // One at a time: each frees what all shards are done with.
    const freed = this.#freeing.then(() => this.#free(shard));
    this.#freeing = freed.then(done, done);
    await freed;
  }

  close(): Promise<void> {
    return this.#env.close();
  }

  async #free(shard: number): Promise<void> {
    const { records, index, commits } = this.#env;
    const low = this.#reading(() => this.#lowestHeld());
    for (;;) {
      const keys = this.#reading(() =>
        Array.from(records.getKeys({ end: recordKey(low, 0, 0), limit: FREE_ROWS_MAX })),
      );
      if (keys.length === 0) break;
      await commits.run(() => {
        for (const key of keys) void records.remove(key);
      }, 'freeing');
    }
    for (;;) {
      const through = this.#tail(shard).first - 1;
      const rows = this.#reading(() => this.#index().rowsThrough(shard, through, FREE_ROWS_MAX));
      if (rows.length === 0) break;
      await commits.run(() => {
        for (const key of rows) void index.remove(key);
      }, 'freeing');
    }
  }

  /** The lowest place that any shard still holds. */
  #lowestHeld(): number {
    const index = this.#index();
    let lowest = index.lowestWriting();
    for (const shard of index.shards()) {
      const { first, last } = this.#tail(shard);
      if (first <= last) lowest = Math.min(lowest, index.placeOf(shard, first) ?? lowest);
    }
    if (lowest !== Number.MAX_SAFE_INTEGER) return lowest;
    // Nothing is held, and nothing was given a place that readers may yet ask for.
    const [newest] = this.#env.records.getKeys({ reverse: true, limit: 1 });
    return newest === undefined ? 0 : placeOf(newest).place + 1;
  }

  #isThere(place: number, shard: number, sequence: number): boolean {
    return this.#reading(() => this.#env.records.getBinary(recordKey(place, shard, sequence)) !== undefined);
  }

  #index(): RecordIndex {
    this.#opened ??= this.#reading(() => new RecordIndex(this.#env, this.#sizes));
    return this.#opened;
  }

  #tail(shard: number): Tail {
    const known = this.#tails.get(shard);
    if (known !== undefined) return known;
    const tail = this.#reading(() => this.#readTail(shard));
    this.#tails.set(shard, tail);
    return tail;
  }

  #readTail(shard: number): Tail {
    const key = shardKey(shard);
    const sealed = this.#env.logs.getBinary(key);
    const trimmed = sealed === undefined ? undefined : unseal(key, sealed);
    if (sealed !== undefined && trimmed === undefined) {
      throw new PortError('corrupt', `${this.#env.file}: the trim mark of shard ${shard} is damaged`);
    }
    const through = trimmed === undefined ? 0 : readUint48(trimmed, 0);
    return { first: through + 1, last: Math.max(through, this.#index().last(shard)), appending: false };
  }

  #record(shard: number, sequence: number, place: number | undefined): Uint8Array {
    if (place === undefined) throw this.#missing(shard, sequence);
    const key = recordKey(place, shard, sequence);
    const value = this.#env.records.getBinary(key);
    if (value === undefined) throw this.#missing(shard, sequence);
    const bytes = unseal(key, value);
    if (bytes !== undefined) return bytes;
    throw new PortError('corrupt', `${this.#env.file}: record ${sequence} of shard ${shard} is damaged`);
  }

  #misplaced(place: number): PortError {
    return new PortError(
      'corrupt',
      `${this.#env.file}: there is a record behind place ${place}, the last one known`,
    );
  }

  #missing(shard: number, sequence: number): PortError {
    return new PortError('corrupt', `${this.#env.file}: record ${sequence} of shard ${shard} is missing`);
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw lmdbFault(cause, this.#env.file);
    }
  }
}

function done(): void {}
