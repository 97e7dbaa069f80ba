import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PortError } from '../../port/port-error.ts';

/** The right to be the only process in a data directory, until `release` or the process's death. */
export interface DirectoryLock {
  readonly file: string;
  release(): void;
}

export interface DirectoryLockOptions {
  /** Called once when another process took the lock away: this one must stop writing at once. */
  readonly onLost: (sentence: string) => void;
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
const BEAT_MS = 5_000;
const SILENCE_MS_MAX = 30_000;
/** Takeovers that were lost to others who start at the same moment. */
const ATTEMPTS_MAX = 10;

/**
 * Takes `directory` (made when missing) for this process. Throws PortError `unavailable` that names the holder. The lock of
 * a process that died, however it died, is taken over: on the same host its pid and start time tell, on another (or in
 * another container) 30 s without a sign of life do.
 */
export function lockDirectory(directory: string, options: DirectoryLockOptions): DirectoryLock {
  const file = join(directory, 'lock');
  const mine = JSON.stringify(thisProcess());
  const draft = `${file}.${process.pid}`;
  let drafted = false;
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, mine);
    drafted = true;
    for (let attempt = 0; !linked(draft, file); attempt++) {
      if (attempt === ATTEMPTS_MAX)
        throw busy(`${directory} is being taken by several processes at once; start again`);
      removeStale(file, directory);
    }
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    const sentence = `the data directory ${directory} cannot be locked: ${reasonOf(cause)}`;
    throw new PortError('unavailable', sentence, { outcome: 'nothing_written', cause });
  } finally {
    // Where it could not be written, its removal would fail too, and that fault would hide the one that tells why.
    if (drafted) unlinkIfThere(draft);
  }
  return held(file, mine, options);
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'it, or a part of its path, is a file';
  return cause instanceof Error ? cause.message : String(cause);
}

function held(file: string, mine: string, { onLost }: DirectoryLockOptions): DirectoryLock {
  const beat = setInterval(() => {
    const now = new Date();
    if (readIfThere(file) === mine) return utimesSync(file, now, now);
    clearInterval(beat);
    onLost(`the lock ${file} was taken by another process: ${readIfThere(file) ?? 'it is gone'}`);
  }, BEAT_MS);
  beat.unref();
  return {
    file,
    release: () => {
      clearInterval(beat);
      if (readIfThere(file) === mine) unlinkIfThere(file);
    },
  };
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
