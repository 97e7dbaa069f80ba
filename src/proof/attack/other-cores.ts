import { readFileSync } from 'node:fs';

/** Ticks of /proc a second, on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds of the whole machine: user, nice, system, interrupts. */
function machineSeconds(): number {
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n', 1).join('').split(/ +/).map(Number);
  return [1, 2, 3, 6, 7].reduce((sum, column) => sum + (ticks[column] ?? 0), 0) / TICKS;
}

/** CPU seconds of one process, all threads; 0 when it is gone. */
function processSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS;
  } catch {
    return 0;
  }
}

/** Follows how many cores processes take that are none of `pids` and not this one, from its making on. */
export class OtherCores {
  readonly #pids: readonly number[];
  readonly #startMs = performance.now();
  readonly #start: number;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#start = this.#seconds();
  }

  /** `ownSeconds`: what a process took that began and ended meanwhile. */
  cores(ownSeconds: number): number {
    const seconds = this.#seconds() - this.#start - ownSeconds;
    return Math.max(0, Math.round((seconds * 100_000) / (performance.now() - this.#startMs)) / 100);
  }

  #seconds(): number {
    const own = this.#pids.reduce((sum, pid) => sum + processSeconds(pid), processSeconds(process.pid));
    return machineSeconds() - own;
  }
}
