import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LruMap } from '../../base/lru-map.ts';
import { type Archive, rangeOfRecords, type Segment } from '../../port/archive.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import { diskFault } from './disk-fault.ts';
import { expectRoom, NO_RESERVE, type Reserve } from './disk-reserve.ts';
import { type Block, encodeSegment, readBlock, readIndex, type SegmentIndex } from './segment-file.ts';
import { syncDirectory } from './sync-directory.ts';

interface Kept extends Segment {
  readonly file: string;
}

/** Decoded blocks kept for look-ups that follow one another; each is at most 256 KiB, or one record. */
const BLOCKS_CACHED = 32;
const INDEXES_CACHED = 256;

/** `<first>-<last>.<from>-<to>.seg`: all that listing and expiry need, so that a damaged file hinders neither. */
const FILE_NAME = /^(\d+)-(\d+)\.(\d+)-(\d+)\.seg$/;

/**
 * Segments as files, one directory a shard. Written beside, synced, renamed, and the directory synced: a segment is there
 * whole or not at all. A directory is listed once: nobody else may write to it while this process has it.
 */
export class DiskArchive implements Archive {
  readonly #directory: string;
  readonly #onExpiry: () => Promise<void>;
  readonly #reserve: Reserve;
  readonly #lists = new Map<number, readonly Kept[]>();
  readonly #indexes = new LruMap<string, SegmentIndex>(INDEXES_CACHED);
  readonly #blocks = new LruMap<string, readonly Uint8Array[]>(BLOCKS_CACHED);

  /**
   * `directory` is made when the first segment is written. `onExpiry` is awaited before segments of a shard are removed: who
   * keeps count of what there is must know before it is gone.
   */
  constructor(
    directory: string,
    {
      onExpiry = async () => {},
      reserve = NO_RESERVE,
    }: { readonly onExpiry?: () => Promise<void>; readonly reserve?: Reserve } = {},
  ) {
    this.#directory = directory;
    this.#onExpiry = onExpiry;
    this.#reserve = reserve;
  }

  /** The first record of a shard that a segment has, undefined: there is none, or the shard was not looked at yet. */
  firstKept(shard: number): number | undefined {
    return this.#lists.get(shard)?.[0]?.first;
  }

  /** The records of a segment by the name of its file; undefined for another file. */
  static rangeOf(name: string): { readonly first: number; readonly last: number } | undefined {
    const match = FILE_NAME.exec(name);
    return match === null ? undefined : { first: Number(match[1]), last: Number(match[2]) };
  }

