/** Data directories as a service leaves them, and ways to harm them, for the commands that read such directories. */
import { join } from 'node:path';
import { type LmdbEnvironment, openLmdb } from '../adapter/lmdb/environment.ts';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS } from '../base/clock.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import { type Node, openNode } from '../node/open-node.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import type { HeapMeter } from '../port/heap-meter.ts';
import { driveShop } from '../scenario/virtual/drive-shop.ts';
import { createShop } from '../world/shop.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_AT = Date.UTC(2026, 2, 2, 6);
export const SCRATCH_SHARDS = 2;

/**
 * Days of a small shop in `directory`: decisions, dispatches, outcomes; an archive with several segments per shard and a
 * hot log behind it; snapshots, a policy and a catalogue. Closed cleanly.
 */
export async function writeScratchData(
  directory: string,
  options: {
    readonly days?: number;
    readonly customers?: number;
    readonly settings?: Partial<ServeSettings>;
  } = {},
): Promise<void> {
  const clock = new VirtualClock(START_AT);
  const node = await openScratchNode(directory, { clock, ...options });
  const closesAt = START_AT + (options.days ?? 1) * DAY_MS;
  const shop = createShop({
    seed: 6,
    customers: options.customers ?? 80,
    startAt: START_AT,
    outreachPerDay: 2,
  });
  await driveShop({ node, shop, clock, closesAt, until: closesAt });
  await node.close();
}

/** The node that writes and reads such directories. Throws PortError. */
export function openScratchNode(
  directory: string,
  options: {
    readonly clock?: VirtualClock;
    readonly settings?: Partial<ServeSettings>;
    readonly heap?: HeapMeter;
  } = {},
): Promise<Node> {
  const defaults = readOptions(SERVE_OPTIONS, { flags: { shards: String(SCRATCH_SHARDS) }, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  return openNode(
    {
      ...defaults.value,
      dir: directory,
      policyDir: join(ROOT, 'policies/starter'),
      // Two beats: something of the last hours stands in the log of each shard.
      hotLogKeep: 7_200_000,
      ...options.settings,
    },
    {
      observer: quietObserver,
      clock: options.clock ?? new VirtualClock(START_AT),
      scorer: new BaseRateScorer(),
      seed: 3,
      beatMs: 3_600_000,
      ...(options.heap === undefined ? {} : { heap: options.heap }),
    },
  );
}

/** Opens the stores of a directory that nobody holds, to change what stands in them. */
export async function inLmdb(
  directory: string,
  change: (environment: LmdbEnvironment) => Promise<void>,
): Promise<void> {
  const environment = openLmdb(directory);
  try {
    await change(environment);
  } finally {
    await environment.close();
  }
}
