import { rm, writeFile } from 'node:fs/promises';
import { FILE_HEAD_BYTES, indexPath, type LogFile } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import type { IndexedFile, LogReader } from './log-reader.ts';
import type { LogRoom } from './log-room.ts';

/**
 * The files of which the log consists now. Owned by DiskFactLog.
 *
 * I1. Files are freed from the oldest on: so those that are left have no gap.
 * I2. The file with the newest durable entry is never freed: it is where the count of commits is kept.
 * I3. The index of a file is stored once the next one has a durable entry: so a file with an index is complete.
 */
export class LogFiles {
  /** Oldest first; entries go to the last one. */
  readonly #files: IndexedFile[];
  readonly #room: LogRoom;
  readonly #reader: LogReader;
  /** Of indexes and freed files, one at a time. */
  #upkeep: Promise<void> = Promise.resolve();

  constructor(files: readonly IndexedFile[], room: LogRoom, reader: LogReader) {
    this.#files = [...files];
    this.#room = room;
    this.#reader = reader;
  }

  /** The file with the record, which is one of the log: the last whose first record of the shard is not behind it. */
  holder(shard: number, sequence: number): IndexedFile {
    let low = 0;
    let high = this.#files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#files[middle] as IndexedFile).index.first(shard) <= sequence) low = middle;
      else high = middle - 1;
    }
    return this.#files[low] as IndexedFile;
  }

  /** Entries go to `file` from now on; `nexts`: per shard the sequence that comes next. */
  add(file: LogFile, nexts: readonly number[]): void {
    this.#files.push({ file, index: new LogIndex(FILE_HEAD_BYTES, nexts) });
  }

  /** An entry of `length` bytes is durable at `at`; its records are to be noted in the index that this returns. */
  written(commit: number, at: number, length: number): LogIndex {
    const { index } = this.#files.at(-1) as IndexedFile;
    if (index.firstCommit === 0) {
      index.firstCommit = commit;
      if (this.#files.length > 1) void this.#behindUpkeep(() => this.#storeIndexes());
    }
    index.lastCommit = commit;
    index.end = at + length;
    return index;
  }

  /** Whether a file has bytes of a record of the shard up to `through`, trimmed or not. */
  holds(shard: number, through: number): boolean {
    return this.#files.some(({ index }) => index.count(shard) > 0 && index.first(shard) <= through);
  }

  /** Frees what holds no record from `firsts` on (per shard). Throws PortError. */
  free(firsts: () => readonly number[]): Promise<void> {
    return this.#behindUpkeep(async () => {
      for (;;) {
        const [oldest, next] = this.#files;
        if (oldest === undefined || next === undefined || next.index.firstCommit === 0) return;
        const { index, file } = oldest;
        if (!firsts().every((first, shard) => first >= index.first(shard) + index.count(shard))) return;
        await this.#room.giveBack(file);
        this.#files.shift();
        this.#reader.forget(file.number);
      }
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#upkeep;
  }

  /** Of full files. One that cannot be written stays in memory, and is tried again when the next file is full. */
  async #storeIndexes(): Promise<void> {
    for (const { file, index } of this.#files.slice(0, -1)) {
      if (index.isStored) continue;
      const path = indexPath(file);
      try {
        await writeFile(path, index.encode());
        index.stored();
      } catch {
        // What stays of it is found damaged, if it cannot even be removed.
        await rm(path, { force: true }).catch(() => undefined);
      }
    }
  }

  #behindUpkeep(work: () => Promise<void>): Promise<void> {
    const done = this.#upkeep.then(work);
    this.#upkeep = done.then(nothing, nothing);
    return done;
  }
}

function nothing(): void {}