  async write(
    shard: number,
    records: readonly LogRecord[],
    span: { readonly from: number; readonly to: number },
  ): Promise<Segment> {
    const { first, last } = rangeOfRecords(records);
    const folder = this.#folder(shard);
    const from = Math.floor(span.from);
    const to = Math.floor(span.to);
    const file = join(folder, `${padded(first)}-${padded(last)}.${from}-${to}.seg`);
    const draft = draftOf(file);
    try {
      await mkdir(folder, { recursive: true });
      const older = (await this.#kept(shard)).filter((each) => each.first === first && each.last === last);
      const bytes = await this.#writeDraft(file, records);
      await rename(draft, file);
      await syncDirectory(folder);
      for (const each of older) {
        this.#forget(each.file);
        if (each.file !== file) await rm(each.file, { force: true });
      }
      const segment = { shard, first, last, from, to, bytes };
      const others = (await this.#kept(shard)).filter((each) => !older.includes(each));
      this.#lists.set(shard, inOrder([...others, { ...segment, file }]));
      return segment;
    } catch (cause) {
      // That the draft stays is no harm: it is no segment, and the next attempt overwrites it.
      await rm(draft, { force: true }).catch(() => undefined);
      throw diskFault(cause, file);
    }
  }

  async segments(shard: number): Promise<Segment[]> {
    const kept = await this.#kept(shard);
    return kept.map(({ file: _, ...segment }) => segment);
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    let next = from;
    for (const segment of await this.#kept(shard)) {
      if (segment.last < next) continue;
      await this.#opened(segment, async (handle, index) => {
        for (const block of index.blocks) {
          if (found.length === limit) break;
          if (block.first + block.records <= next) continue;
          const records = await this.#block(handle, segment, index, block);
          const skipped = Math.max(0, next - block.first);
          const end = Math.min(records.length, skipped + limit - found.length);
          for (let i = skipped; i < end; i++) {
            found.push({ sequence: block.first + i, bytes: new Uint8Array(records[i] as Uint8Array) });
          }
          next = (found.at(-1)?.sequence ?? next - 1) + 1;
        }
      });
      if (found.length === limit) break;
    }
    return found;
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    for (const segment of await this.#kept(shard)) {
      if (sequence < segment.first || sequence > segment.last) continue;
      return this.#opened(segment, async (handle, index) => {
        const block = index.blocks.find(
          ({ first, records }) => sequence >= first && sequence < first + records,
        );
        if (block === undefined) return undefined;
        const bytes = (await this.#block(handle, segment, index, block))[sequence - block.first];
        return bytes === undefined ? undefined : new Uint8Array(bytes);
      });
    }
    return undefined;
  }

  async expire(shard: number, before: number, through: number): Promise<number> {
    const kept = await this.#kept(shard);
    const expired = kept.filter(({ to, last }) => to < before && last <= through);
    this.#lists.set(
      shard,
      kept.filter((segment) => !expired.includes(segment)),
    );
    try {
      if (expired.length > 0) await this.#onExpiry();
    } catch (fault) {
      // They stay, and are found expired again.
      this.#lists.set(shard, kept);
      throw fault;
    }
    for (const { file } of expired) {
      this.#forget(file);
      await rm(file, { force: true }).catch((cause: unknown) => {
        throw diskFault(cause, file);
      });
    }
    return expired.length;
  }

  close(): Promise<void> {
    this.#blocks.clear();
    this.#indexes.clear();
    return Promise.resolve();
  }

  async #kept(shard: number): Promise<readonly Kept[]> {
    let kept = this.#lists.get(shard);
    if (kept === undefined) {
      const folder = this.#folder(shard);
      kept = await listed(shard, folder).catch((cause: unknown) => {
        throw diskFault(cause, folder);
      });
      this.#lists.set(shard, kept);
    }
    return kept;
  }

  async #opened<T>(segment: Kept, use: (handle: FileHandle, index: SegmentIndex) => Promise<T>): Promise<T> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(segment.file, 'r');
      let index = this.#indexes.get(segment.file);
      if (index === undefined) {
        index = await readIndex(handle, segment.file);
        this.#indexes.set(segment.file, index);
      }
      return await use(handle, index);
    } catch (cause) {
      throw diskFault(cause, segment.file);
    } finally {
      await handle?.close();
    }
  }

  async #block(
    handle: FileHandle,
    segment: Kept,
    index: SegmentIndex,
    block: Block,
  ): Promise<readonly Uint8Array[]> {
    const key = `${segment.file}#${block.offset}`;
    const cached = this.#blocks.get(key);
    if (cached !== undefined) return cached;
    const records = await readBlock(handle, segment.file, index, block);
    this.#blocks.set(key, records);
    return records;
  }

  /** Writes and syncs the draft of `file`; returns its length. */
  async #writeDraft(file: string, records: readonly LogRecord[]): Promise<number> {
    const handle = await open(draftOf(file), 'w');
    let bytes = 0;
    try {
      for await (const piece of encodeSegment(records)) {
        expectRoom(this.#reserve, file);
        await handle.appendFile(piece);
        bytes += piece.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    return bytes;
  }

  #forget(file: string): void {
    this.#indexes.delete(file);
    for (const [key] of [...this.#blocks]) if (key.startsWith(`${file}#`)) this.#blocks.delete(key);
  }

  #folder(shard: number): string {
    return join(this.#directory, String(shard));
  }
}

function draftOf(file: string): string {
  return `${file}.tmp`;
}

async function listed(shard: number, folder: string): Promise<readonly Kept[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  const kept: Kept[] = [];
  for (const name of names) {
    const match = FILE_NAME.exec(name);
    if (match === null) continue;
    const [first, last, from, to] = match.slice(1).map(Number) as [number, number, number, number];
    const file = join(folder, name);
    kept.push({ shard, first, last, from, to, bytes: (await stat(file)).size, file });
  }
  return inOrder(kept);
}

function inOrder(segments: readonly Kept[]): readonly Kept[] {
  return [...segments].sort((a, b) => a.first - b.first || a.last - b.last);
}

/** Sixteen digits, so that names sort as numbers do. */
function padded(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
