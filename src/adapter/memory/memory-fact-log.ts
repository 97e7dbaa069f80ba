import {
  type AppendSettled,
  appendEach,
  type FactLog,
  type LogAppend,
  type LogBounds,
  type LogRecord,
} from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { type Defer, type MemoryOptions, settleLater } from './settle.ts';

interface ShardLog {
  /** Sequence of `records[0]`. */
  first: number;
  records: Uint8Array[];
}

/** What outlives a MemoryFactLog: pass it to the next one, and that one has "restarted on the same disk". */
export type FactLogStorage = Map<number, ShardLog>;

/**
 * A FactLog on the heap, for tests and the simulation. An append is compared and stored at the moment it settles, so a
 * scheduler that drops it loses it, and one that delays it lets a rival win.
 */
export class MemoryFactLog implements FactLog {
  readonly #storage: FactLogStorage;
  readonly #defer: Defer;

  constructor(options: MemoryOptions & { readonly storage?: FactLogStorage } = {}) {
    this.#storage = options.storage ?? new Map();
    this.#defer = options.defer ?? queueMicrotask;
  }

  bounds(shard: number): Promise<LogBounds> {
    return settleLater(this.#defer, () => {
      const log = this.#log(shard);
      return { first: log.first, last: lastOf(log) };
    });
  }

  append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void> {
    return settleLater(this.#defer, () => {
      const log = this.#log(shard);
      const last = lastOf(log);
      if (last !== expectedLast) {
        throw new PortError('conflict', `shard ${shard} ends at ${last}, not at ${expectedLast}`);
      }
      log.records.push(new Uint8Array(bytes));
    });
  }

  appendAll(group: readonly LogAppend[], settled: AppendSettled): void {
    appendEach(this, group, settled);
  }

  read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    return settleLater(this.#defer, () => {
      const log = this.#log(shard);
      const start = Math.max(0, from - log.first);
      return log.records
        .slice(start, start + limit)
        .map((bytes, i) => ({ sequence: log.first + start + i, bytes: new Uint8Array(bytes) }));
    });
  }

  get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    return settleLater(this.#defer, () => {
      const log = this.#log(shard);
      const bytes = log.records[sequence - log.first];
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    });
  }

  trim(shard: number, through: number): Promise<void> {
    return settleLater(this.#defer, () => {
      const log = this.#log(shard);
      const dropped = Math.min(log.records.length, Math.max(0, through - log.first + 1));
      log.records.splice(0, dropped);
      log.first += dropped;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #log(shard: number): ShardLog {
    let log = this.#storage.get(shard);
    if (log === undefined) {
      log = { first: 1, records: [] };
      this.#storage.set(shard, log);
    }
    return log;
  }
}

function lastOf(log: ShardLog): number {
  return log.first + log.records.length - 1;
}
