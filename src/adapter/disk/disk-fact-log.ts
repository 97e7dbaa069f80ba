import { closeSync } from 'node:fs';
import { assert } from '../../base/assert.ts';
import type { AppendSettled, FactLog, LogAppend, LogBounds, LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { type FoundLog, type HealedMarks, type OpenLogOptions, openLogDirectory } from './log-directory.ts';
import type { EntryDraft } from './log-entry.ts';
import type { LogFile } from './log-file.ts';
import { LogFiles } from './log-files.ts';
import { LogReader } from './log-reader.ts';
import { isWholeOnDisk, LogRoom, type OpenLogFile, openForAppend } from './log-room.ts';
import { LogWriter } from './log-writer.ts';
import type { TrimMarks } from './trim-marks.ts';

export interface DiskFactLogOptions extends OpenLogOptions {
  /** Size of a log file once the log has grown, a multiple of 8; default 64 MiB. */
  readonly fileBytes?: number;
  /** The log takes no more of the disk when it would have less room than this left; default 128 MiB. */
  readonly reserveBytes?: number;
  /** After this many ms a write is taken for lost, and nothing more is written; default 30 s. */
  readonly commitMsMax?: number;
  /** Called before each write; what it throws is why there is none: the directory may be another's by now. */
  readonly confirm?: () => void;
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
  readonly files: LogFiles;
  readonly marks: TrimMarks;
  readonly healed: HealedMarks;
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
 *     records of its file and of those before it (log-files.ts).
 */
export class DiskFactLog implements FactLog {
  readonly #directory: string;
  readonly #options: DiskFactLogOptions;
  readonly #reader = new LogReader();
  #log: Opened | undefined;
  /** Why it could not be opened: what is damaged stays so, and a look at it is dear. */
  #damage: PortError | undefined;
  #newest: OpenLogFile | undefined;
  #isClosed = false;

  constructor(directory: string, options: DiskFactLogOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  async bounds(shard: number): Promise<LogBounds> {
    const { first, last } = this.#tail(shard);
    return { first, last };
  }

  /** What was made good when it was opened. Throws PortError when it cannot be opened. */
  get healed(): HealedMarks {
    return this.#opened().healed;
  }

  /** Of one that was opened to be read: makes the trim marks good on the disk too. Throws PortError. */
  heal(): void {
    const { marks } = this.#opened();
    if (marks.fault !== undefined) marks.make();
  }

  /** Of every shard what `bounds` says, at once; fewer than there are shards when the others have nothing. Throws PortError. */
  get allBounds(): readonly LogBounds[] {
    return this.#opened().tails;
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
      this.#reader.read(this.#opened().files.holder(shard, next), shard, next, end, found);
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

  async salvage(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    const { first, last } = this.#tail(shard);
    if (sequence < first || sequence > last) return undefined;
    return this.#reader.salvage(this.#opened().files.holder(shard, sequence), shard, sequence);
  }

  async trim(shard: number, through: number): Promise<void> {
    const tail = this.#tail(shard);
    const last = Math.min(through, tail.last);
    if (last < tail.first) return;
    const { marks, files, tails } = this.#opened();
    await marks.set(shard, last);
    tail.first = Math.max(tail.first, last + 1);
    await files.free(() => tails.map(({ first }) => first));
  }

  async holds(shard: number, through: number): Promise<boolean> {
    return this.#opened().files.holds(shard, through);
  }

  async seal(): Promise<void> {
    const { room, writer } = this.#opened();
    if (await room.prepared()) writer.seal();
  }

  /** Waits for what is under way; every later write is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const log = this.#log;
    if (log === undefined) return;
    const cameBack = await log.writer.close();
    await log.files.close();
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

  #written(draft: EntryDraft, commit: number, at: number): void {
    const index = this.#opened().files.written(commit, at, draft.length);
    draft.each((shard, sequence, offset, length, crc) => {
      const isDue = index.note(shard, sequence, at + offset, length, crc);
      assert(isDue, () => `record ${sequence} of shard ${shard} is not the next of its file`);
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
    files.add(
      next.file,
      tails.map(({ last }) => last + 1),
    );
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
    if (this.#damage !== undefined) throw this.#damage;
    const fileBytes = this.#options.fileBytes ?? FILE_BYTES;
    try {
      this.#log = this.#started(openLogDirectory(this.#directory, fileBytes, this.#options), fileBytes);
      return this.#log;
    } catch (fault) {
      if (fault instanceof PortError && fault.kind === 'corrupt') this.#damage = fault;
      throw fault;
    }
  }

  #started({ files, ready, spares, marks, lasts, healed }: FoundLog, fileBytes: number): Opened {
    const last = files.at(-1);
    this.#newest = last === undefined ? undefined : openedWhole(last.file);
    const { commitMsMax = COMMIT_MS_MAX, reserveBytes = RESERVE_BYTES, freeBytes, now } = this.#options;
    const { confirm = nothing } = this.#options;
    const newestFile = ready ?? last?.file ?? { number: 0, sizeBytes: 0 };
    const room: LogRoom = new LogRoom(
      { directory: this.#directory, fileBytes, reserveBytes, freeBytes, now },
      { last: newestFile, ready, spares },
      () => writer.lastCommit,
    );
    // Nothing that a file held before it was prepared may seem to be of its life.
    const lastCommit = Math.max(last?.index.lastCommit ?? 0, last?.file.after ?? 0);
    const owner = {
      written: (draft: EntryDraft, commit: number, at: number) => this.#written(draft, commit, at),
      failed: (draft: EntryDraft) => this.#failed(draft),
      rolled: (next: OpenLogFile) => this.#rolled(next),
    };
    const writer: LogWriter = new LogWriter(
      { directory: this.#directory, room, owner, commitMsMax, confirm },
      { newest: this.#newest, end: last?.index.end ?? 0, lastCommit },
    );
    const tails = lasts.map((last, shard) => ({ first: marks.through(shard) + 1, last, appending: false }));
    return { files: new LogFiles(files, room, this.#reader), marks, healed, room, writer, tails };
  }
}

function nothing(): void {}

/** Undefined where entries might not find room in it: they go into the next file. Throws PortError. */
function openedWhole(file: LogFile): OpenLogFile | undefined {
  const opened = openForAppend(file);
  if (isWholeOnDisk(opened)) return opened;
  closeSync(opened.fd);
  return undefined;
}
