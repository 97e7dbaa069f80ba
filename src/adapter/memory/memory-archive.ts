import { type Archive, rangeOfRecords, type Segment } from '../../port/archive.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import { type Defer, type MemoryOptions, settleLater } from './settle.ts';

interface Stored {
  readonly segment: Segment;
  readonly records: readonly LogRecord[];
}

/** What outlives a MemoryArchive: segments of each shard in order of their first sequence. */
export type ArchiveStorage = Map<number, readonly Stored[]>;

/** An Archive on the heap, uncompressed. */
export class MemoryArchive implements Archive {
  readonly #storage: ArchiveStorage;
  readonly #defer: Defer;

  constructor(options: MemoryOptions & { readonly storage?: ArchiveStorage } = {}) {
    this.#storage = options.storage ?? new Map();
    this.#defer = options.defer ?? queueMicrotask;
  }

  write(
    shard: number,
    records: readonly LogRecord[],
    span: { readonly from: number; readonly to: number },
  ): Promise<Segment> {
    return settleLater(this.#defer, () => {
      const { first, last } = rangeOfRecords(records);
      const kept = records.map(({ sequence, bytes }) => ({ sequence, bytes: new Uint8Array(bytes) }));
      const bytes = kept.reduce((sum, record) => sum + record.bytes.length, 0);
      const segment = { shard, first, last, from: span.from, to: span.to, bytes };
      const others = this.#stored(shard).filter(
        (each) => each.segment.first !== first || each.segment.last !== last,
      );
      const stored = [...others, { segment, records: kept }].sort(
        (a, b) => a.segment.first - b.segment.first || a.segment.last - b.segment.last,
      );
      this.#storage.set(shard, stored);
      return segment;
    });
  }

  segments(shard: number): Promise<Segment[]> {
    return settleLater(this.#defer, () => this.#stored(shard).map(({ segment }) => segment));
  }

  read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    return settleLater(this.#defer, () => {
      const found: LogRecord[] = [];
      for (const { records } of this.#stored(shard)) {
        for (const { sequence, bytes } of records) {
          if (found.length === limit) return found;
          if (sequence < from || sequence <= (found.at(-1)?.sequence ?? 0)) continue;
          found.push({ sequence, bytes: new Uint8Array(bytes) });
        }
      }
      return found;
    });
  }

  get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    return settleLater(this.#defer, () => {
      for (const { segment, records } of this.#stored(shard)) {
        const record = records[sequence - segment.first];
        if (sequence >= segment.first && record !== undefined) return new Uint8Array(record.bytes);
      }
      return undefined;
    });
  }

  expire(shard: number, before: number, through: number): Promise<number> {
    return settleLater(this.#defer, () => {
      const stored = this.#stored(shard);
      const kept = stored.filter(({ segment }) => segment.to >= before || segment.last > through);
      this.#storage.set(shard, kept);
      return stored.length - kept.length;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #stored(shard: number): readonly Stored[] {
    return this.#storage.get(shard) ?? [];
  }
}
