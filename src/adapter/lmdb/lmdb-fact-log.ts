import type { AppendSettled, FactLog, LogAppend, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { INDEX_SIZES, type IndexSizes, RecordIndex } from './record-index.ts';
import {
  placeOf,
  RECORD_KEY_BYTES,
  readUint48,
  recordKey,
  shardKey,
  uint48,
  writeRecordKey,
} from './record-key.ts';
import { SealRoom } from './seal-room.ts';
import { seal, unseal } from './sealed-value.ts';

interface Tail {
  first: number;
  /** Durable. */
  last: number;
  appending: boolean;
}

/** One append of a group on its way to the file. */
interface Write {
  readonly at: number;
  readonly append: LogAppend;
  /** 0 until it is put. */
  place: number;
  /** Shards whose index rows went with it. */
  stored: readonly number[];
  fault: PortError | undefined;
}

/** Rows removed by one commit, so that appends do not wait long behind it. */
const FREE_ROWS_MAX = 1_000;

/**
 * The embedded FactLog. The compare of an append's compare-and-set is against the tail in memory, which was read from the
 * file at the start: the directory is locked to this process, so nobody else can move it.
 *
 * I1. One append per shard is in flight; a second one made meanwhile is a `conflict`, because the first may yet fail.
 *     The records of a group go into one commit, and yet each has its own outcome.
 * I2. A shard's row in `logs` holds the last sequence trimmed, so `last` survives an empty log. A trimmed record is gone
 *     at once for readers; its room is free once every shard was trimmed past the records written with it.
 */
export class LmdbFactLog implements FactLog {
  readonly #env: LmdbEnvironment;
  readonly #sizes: IndexSizes;
  /** By shard. */
  readonly #tails: Tail[] = [];
  readonly #room = new SealRoom();
  /** LMDB copies a key when it is put. */
  readonly #key = Buffer.allocUnsafeSlow(RECORD_KEY_BYTES);
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

  append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.appendAll([{ shard, expectedLast, bytes }], (_, fault) =>
        fault === undefined ? resolve() : reject(fault),
      );
    });
  }

  appendAll(group: readonly LogAppend[], settled: AppendSettled): void {
    const writes: Write[] = [];
    for (let at = 0; at < group.length; at++) {
      const append = group[at] as LogAppend;
      const refusal = this.#refusal(append);
      if (refusal === undefined) {
        this.#tail(append.shard).appending = true;
        writes.push({ at, append, place: 0, stored: [], fault: undefined });
      } else queueMicrotask(() => settled(at, refusal));
    }
    if (writes.length === 0) return;
    this.#env.commits
      .run(() => this.#write(writes), 'growth')
      .then(
        () => this.#settle(writes, undefined, settled),
        (fault: unknown) => this.#settle(writes, fault, settled),
      );
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

  #refusal({ shard, expectedLast }: LogAppend): unknown {
    try {
      const { last, appending } = this.#tail(shard);
      if (last !== expectedLast)
        return new PortError('conflict', `shard ${shard} ends at ${last}, not at ${expectedLast}`);
      if (appending)
        return new PortError('conflict', `shard ${shard} has an append behind ${last} under way`);
      return undefined;
    } catch (fault) {
      return fault;
    }
  }

  /** Inside the transaction. A record that cannot be put leaves the others alone; throws when none could. */
  #write(writes: readonly Write[]): void {
    let put = 0;
    for (const write of writes) {
      try {
        this.#put(write);
        put++;
      } catch (fault) {
        write.fault = lmdbFault(fault, this.#env.file);
        if (put === 0 && write === writes.at(-1)) throw fault;
      }
    }
  }

  #put(write: Write): void {
    const { shard, expectedLast, bytes } = write.append;
    const index = this.#index();
    const place = index.nextPlace();
    const sequence = expectedLast + 1;
    write.place = place;
    writeRecordKey(this.#key, place, shard, sequence);
    const value = this.#room.seal(this.#key, bytes);
    // `append`: the key is the greatest; LMDB then fills pages to the end where it would leave halves behind.
    const written = this.#env.records.put(this.#key, value, { append: true });
    // It has a promise of its own, false when the key was not the greatest. What it rejects with, `run` throws.
    written.then((isGreatest) => {
      if (!isGreatest) write.fault = this.#misplaced(place);
    }, done);
    write.stored = index.store(shard, sequence, place);
  }

  #settle(writes: readonly Write[], failure: unknown, settled: AppendSettled): void {
    for (const write of writes) {
      const fault = failure ?? write.fault;
      this.#note(write, fault !== undefined);
      settled(write.at, fault);
    }
  }

  /** The commit is over: the tail and the index follow what is in the file. */
  #note({ append, place, stored }: Write, failed: boolean): void {
    const { shard, expectedLast } = append;
    const tail = this.#tail(shard);
    const sequence = expectedLast + 1;
    tail.appending = false;
    if (place !== 0) this.#room.giveBack();
    // Reported as failed, yet in the file: the caller, who is told "unknown", finds it when it reads the tail back.
    if (failed && (place === 0 || !this.#isThere(place, shard, sequence))) {
      this.#index().forget(shard);
      return;
    }
    this.#index().note(shard, sequence, place, stored);
    tail.last = sequence;
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
    const known = this.#tails[shard];
    if (known !== undefined) return known;
    const tail = this.#reading(() => this.#readTail(shard));
    this.#tails[shard] = tail;
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
