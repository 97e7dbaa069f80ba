/**
 * What a log file holds, from its bytes: the chain of its entries, each with the commit behind the last one's.
 *
 * The chain ends at the first place where no such entry stands. In the newest file that is the end of the log, or an entry
 * that a crash cut short in the middle of its write, of which nobody was told: one write is under way at a time, so nothing
 * can stand behind it. Where something of a later commit does, what was acknowledged is damaged: `corrupt`. An entry that is
 * whole but for bytes of its records, with something behind it, costs these records only; they are found damaged when read.
 */
import { crc32 } from 'node:zlib';
import type { PortError } from '../../port/port-error.ts';
import { type Entry, eachRecordOf, entryAt, nextMagic } from './log-entry.ts';
import { damagedLog, FILE_HEAD_BYTES, type LogFile } from './log-file.ts';
import { LogIndex } from './log-index.ts';

export interface ScanOptions {
  /** The commit of the file's first entry; 0: whatever it is. */
  readonly firstCommit: number;
  /** Per shard the sequence that must come next, where one is known. */
  readonly nexts: readonly (number | undefined)[];
  /** There is a later file with entries: nothing here can be a write that was cut short. */
  readonly isSealed: boolean;
}

export interface Scanned {
  readonly index: LogIndex;
  /** The last entry, undefined when there is none. */
  readonly last: Entry | undefined;
}

/** Throws `corrupt` with file and offset. */
export function scanLog(file: LogFile, bytes: Buffer, options: ScanOptions): Scanned {
  const index = new LogIndex(FILE_HEAD_BYTES, options.nexts);
  let last: Entry | undefined;
  for (let due = options.firstCommit; ; due++) {
    const entry = entryAt(bytes, index.end, file.salt);
    if (entry === undefined || entry.commit <= file.after || (due !== 0 && entry.commit !== due)) break;
    due = entry.commit;
    if (!options.isSealed && !isSound(bytes, entry) && !isFollowed(file, bytes, entry.at + 8, due))
      return { index, last };
    const fault = note(file, bytes, entry, index);
    if (fault !== undefined) throw fault;
    last = entry;
  }
  if (isFollowed(file, bytes, index.end, index.lastCommit)) {
    throw damagedLog(
      file.path,
      index.end,
      'what was written here is missing or damaged, though later entries follow',
    );
  }
  return { index, last };
}

function note(file: LogFile, bytes: Buffer, entry: Entry, index: LogIndex): PortError | undefined {
  let fault: PortError | undefined;
  eachRecordOf(bytes, entry, (shard, sequence, offset, length, crc) => {
    const due = index.first(shard) + index.count(shard);
    if (index.note(shard, sequence, offset, length, crc)) return;
    fault ??= damagedLog(
      file.path,
      offset,
      `record ${due} of shard ${shard} is missing, ${sequence} stands in its place`,
    );
  });
  if (index.firstCommit === 0) index.firstCommit = entry.commit;
  index.lastCommit = entry.commit;
  index.end = entry.at + entry.length;
  return fault;
}

function isSound(bytes: Buffer, entry: Entry): boolean {
  let sound = true;
  eachRecordOf(bytes, entry, (_shard, _sequence, offset, length, crc) => {
    sound &&= crc32(bytes.subarray(offset, offset + length)) === crc;
  });
  return sound;
}

/** Whether an entry of this life of the file and behind `commit` begins at `at` or later. */
export function isFollowed(file: LogFile, bytes: Buffer, at: number, commit: number): boolean {
  for (let place = nextMagic(bytes, at); place !== undefined; place = nextMagic(bytes, place + 8)) {
    const entry = entryAt(bytes, place, file.salt);
    if (entry !== undefined && entry.commit > Math.max(commit, file.after)) return true;
  }
  return false;
}
