/**
 * Opens the directory of a log: which files there are, where the log ends, and that nothing is missing in between.
 *
 * The newest one with entries is where the log ends; it is read from its start. Those behind it were prepared ahead of need. Of those before it the indexes are read, or made again from the files.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { ENTRY_HEAD_BYTES, type Entry, entryAt } from './log-entry.ts';
import {
  damagedLog,
  FILE_HEAD_BYTES,
  indexPath,
  type LogFile,
  logFileName,
  readLogFile,
  readWhole,
} from './log-file.ts';
import { LogIndex } from './log-index.ts';
import type { IndexedFile } from './log-reader.ts';
import { openForAppend, piecesNotZero, SYNCS_ITSELF } from './log-room.ts';
import { scanLog } from './log-scan.ts';
import { TrimMarks } from './trim-marks.ts';
import { writeWholeSync } from './write-whole.ts';

export interface FoundLog {
  /** Oldest first; the last one takes the next entry. */
  readonly files: readonly IndexedFile[];
  /** Prepared, and without an entry. */
  readonly ready: LogFile | undefined;
  /** Files of `fileBytes` that hold nothing of the log. */
  readonly spares: readonly string[];
  readonly marks: TrimMarks;
  /** Per shard what it held last, 0: nothing ever. */
  readonly lasts: readonly number[];
  readonly healed: HealedMarks;
}

/** What the trim marks lacked. */
export interface HealedMarks {
  /** Why their file could not be used, if so: made again. */
  readonly fault: string | undefined;
  /** Records that neither the log holds nor anybody knows to have been trimmed. */
  readonly holes: readonly { readonly shard: number; readonly from: number; readonly to: number }[];
}

export interface OpenLogOptions {
  /** Per shard the last record that is known elsewhere to have been trimmed: it is in the archive, or expired. */
  readonly trimmed?: readonly number[];
  /** Nothing is made again on the disk. */
  readonly isReadOnly?: boolean;
}

/** Makes the directory when it is missing. Throws PortError, `corrupt` with file and offset. */
export function openLogDirectory(
  directory: string,
  fileBytes: number,
  { trimmed = [], isReadOnly = false }: OpenLogOptions = {},
): FoundLog {
  try {
    if (mkdirSync(directory, { recursive: true }) !== undefined) syncFolder(dirname(directory));
    const names = readdirSync(directory);
    for (const name of names) if (name.endsWith('.tmp')) rmSync(join(directory, name));
    const spares = sparesAmong(names, directory, fileBytes);
    const files = filesAmong(names, directory);
    const { indexed, ready } = withIndexes(files);
    const marks = TrimMarks.open(join(directory, 'trimmed'));
    const holes = healMarks(indexed, marks, trimmed);
    const lasts = checkedLasts(indexed, marks);
    const fault = files.length === 0 && lasts.every((last) => last === 0) ? undefined : marks.fault;
    if (!isReadOnly && marks.fault !== undefined) marks.make();
    return { files: indexed, ready, spares, marks, lasts, healed: { fault, holes } };
  } catch (cause) {
    throw diskFault(cause, directory);
  }
}

function sparesAmong(names: readonly string[], directory: string, fileBytes: number): string[] {
  const spares: string[] = [];
  for (const name of names) {
    if (!name.endsWith('.spare')) continue;
    const path = join(directory, name);
    if (statSync(path).size === fileBytes && spares.length < 2 && isZeroed(path)) spares.push(path);
    else rmSync(path);
  }
  return spares;
}

/** Its head is the last that is zeroed (log-room.ts I3); one of a former version has its old one. */
function isZeroed(path: string): boolean {
  const head = Buffer.alloc(FILE_HEAD_BYTES);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head, 0, FILE_HEAD_BYTES, 0);
  } finally {
    closeSync(fd);
  }
  return head.every((byte) => byte === 0);
}

