import type { Archive, Segment } from '../../port/archive.ts';
import type { LogRecord } from '../../port/fact-log.ts';

/** Segments of all shards, in order of their first record. */
export type ArchiveStorage = Map<number, { readonly segment: Segment; readonly records: readonly LogRecord[] }[]>;

/** The Archive in memory, uncompressed; the storage outlives it for restarts in tests. */
export class MemoryArchive implements Archive {
  readonly #storage: ArchiveStorage;

  constructor(options: { readonly storage?: ArchiveStorage } = {}) {
    this.#storage = options.storage ?? new Map();
  }

  async write(shard: number, records: readonly LogRecord[], span: { readonly from: number; readonly to: number }): Promise<Segment> {
    const first = records[0]?.sequence ?? 0;
    const last = records.at(-1)?.sequence ?? 0;
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    const segment = { shard, first, last, ...span, bytes };
    const others = (this.#storage.get(shard) ?? []).filter((entry) => entry.segment.first !== first);
    this.#storage.set(shard, [...others, { segment, records: [...records] }].sort((a, b) => a.segment.first - b.segment.first));
    return segment;
  }

  async segments(shard: number): Promise<Segment[]> {
    return (this.#storage.get(shard) ?? []).map((entry) => entry.segment);
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const all = (this.#storage.get(shard) ?? []).flatMap((entry) => entry.records);
    return all.filter((record) => record.sequence >= from).slice(0, limit);
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    for (const { segment, records } of this.#storage.get(shard) ?? []) {
      if (sequence >= segment.first && sequence <= segment.last) return records[sequence - segment.first]?.bytes;
    }
    return undefined;
  }

  async expire(shard: number, before: number): Promise<number> {
    const all = this.#storage.get(shard) ?? [];
    const kept = all.filter((entry) => entry.segment.to >= before);
    this.#storage.set(shard, kept);
    return all.length - kept.length;
  }

  async close(): Promise<void> {}
}
