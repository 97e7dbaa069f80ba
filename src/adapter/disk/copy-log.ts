/**
 * Copies a log directory while a service writes to it. What was acknowledged before the copy began is in it; what came while
 * it was made may be, up to some entry.
 *
 * I1  A file is read twice: what the first reading found as entries was written before the second began, so the copy has
 *     them whole, and zeros behind them, as if the process had died there.
 * I2  A file that was freed meanwhile, and may be in use again under another name, begins the copy anew: what it held is in the
 *     archive by then. Marks are copied behind the files, so they are never older than what is missing.
 */
import { constants, copyFileSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { openLogDirectory } from './log-directory.ts';
import { entryAt } from './log-entry.ts';
import { damagedLog, FILE_HEAD_BYTES, type LogFile, readLogFile, readWhole } from './log-file.ts';
import { isFollowed } from './log-scan.ts';
import { syncDirectory } from './sync-directory.ts';
import { writeWhole } from './write-whole.ts';

/** A log trims a file a minute at most; a copy that is begun anew so often meets something else. */
const TRIES_MAX = 20;
const READINGS_MAX = 50;

/**
 * `to` is made; resolves with the last sequence of each shard in the copy, which was opened like a log. Throws PortError, `corrupt`
 * for damage in what is copied.
 */
export async function copyLog(from: string, to: string): Promise<readonly number[]> {
  for (let attempt = 1; ; attempt++) {
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { recursive: true });
    if (await copiedFiles(from, to)) break;
    if (attempt === TRIES_MAX)
      throw new PortError('unavailable', `the log ${from} frees its files faster than they are copied`);
  }
  await copyMarks(from, to);
  await syncDirectory(to);
  // The room that the log would prepare is of no use in a copy: this only looks, and makes the indexes.
  const { lasts } = openLogDirectory(to, 0);
  return lasts;
}

/** False: a file was freed meanwhile (I2). */
async function copiedFiles(from: string, to: string): Promise<boolean> {
  const names = (await readdir(from)).filter((name) => /^\d+\.log$/.test(name)).sort();
  for (const name of names) {
    const path = join(from, name);
    const before = inodeOf(path);
    if (before === undefined) return false;
    try {
      await copyFile(readLogFile(path, Number.parseInt(name, 10)), join(to, name));
    } catch (fault) {
      if (inodeOf(path) !== before) return false;
      throw fault;
    }
    if (inodeOf(path) !== before) return false;
  }
  return true;
}

async function copyFile(file: LogFile, to: string): Promise<void> {
  const end = chainEnd(file);
  // Prepared, and without an entry: the next owner prepares its own.
  if (end === FILE_HEAD_BYTES) return;
  const bytes = readWhole(file);
  const handle = await open(to, 'w');
  try {
    await handle.truncate(file.sizeBytes);
    await writeWhole(handle, bytes.subarray(0, end), 0);
    await handle.sync();
  } catch (cause) {
    throw diskFault(cause, to);
  } finally {
    await handle.close();
  }
}

/** Where the chain of entries ends. Something behind it is what was written while it was read, unless it stays behind it. */
function chainEnd(file: LogFile): number {
  let room: Buffer | undefined;
  let seen = -1;
  for (let reading = 0; reading < READINGS_MAX; reading++) {
    room = readWhole(file, room);
    let end = FILE_HEAD_BYTES;
    let commit = 0;
    for (;;) {
      const entry = entryAt(room, end, file.salt);
      if (entry === undefined || entry.commit <= file.after || (commit !== 0 && entry.commit !== commit + 1))
        break;
      commit = entry.commit;
      end = entry.at + entry.length;
    }
    if (!isFollowed(file, room, end, commit)) return end;
    if (end === seen)
      throw damagedLog(
        file.path,
        end,
        'what was written here is missing or damaged, though later entries follow',
      );
    seen = end;
  }
  throw new PortError('unavailable', `the log file ${file.path} is written faster than it is read`);
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

async function copyMarks(from: string, to: string): Promise<void> {
  const marks = join(to, 'trimmed');
  try {
    copyFileSync(join(from, 'trimmed'), marks, constants.COPYFILE_EXCL);
    const handle = await open(marks, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    throw diskFault(cause, marks);
  }
}
