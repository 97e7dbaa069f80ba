import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Measures what processes that are not ours use of the machine. Returns a function that answers it for the time since: cores
 * that others kept busy, time stolen by the host among them; undefined where the system does not tell (not Linux).
 */
export function watchOtherLoad(): () => number | undefined {
  const before = read();
  return () => {
    const after = read();
    if (before === undefined || after === undefined) return undefined;
    const others = after.busyTicks - before.busyTicks - (after.ownTicks - before.ownTicks);
    const seconds = (after.atMs - before.atMs) / 1_000;
    return Math.max(0, others / TICKS_PER_SECOND / seconds);
  };
}

interface Reading {
  readonly atMs: number;
  /** Of all processors: everything but idle and waiting for disks. */
  readonly busyTicks: number;
  /** Of this process and its children, those that live. */
  readonly ownTicks: number;
}

function read(): Reading | undefined {
  try {
    const [all] = readFileSync('/proc/stat', 'utf8').split('\n', 1) as [string];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = all
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return {
      atMs: performance.now(),
      busyTicks: user + nice + system + irq + softirq + steal,
      ownTicks: ticksOfTree(process.pid),
    };
  } catch {
    return undefined;
  }
}

/** CPU of a process since its start, all threads, in microseconds, to a hundredth of a second; NaN where the system does not tell. */
export function cpuMicrosOf(pid: number): number {
  const fields = statOf(String(pid));
  return fields === undefined ? Number.NaN : (ticksIn(fields) / TICKS_PER_SECOND) * 1_000_000;
}

/** CPU of a process and of those that it started, as they live now. */
function ticksOfTree(root: number): number {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (fields === undefined) continue;
    parents.set(Number(name), Number(fields[1]));
    ticks.set(Number(name), ticksIn(fields));
  }
  let sum = 0;
  for (const [pid, own] of ticks) {
    let at: number | undefined = pid;
    while (at !== undefined && at !== root) at = parents.get(at);
    if (at === root) sum += own;
  }
  return sum;
}

function ticksIn(fields: readonly string[]): number {
  return Number(fields[11]) + Number(fields[12]);
}

/** The fields behind a process's name, which may hold spaces: state, parent, …; undefined: it has ended. */
function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
