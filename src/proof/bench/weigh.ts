/** What a service weighs: its memory, and what its directory holds. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openLmdb } from '../../adapter/lmdb/environment.ts';
import type { Table } from '../../adapter/lmdb/table.ts';
import type { Target } from './target.ts';

/** Customers in memory, as a metric. */
export const RESIDENT = 'attune_customers_resident';
/** So small that after a setup nearly everybody is passive. */
export const RESIDENT_FEW = '4MiB';
/** So few may stay in memory when the rest is weighed. */
const RESIDENT_SETTLED = 2_000;
const SETTLE_MS_MAX = 120_000;
const STARTED_MS = 1_000;

/** Waits until nearly all are written and passive, or a while has passed. */
export async function settle(target: Target): Promise<void> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  let resident = Number.POSITIVE_INFINITY;
  while (resident > RESIDENT_SETTLED && performance.now() < deadline) {
    await pause(2_000);
    resident = (await target.metrics()).get(RESIDENT) ?? Number.NaN;
  }
}

/** The heap of a service whose customers are nearly all passive. */
export async function settledBytes(target: Target): Promise<number> {
  await settle(target);
  const memory = await target.memory();
  return memory.heapBytes + memory.externalBytes;
}

/** Private memory (without file mappings) of a process that was just started over a filled store. Start it with --expose-gc. */
export async function restartedBytes(start: () => Promise<Target>): Promise<number> {
  const target = await start();
  await target.memory();
  // What starting left behind goes.
  await pause(STARTED_MS);
  await target.memory();
  const bytes = statusBytes(target.pid, 'RssAnon');
  await target.stop();
  return bytes;
}

/** A size that Linux tells of a process; NaN elsewhere. */
export function statusBytes(pid: number, name: string): number {
  try {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/** Bytes of profiles with their index, and of the log. */
export function weighStore(directory: string): { profileBytes: number; logBytes: number } {
  const env = openLmdb(directory);
  const bytes = (table: Table) => {
    const stats = table.getStats() as Record<string, number>;
    const pages = ['treeBranchPageCount', 'treeLeafPageCount', 'overflowPages'];
    return (stats.pageSize ?? Number.NaN) * pages.reduce((sum, name) => sum + (stats[name] ?? Number.NaN), 0);
  };
  const weighed = {
    profileBytes: bytes(env.snapshots) + bytes(env.due) + bytes(env.checkpoints),
    logBytes: filesBytes(join(directory, 'log')),
  };
  void env.close();
  return weighed;
}

/** What they take on disk, the room that is prepared included. */
function filesBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
