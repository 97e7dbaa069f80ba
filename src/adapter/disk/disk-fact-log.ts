import { closeSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { AppendSettled, FactLog, LogAppend, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { type FoundLog, openLogDirectory } from './log-directory.ts';
import type { EntryDraft } from './log-entry.ts';
import { FILE_HEAD_BYTES, indexPath } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import { type IndexedFile, LogReader } from './log-reader.ts';
import { LogRoom, type OpenLogFile, openForAppend } from './log-room.ts';
import { LogWriter } from './log-writer.ts';
import type { TrimMarks } from './trim-marks.ts';

export interface DiskFactLogOptions {
  /** Size of a log file once the log has grown, a multiple of 8; default 64 MiB. */
  readonly fileBytes?: number;
  /** The log takes no more of the disk when it would have less room than this left; default 128 MiB. */
  readonly reserveBytes?: number;
  /** After this many ms a write is taken for lost, and nothing more is written; default 30 s. */
  readonly commitMsMax?: number;
  /** For tests: what the disk says it has left. */
  readonly freeBytes?: (directory: string) => Promise<number>;
  /** For tests: a clock in ms. */
  readonly now?: () => number;
}

interface Tail {
  first: number;
  /** Durable. */
  last: number;
  appending: boolean;
}

interface Opened {
  /** Oldest first; entries go to the last one. */
  readonly files: IndexedFile[];
  readonly marks: TrimMarks;
  readonly room: LogRoom;
  readonly writer: LogWriter;
  /** By shard. */
  readonly tails: Tail[];
}

const FILE_BYTES = 67_108_864;
const RESERVE_BYTES = 134_217_728;
const COMMIT_MS_MAX = 30_000;

/**
 * The embedded FactLog: files of our own, prepared ahead, to which a group of appends is one write (log-entry.ts,
 * log-file.ts). The compare of an append's compare-and-set is against the tail in memory, which was read from the files at
 * the start: the directory is locked to this process, so nobody else can move it. A log that cannot be opened says so
 * whenever it is used.
 *
 * I1. One append per shard is in flight; a second one made meanwhile is a `conflict`, because the first may yet fail.
 *     The records of a group go into one write, and yet each is refused for itself.
 * I2. A trimmed record is gone for readers once its mark is durable. Its room is free once every shard was trimmed past the
 *     records of its file and of those before it: so the files that are left have no gap.
 * I3. The file with the newest durable entry is never freed: it is where the count of commits is kept.
 * I4. The index of a file is stored once the next one has a durable entry: so a file with an index is complete.
 */
export class DiskFactLog implements FactLog {
  readonly #directory: string;
  readonly #options: DiskFactLogOptions;
  readonly #reader = new LogReader();
  #log: Opened | undefined;
  #newest: OpenLogFile | undefined;
  /** Of indexes and freed files, one at a time. */
  #upkeep: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(directory: string, options: DiskFactLogOptions = {}) {
    this.#directory = directory;
    this.#options = options;
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
    for (let at = 0; at < group.length; at++) {
      const append = group[at] as LogAppend;
      const refusal = this.#refusal(append);
      if (refusal !== undefined) {
        queueMicrotask(() => settled(at, refusal));
        continue;
      }
      const { shard, expectedLast, bytes } = append;
      this.#tail(shard).appending = true;
      this.#opened().writer.add(shard, expectedLast + 1, bytes, at, settled);
    }
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const tail = this.#tail(shard);
    const end = Math.min(Math.max(from, tail.first) + limit, tail.last + 1);
    const found: LogRecord[] = [];
    for (let next = Math.max(from, tail.first); next < end; ) {
      this.#reader.read(this.#holder(shard, next), shard, next, end, found);
      const got = found.at(-1)?.sequence ?? 0;
      if (got < next) throw this.#missing(shard, next);
      next = got + 1;
    }
    return found;
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    const { first, last } = this.#tail(shard);
    if (sequence < first || sequence > last) return undefined;
    const [record] = await this.read(shard, sequence, 1);
    return record?.bytes;
  }

  async trim(shard: number, through: number): Promise<void> {
    const tail = this.#tail(shard);
    const last = Math.min(through, tail.last);
    if (last < tail.first) return;
    await this.#opened().marks.set(shard, last);
    tail.first = Math.max(tail.first, last + 1);
    await this.#behindUpkeep(() => this.#free());
  }

  /** Waits for what is under way; every later write is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const log = this.#log;
    if (log === undefined) return;
    const cameBack = await log.writer.close();
    await this.#upkeep;
    await log.marks.close();
    // A write that never came back has its file still open.
    if (!cameBack) return;
    await log.room.close();
    if (this.#newest !== undefined) closeSync(this.#newest.fd);
    this.#newest = undefined;
    this.#reader.close();
  }

  #refusal({ shard, expectedLast }: LogAppend): unknown {
    try {
      const { last, appending } = this.#tail(shard);
      if (last !== expectedLast)
        return new PortError('conflict', `shard ${shard} ends at ${last}, not at ${expectedLast}`);
      if (appending)
        return new PortError('conflict', `shard ${shard} has an append behind ${last} under way`);
      return this.#opened().writer.refusal();
    } catch (fault) {
      return fault;
    }
  }

  /** The file with the record, which is one of the log: the last whose first record of the shard is not behind it. */
  #holder(shard: number, sequence: number): IndexedFile {
    const { files } = this.#opened();
    let low = 0;
    let high = files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((files[middle] as IndexedFile).index.first(shard) <= sequence) low = middle;
      else high = middle - 1;
    }
    return files[low] as IndexedFile;
  }

  #written(draft: EntryDraft, commit: number, at: number): void {
    const { files } = this.#opened();
    const { index } = files.at(-1) as IndexedFile;
    if (at === FILE_HEAD_BYTES) {
      index.firstCommit = commit;
      if (files.length > 1) void this.#behindUpkeep(() => this.#storeIndexes());
    }
    index.lastCommit = commit;
    index.end = at + draft.length;
    draft.each((shard, sequence, offset, length, crc) => {
      index.note(shard, sequence, at + offset, length, crc);
      const tail = this.#tail(shard);
      tail.last = sequence;
      tail.appending = false;
    });
  }

  #failed(draft: EntryDraft): void {
    draft.each((shard) => {
      this.#tail(shard).appending = false;
    });
  }

  #rolled(next: OpenLogFile): void {
    const { files, tails } = this.#opened();
    if (this.#newest !== undefined) closeSync(this.#newest.fd);
    this.#newest = next;
    const nexts = Array.from(tails, (tail) => (tail === undefined ? undefined : tail.last + 1));
    files.push({ file: next.file, index: new LogIndex(FILE_HEAD_BYTES, nexts) });
  }

  /** Of full files. One that cannot be written stays in memory, and is tried again when the next file is full. */
  async #storeIndexes(): Promise<void> {
    for (const { file, index } of this.#opened().files.slice(0, -1)) {
      if (index.isStored) continue;
      const path = indexPath(file);
      try {
        await writeFile(path, index.encode());
        index.stored();
      } catch {
        await rm(path, { force: true }).catch(() => undefined);
      }
    }
  }

  async #free(): Promise<void> {
    const { files, room, tails } = this.#opened();
    for (let oldest = files[0]; oldest !== undefined && this.#isFree(files, tails); oldest = files[0]) {
      await room.giveBack(oldest.file);
      files.shift();
      this.#reader.forget(oldest.file.number);
    }
  }

  #isFree([oldest, next]: readonly IndexedFile[], tails: readonly Tail[]): boolean {
    if (oldest === undefined || next === undefined || next.index.firstCommit === 0) return false;
    const { index } = oldest;
    return tails.every(({ first }, shard) => first >= index.first(shard) + index.count(shard));
  }

  #behindUpkeep(work: () => Promise<void>): Promise<void> {
    const done = this.#upkeep.then(work);
    this.#upkeep = done.then(nothing, nothing);
    return done;
  }

  #tail(shard: number): Tail {
    const { tails, marks } = this.#opened();
    const known = tails[shard];
    if (known !== undefined) return known;
    const tail = { first: marks.through(shard) + 1, last: 0, appending: false };
    while (tails.length < shard) tails.push({ first: 1, last: 0, appending: false });
    tails[shard] = tail;
    return tail;
  }

  #missing(shard: number, sequence: number): PortError {
    return new PortError(
      'corrupt',
      `record ${sequence} of shard ${shard} is not in the log in ${this.#directory}`,
    );
  }

  /** The log, opened when it is first used. Throws PortError. */
  #opened(): Opened {
    if (this.#log !== undefined) return this.#log;
    if (this.#isClosed)
      throw new PortError('unavailable', `the log in ${this.#directory} was closed`, {
        outcome: 'nothing_written',
      });
    const fileBytes = this.#options.fileBytes ?? FILE_BYTES;
    this.#log = this.#started(openLogDirectory(this.#directory, fileBytes), fileBytes);
    return this.#log;
  }

  #started({ files, ready, spares, marks, lasts }: FoundLog, fileBytes: number): Opened {
    const last = files.at(-1);
    this.#newest = last === undefined ? undefined : openForAppend(last.file);
    const { commitMsMax = COMMIT_MS_MAX, reserveBytes = RESERVE_BYTES, freeBytes, now } = this.#options;
    const newestFile = ready ?? last?.file ?? { number: 0, sizeBytes: 0 };
    const room: LogRoom = new LogRoom(
      { directory: this.#directory, fileBytes, reserveBytes, freeBytes, now },
      { last: newestFile, ready, spares },
      () => writer.lastCommit,
    );
    const owner = {
      written: (draft: EntryDraft, commit: number, at: number) => this.#written(draft, commit, at),
      failed: (draft: EntryDraft) => this.#failed(draft),
      rolled: (next: OpenLogFile) => this.#rolled(next),
    };
    const writer: LogWriter = new LogWriter(
      { directory: this.#directory, room, owner, commitMsMax },
      { newest: this.#newest, end: last?.index.end ?? 0, lastCommit: last?.index.lastCommit ?? 0 },
    );
    const tails = lasts.map((last, shard) => ({ first: marks.through(shard) + 1, last, appending: false }));
    return { files: [...files], marks, room, writer, tails };
  }
}

function nothing(): void {}
