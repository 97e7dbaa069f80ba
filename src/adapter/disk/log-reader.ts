import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { LruMap } from '../../base/lru-map.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import { diskFault } from './disk-fault.ts';
import { damagedLog, indexPath, type LogFile, readWhole } from './log-file.ts';
import type { IndexRow, LogIndex } from './log-index.ts';
import { scanLog } from './log-scan.ts';

/** A file of the log with its index, which is another one when it had to be made again. */
export interface IndexedFile {
  readonly file: LogFile;
  index: LogIndex;
}

const FILES_OPEN = 8;
const ROWS_CACHED = 16;
/** Records that stand no further apart are read together: a call costs as much as copying this. */
const GAP_BYTES = 4_096;
const RUN_BYTES = 262_144;
const CELL_WORDS = 3;

/**
 * Reads records from the files of the log, synchronously: from the page cache a read takes 1 to 2 µs, less than the way to
 * another thread and back. Owned by DiskFactLog.
 */
export class LogReader {
  readonly #files = new LruMap<number, number>(FILES_OPEN);
  readonly #rows = new LruMap<string, IndexRow>(ROWS_CACHED);

  /** Adds the shard's records from `from` to before `to` to `found`, as far as they are in this file. Throws PortError. */
  read(indexed: IndexedFile, shard: number, from: number, to: number, found: LogRecord[]): void {
    const { file } = indexed;
    try {
      const { first, count, cells } = this.#row(indexed, shard);
      const end = Math.min(to, first + count) - first;
      for (let at = from - first; at < end; ) {
        const next = runEnd(cells, at, end);
        this.#readRun(file, { first, count, cells }, at, next, shard, found);
        at = next;
      }
    } catch (cause) {
      throw diskFault(cause, file.path);
    }
  }

  /** A record's bytes as they are, undefined where it is not known where they stand. Throws PortError. */
  salvage(indexed: IndexedFile, shard: number, sequence: number): Uint8Array | undefined {
    const { file } = indexed;
    try {
      const { first, count, cells } = this.#row(indexed, shard);
      const at = sequence - first;
      if (at < 0 || at >= count) return undefined;
      const bytes = Buffer.alloc(lengthAt(cells, at));
      return bytes.subarray(0, readSync(this.#fd(file), bytes, 0, bytes.length, offsetAt(cells, at)));
    } catch (cause) {
      throw diskFault(cause, file.path);
    }
  }

  /** The file is no longer one of the log. */
  forget(number: number): void {
    const fd = this.#files.get(number);
    if (fd !== undefined) closeSync(fd);
    this.#files.delete(number);
    for (const [key] of [...this.#rows]) if (key.startsWith(`${number}/`)) this.#rows.delete(key);
  }

  close(): void {
    for (const [, fd] of this.#files) closeSync(fd);
    this.#files.clear();
    this.#rows.clear();
  }

  #readRun(
    file: LogFile,
    { first, cells }: IndexRow,
    from: number,
    to: number,
    shard: number,
    found: LogRecord[],
  ): void {
    const start = offsetAt(cells, from);
    const length = offsetAt(cells, to - 1) + lengthAt(cells, to - 1) - start;
    // Out of Node's pool when it is small: an ArrayBuffer of its own for each look-up costs more than the look-up.
    const bytes = Buffer.allocUnsafe(length);
    const got = length === 0 ? 0 : readSync(this.#fd(file), bytes, 0, length, start);
    if (got < length) throw damagedLog(file.path, start + got, 'it is cut short');
    for (let at = from; at < to; at++) {
      const offset = offsetAt(cells, at) - start;
      const record = bytes.subarray(offset, offset + lengthAt(cells, at));
      if (crc32(record) !== cells[at * CELL_WORDS + 2])
        throw damagedLog(
          file.path,
          start + offset,
          `record ${first + at} of shard ${shard} does not match its checksum`,
        );
      found.push({ sequence: first + at, bytes: record });
    }
  }

  #row(indexed: IndexedFile, shard: number): IndexRow {
    const { file, index } = indexed;
    const held = index.row(shard);
    if (held !== undefined) return held;
    const key = `${file.number}/${shard}`;
    const cached = this.#rows.get(key);
    if (cached !== undefined) return cached;
    const row = storedRow(file, index, shard);
    if (row === undefined) return remade(indexed, shard);
    this.#rows.set(key, row);
    return row;
  }

  #fd(file: LogFile): number {
    const open = this.#files.get(file.number);
    if (open !== undefined) return open;
    const fd = openSync(file.path, 'r');
    const dropped = this.#files.set(file.number, fd);
    if (dropped !== undefined) closeSync(dropped[1]);
    return fd;
  }
}

/** The row in the index file, undefined when it is missing or damaged. */
function storedRow(file: LogFile, index: LogIndex, shard: number): IndexRow | undefined {
  const { offset, bytes } = index.decisionRef(shard);
  const row = Buffer.allocUnsafe(bytes);
  let fd: number | undefined;
  try {
    fd = openSync(indexPath(file), 'r');
    return readSync(fd, row, 0, bytes, offset) < bytes ? undefined : index.rowFrom(shard, row);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The index made again from the file, and in memory until it is stored again. */
function remade(indexed: IndexedFile, shard: number): IndexRow {
  const { file, index } = indexed;
  const options = { firstCommit: index.firstCommit, nexts: index.firsts(), isSealed: true };
  const scanned = scanLog(file, readWhole(file), options).index;
  const row = scanned.row(shard);
  if (row === undefined || scanned.lastCommit !== index.lastCommit)
    throw damagedLog(
      file.path,
      scanned.end,
      `it ends with commit ${scanned.lastCommit}, and had ${index.lastCommit}`,
    );
  indexed.index = scanned;
  return row;
}

/** Where the records from `at` on that are read together end. */
function runEnd(cells: Uint32Array, at: number, end: number): number {
  const start = offsetAt(cells, at);
  let next = at + 1;
  while (next < end) {
    const gap = offsetAt(cells, next) - offsetAt(cells, next - 1) - lengthAt(cells, next - 1);
    if (gap > GAP_BYTES || offsetAt(cells, next) + lengthAt(cells, next) - start > RUN_BYTES) break;
    next++;
  }
  return next;
}

function offsetAt(cells: Uint32Array, at: number): number {
  return cells[at * CELL_WORDS] as number;
}

function lengthAt(cells: Uint32Array, at: number): number {
  return cells[at * CELL_WORDS + 1] as number;
}
