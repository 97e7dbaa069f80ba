import {
  closeSync,
  fstatSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PortError } from '../../port/port-error.ts';

/** The right to be the only process in a data directory, until `release` or the process's death. */
export interface DirectoryLock {
  readonly file: string;
  /**
   * To be called before each write. A process that was stopped for so long that others may have taken the directory looks
   * first whether it still has it: its first beat may come behind a write. Throws PortError, nothing written, when it has not.
   */
  confirm(): void;
  release(): void;
}

export interface DirectoryLockOptions {
  /** Called once when another process took the lock away: this one must stop writing at once. */
  readonly onLost: (sentence: string) => void;
  /** Called at each beat that could not show that this process lives; the next one tries again. */
  readonly onFault: (sentence: string, cause: unknown) => void;
  /** Called at each beat that found the lock ours. What it rejects with goes to `onFault`. */
  readonly onBeat?: () => Promise<void>;
  /** Between two beats; default 1 s. */
  readonly beatMs?: number;
}

interface Holder {
  readonly pid: number;
  /** Start of that process in clock ticks since boot, '' where the system does not tell: a pid alone is given out again. */
  readonly started: string;
  /** The machine's boot, '' where unknown. */
  readonly boot: string;
  readonly host: string;
  readonly since: string;
}

/** The holder shows in the file's time that it lives; only processes that cannot see its pid go by that. */
const BEAT_MS = 1_000;
const SILENCE_MS_MAX = 30_000;
/** Without a beat for so long a write looks first. */
const UNSEEN_MS_MAX = SILENCE_MS_MAX / 2;
/** Takeovers that were lost to others who start at the same moment. */
const ATTEMPTS_MAX = 10;

/**
 * Takes `directory` (made when missing) for this process. Throws PortError `unavailable` that names the holder. The lock of
 * a process that died, however it died, is taken over: on the same host its pid and start time tell, on another (or in
 * another container) 30 s without a sign of life do.
 */
export function lockDirectory(directory: string, options: DirectoryLockOptions): DirectoryLock {
  const file = join(directory, 'lock');
  const draft = `${file}.${process.pid}`;
  let fd: number | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    const mine = Buffer.from(JSON.stringify(thisProcess()));
    fd = openSync(draft, 'w+');
    writeSync(fd, mine);
    for (let attempt = 0; !linked(draft, file); attempt++) {
      if (attempt === ATTEMPTS_MAX)
        throw busy(`${directory} is being taken by several processes at once; start again`);
      removeStale(file, directory);
    }
    return held({ file, fd, mine }, options);
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    if (cause instanceof PortError) throw cause;
    const sentence = `the data directory ${directory} cannot be locked: ${reasonOf(cause)}`;
    throw new PortError('unavailable', sentence, { outcome: 'nothing_written', cause });
  } finally {
    // Where it could not be written, its removal would fail too, and that fault would hide the one that tells why.
    if (fd !== undefined) unlinkIfThere(draft);
  }
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'it, or a part of its path, is a file';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return code === 'ENOSPC' || code === 'EDQUOT' ? `${reason}; free space on its disk` : reason;
}

/** The lock's file as it was taken. It stays open: a process without a free descriptor must not seem dead. */
interface Taken {
  readonly file: string;
  readonly fd: number;
  readonly mine: Buffer;
}