function filesAmong(names: readonly string[], directory: string): LogFile[] {
  const numbers = names
    .map((name) => /^(\d+)\.log$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  return numbers.map((number, i) => {
    const due = (numbers[0] as number) + i;
    if (number !== due)
      throw new PortError(
        'corrupt',
        `the log file ${join(directory, logFileName(due))} is missing: ${logFileName(number)} follows`,
      );
    return readLogFile(join(directory, logFileName(number)), number);
  });
}

function withIndexes(files: readonly LogFile[]): {
  readonly indexed: readonly IndexedFile[];
  readonly ready: LogFile | undefined;
} {
  const indexed: IndexedFile[] = [];
  let room: Buffer | undefined;
  let end = files.length - 1;
  for (; end > 0; end--) {
    const file = files[end] as LogFile;
    room = readWhole(file, room);
    if (scanLog(file, room, { firstCommit: 0, nexts: [], isSealed: false }).last !== undefined) break;
  }
  const tail = files[end];
  if (tail === undefined) return { indexed, ready: undefined };
  const nexts: (number | undefined)[] = [];
  for (const file of files.slice(0, end)) {
    const index = sealedIndex(file, nextCommit(indexed), nexts);
    indexed.push({ file, index });
    for (let shard = 0; shard < index.shards; shard++)
      if (index.count(shard) > 0) nexts[shard] = index.first(shard) + index.count(shard);
  }
  const bytes = end > 0 && room !== undefined ? room : readWhole(tail, room);
  const options = { firstCommit: nextCommit(indexed), nexts, isSealed: false };
  const { index, last } = scanLog(tail, bytes, options);
  indexed.push({ file: tail, index });
  settle(tail, bytes, { last, end: index.end });
  // It goes on, so an index that speaks of its end is none.
  rmSync(indexPath(tail), { force: true });
  // One more was prepared when the first write to the one before it was cut short.
  const [ready, ...others] = files.slice(end + 1);
  for (const { path } of others.reverse()) rmSync(path);
  if (ready === undefined || piecesNotZero(readWhole(ready, room), FILE_HEAD_BYTES).length === 0)
    return { indexed, ready };
  // A former version prepared it from a file that was used before, with what that held still in it.
  rmSync(ready.path);
  return { indexed, ready: undefined };
}

/** Of a file behind which the log goes on. */
function sealedIndex(file: LogFile, firstCommit: number, nexts: readonly (number | undefined)[]): LogIndex {
  const stored = LogIndex.read(indexPath(file));
  if (stored !== undefined && (firstCommit === 0 || stored.firstCommit === firstCommit)) return stored;
  const { index, last } = scanLog(file, readWhole(file), { firstCommit, nexts, isSealed: true });
  if (last === undefined) throw damagedLog(file.path, index.end, `commit ${firstCommit} should stand here`);
  storeAgain(file, index);
  return index;
}

/** So that a log whose indexes were all lost does not come into memory. One for which there is no room stays there. */
function storeAgain(file: LogFile, index: LogIndex): void {
  try {
    writeFileSync(indexPath(file), index.encode());
    index.stored();
  } catch (cause) {
    rmSync(indexPath(file), { force: true });
    if (diskFault(cause, file.path).kind !== 'full') throw cause;
  }
}

/** The commit that the next file must begin with; 0: whatever it is. */
function nextCommit(indexed: readonly IndexedFile[]): number {
  const before = indexed.at(-1)?.index;
  return before === undefined ? 0 : before.lastCommit + 1;
}

/**
 * What was found is made what the disk has. The last entry may have been in the page cache only, when the process died before
 * its write returned: it is written again. What is behind it loses its head first, lest it be taken for an entry once a later
 * file makes this one look complete; then everything there is zeroed: it is of a write that was cut short, or of what the file held when a
 * former version used it before.
 */
function settle(file: LogFile, bytes: Buffer, { last, end }: { last: Entry | undefined; end: number }): void {
  const torn = entryAt(bytes, end, file.salt);
  const { fd } = openForAppend(file);
  try {
    if (last !== undefined) writeSync(fd, bytes, last.at, last.length, last.at);
    if (torn !== undefined) writeSync(fd, Buffer.alloc(ENTRY_HEAD_BYTES), 0, ENTRY_HEAD_BYTES, end);
    for (const { at, end: to } of piecesNotZero(bytes, end)) writeWholeSync(fd, Buffer.alloc(to - at), at);
    if (!SYNCS_ITSELF) fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * What the files do not hold of a shard was trimmed, though its mark was lost or is an older one, or it is a hole. Where the
 * mark is whole and what it says is not trimmed is missing, that is damage all the same.
 */
function healMarks(
  indexed: readonly IndexedFile[],
  marks: TrimMarks,
  trimmed: readonly number[],
): HealedMarks['holes'][number][] {
  const holes: HealedMarks['holes'][number][] = [];
  const shards = Math.max(marks.shards, trimmed.length, ...indexed.map(({ index }) => index.shards));
  for (let shard = 0; shard < shards; shard++) {
    const known = Math.max(marks.through(shard), trimmed[shard] ?? 0);
    const holder = indexed.find(({ index }) => index.count(shard) > 0);
    const before = (holder?.index.first(shard) ?? known + 1) - 1;
    const end = Math.max(...indexed.map(({ index }) => index.first(shard) + index.count(shard) - 1));
    if (before > known) holes.push({ shard, from: known + 1, to: before });
    // Its newest files are lost, and what the archive has of them is not read from what stands in their place.
    const through = holder !== undefined && known > end ? known : before;
    if (through > marks.through(shard)) marks.assume(shard, through);
  }
  return holes;
}

/** Throws `corrupt` when a shard lacks records between or behind what was trimmed and what is held. */
function checkedLasts(indexed: readonly IndexedFile[], marks: TrimMarks): number[] {
  const shards = Math.max(marks.shards, ...indexed.map(({ index }) => index.shards));
  return Array.from({ length: shards }, (_, shard) => {
    const through = marks.through(shard);
    let due = 0;
    for (const { file, index } of indexed) {
      const first = index.first(shard);
      const count = index.count(shard);
      if (count === 0) continue;
      if (due === 0 ? first > through + 1 : first !== due)
        throw missing(shard, due || through + 1, first, file);
      due = first + count;
    }
    // Where files that held more are lost, whatever was trimmed of it, the next record stands behind what is left.
    return due === 0 ? through : due - 1;
  });
}

function missing(shard: number, due: number, first: number, file: LogFile): PortError {
  return new PortError(
    'corrupt',
    `record ${due} of shard ${shard} is missing in the log: ${file.path} goes on with ${first}`,
  );
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
