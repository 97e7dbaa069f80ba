/** The directories that are harmed: days of a shop that one node wrote, as they were after the first days and at the end. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import type { Observer } from '../../port/observer.ts';
import { driveShop } from '../../scenario/virtual/drive-shop.ts';
import { createShop } from '../../world/shop.ts';

const ROOT = join(import.meta.dirname, '../../..');
const START_AT = Date.UTC(2026, 2, 2, 6);
/** So that the hot log is several files, and its end is in no image. */
const LOG_FILE_BYTES = 65_536;
const HOT_MS = 8 * HOUR_MS;
const CUSTOMERS = 90;
/** Enough for the archive to lose its first segments behind two images. */
const DAYS = 4;
const OLDER_DAYS = 2;

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
      hotLogKeep: HOT_MS,
      archiveKeep: DAY_MS,
      acceptLoss: options.acceptLoss ?? false,
    },
    {
      observer,
      clock: options.clock ?? new VirtualClock(CLOSED_AT),
      scorer: new BaseRateScorer(),
      seed: 3,
      beatMs: 3_600_000,
      logFileBytes: LOG_FILE_BYTES,
    },
  );
}

export interface DamageData {
  /** As it was after the first days. */
  readonly older: string;
  /** As a kill leaves it, a beat of the lock behind the last record. */
  readonly killed: string;
  /** `killed`, one record later, and killed before the next beat. */
  readonly torn: string;
  /** `torn`, as a clean end leaves it. */
  readonly stopped: string;
}

/** Writes the states of one directory. */
export async function writeDamageData(
  { older, killed, torn, stopped }: DamageData,
  observer: Observer,
): Promise<void> {
  const clock = new VirtualClock(START_AT);
  const shop = createShop({ seed: 6, customers: CUSTOMERS, startAt: START_AT, outreachPerDay: 2 });
  let node = await openDamageNode(stopped, observer, { clock });
  for (let day = 1; day < DAYS; day++) {
    const at = START_AT + day * DAY_MS;
    await driveShop({ node, shop, clock, closesAt: at, until: at });
    await node.images.writeAll();
    if (day !== OLDER_DAYS) continue;
    await node.close();
    cpSync(stopped, older, { recursive: true });
    node = await openDamageNode(stopped, observer, { clock });
  }
  const imageAt = CLOSED_AT - HOT_MS / 2;
  await driveShop({ node, shop, clock, closesAt: imageAt, until: imageAt });
  await node.images.writeAll();
  await driveShop({ node, shop, clock, closesAt: CLOSED_AT, until: CLOSED_AT });
  // Longer than a beat of the lock.
  await pause(1_500);
  const copy = (to: string): void =>
    cpSync(stopped, to, { recursive: true, filter: (path) => !path.endsWith('/lock') });
  copy(killed);
  await publishLast(node);
  copy(torn);
  // Whenever the beat came: what stood there before it.
  for (const name of ['extent.a', 'extent.b']) cpSync(join(killed, name), join(torn, name));
  await node.close();
}

/** One more record, of somebody new. */
function publishLast(node: Node): Promise<void> {
  const event = {
    ...{ id: 'last', source: 'damage', identifiers: [{ kind: 'crm', value: 'the last one' }] },
    ...{ name: 'Page Viewed', occurredAt: CLOSED_AT, channel: '', sessionId: '', products: [] },
    ...{ order: undefined, currency: '', properties: undefined, context: undefined },
    ...{ historical: false, bodyHash: 1 },
  };
  return new Promise((resolve, reject) =>
    node.gateway.publish(event, 200, Number.POSITIVE_INFINITY, ({ kind }) =>
      kind === 'accepted' ? resolve() : reject(new Error(`the last event was ${kind}`)),
    ),
  );
}
