/** The directories that are harmed: days of a shop that one node wrote, as they were after the first days and at the end. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import type { Observer } from '../../port/observer.ts';
import { driveShop } from '../../scenario/virtual/drive-shop.ts';
import { createShop } from '../../world/shop.ts';

const ROOT = join(import.meta.dirname, '../../..');
const START_AT = Date.UTC(2026, 2, 2, 6);
const CUSTOMERS = 60;
/** Enough for the archive to lose its first segments behind two images. */
const DAYS = 4;
const OLDER_DAYS = 3;

export const DAMAGE_SHARDS = 3;
/** When the shop closed; whoever opens one of the directories does it then. */
export const CLOSED_AT = START_AT + DAYS * DAY_MS;

/** A node on `directory`. Throws PortError. */
export function openDamageNode(
  directory: string,
  observer: Observer,
  options: { readonly clock?: VirtualClock; readonly acceptLoss?: boolean } = {},
): Promise<Node> {
  const defaults = readOptions(SERVE_OPTIONS, { flags: { shards: String(DAMAGE_SHARDS) }, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  return openNode(
    {
      ...defaults.value,
      dir: directory,
      policyDir: join(ROOT, 'policies/starter'),
      hotLogKeep: 30 * MINUTE_MS,
      archiveKeep: DAY_MS,
      acceptLoss: options.acceptLoss ?? false,
    },
    {
      observer,
      clock: options.clock ?? new VirtualClock(CLOSED_AT),
      scorer: new BaseRateScorer(),
      seed: 3,
      beatMs: 3_600_000,
    },
  );
}

/** Writes `older` and `newest`, a later state of the same directory. */
export async function writeDamageData(
  { older, newest }: { readonly older: string; readonly newest: string },
  observer: Observer,
): Promise<void> {
  const clock = new VirtualClock(START_AT);
  const shop = createShop({ seed: 6, customers: CUSTOMERS, startAt: START_AT, outreachPerDay: 2 });
  let node = await openDamageNode(newest, observer, { clock });
  for (let day = 1; day <= DAYS; day++) {
    const at = START_AT + day * DAY_MS;
    await driveShop({ node, shop, clock, closesAt: at, until: at });
    await node.images.writeAll();
    if (day !== OLDER_DAYS) continue;
    await node.close();
    cpSync(newest, older, { recursive: true });
    node = await openDamageNode(newest, observer, { clock });
  }
  // What came behind the last image and checkpoint.
  await driveShop({ node, shop, clock, closesAt: CLOSED_AT, until: CLOSED_AT });
  await node.close();
}