function held(
  taken: Taken,
  { onLost, onFault, onBeat, beatMs = BEAT_MS }: DirectoryLockOptions,
): DirectoryLock {
  const { file, fd } = taken;
  let seenAt = Date.now();
  let lost: string | undefined;
  /** Shows that this process lives, unless the lock is not ours any more: then that is told, and `lost` says it. */
  const show = (): void => {
    if (lost !== undefined) return;
    if (isOurs(taken)) {
      seenAt = Date.now();
      futimesSync(fd, seenAt / 1_000, seenAt / 1_000);
      return;
    }
    clearInterval(beat);
    lost = `the lock ${file} was taken by another process: ${holderNow(file)}`;
    onLost(lost);
  };
  const beat = setInterval(() => {
    try {
      show();
    } catch (cause) {
      return onFault(`the lock ${file} cannot be kept fresh; it is tried again in ${beatMs} ms`, cause);
    }
    if (lost !== undefined) return;
    onBeat?.().catch((cause: unknown) => onFault('what stands beside the log cannot be kept fresh', cause));
  }, beatMs);
  beat.unref();
  return {
    file,
    confirm: () => {
      if (lost === undefined && Date.now() - seenAt < UNSEEN_MS_MAX) return;
      try {
        show();
      } catch (cause) {
        const sentence = `the lock ${file} cannot be looked at: ${reasonOf(cause)}`;
        throw new PortError('unavailable', sentence, { outcome: 'nothing_written', cause });
      }
      if (lost !== undefined) throw busy(lost);
    },
    release: () => {
      clearInterval(beat);
      if (isOurs(taken)) unlinkIfThere(file);
      closeSync(fd);
    },
  };
}

/** The name still leads to our file, and it says what we wrote. Opens nothing. */
function isOurs({ file, fd, mine }: Taken): boolean {
  const named = statSync(file, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(fd);
  if (named?.ino !== ino || named.dev !== dev) return false;
  const found = Buffer.alloc(mine.length + 1);
  return readSync(fd, found, 0, found.length, 0) === mine.length && found.subarray(0, -1).equals(mine);
}

/** For people: who holds the lock, as far as that can be read. */
function holderNow(file: string): string {
  try {
    return readIfThere(file) ?? 'it is gone';
  } catch (cause) {
    return `it cannot be read (${reasonOf(cause)})`;
  }
}

/** Removes the lock when its holder is dead, throws when it lives. */
function removeStale(file: string, directory: string): void {
  const found = readIfThere(file);
  if (found === undefined) return;
  const holder = parsed(found);
  if (holder === undefined || lives(holder, file)) throw busy(refusal(directory, file, holder));
  // Moved, then looked at again: if a rival was quicker, what was moved is its fresh lock, and goes back.
  const moved = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, moved);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  if (readIfThere(moved) !== found) linked(moved, file);
  unlinkIfThere(moved);
}

function lives(holder: Holder, file: string): boolean {
  const me = thisProcess();
  if (holder.host !== me.host) return Date.now() - statSync(file).mtimeMs < SILENCE_MS_MAX;
  if (holder.boot !== me.boot) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    // EPERM: it lives, as another user's.
    if (codeOf(cause) === 'ESRCH') return false;
  }
  return holder.started === startOf(holder.pid);
}

function refusal(directory: string, file: string, holder: Holder | undefined): string {
  if (holder === undefined)
    return `the data directory ${directory} has a lock that cannot be read: remove ${file} if no process uses it`;
  return `the data directory ${directory} is used by process ${holder.pid} on ${holder.host} since ${holder.since}`;
}

function busy(sentence: string): PortError {
  return new PortError('unavailable', sentence, { outcome: 'nothing_written' });
}

function thisProcess(): Holder {
  return {
    pid: process.pid,
    started: startOf(process.pid),
    boot: readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    host: hostname(),
    since: new Date(Date.now() - process.uptime() * 1_000).toISOString(),
  };
}

/** Field 22 of /proc/<pid>/stat; the second, the command, may hold spaces and parentheses. */
function startOf(pid: number): string {
  const stat = readIfThere(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function parsed(text: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text);
    if (typeof holder !== 'object' || holder === null) return undefined;
    const { pid, started, boot, host, since } = holder as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof started !== 'string' || typeof boot !== 'string') return undefined;
    if (typeof host !== 'string' || typeof since !== 'string') return undefined;
    return { pid, started, boot, host, since };
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** Gives `file` the contents of `draft` in one step, unless it exists. */
function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ESRCH') return undefined;
    throw cause;
  }
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
  }
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
