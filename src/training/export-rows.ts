/** `attune models export FOLDER`: lets the simulated shop live under a node of this process and writes training rows. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHANNELS } from '../core/channel.ts';
import type { OutcomeStage } from '../core/fact/fact.ts';
import { FEATURE_SPEC_HASH, FEATURES } from '../core/feature/feature-spec.ts';
import { readPolicyDirectory } from '../policy/policy-directory.ts';
import { type ShopLog, writeShopLog } from './shop-log.ts';
import { trainingPolicy } from './training-policy.ts';
import { ROW_COLUMNS, trainingRows } from './training-rows.ts';

/** The shop opens on a Monday morning; nothing else of the date matters. */
const START_AT = Date.UTC(2026, 2, 2, 6);

/** Which life of which shop. */
export interface ExportSetting {
  readonly folder: string;
  readonly policyDir: string;
  readonly seed: number;
  readonly customers: number;
  readonly days: number;
  /** How often a day the shop asks for outreach to each customer. */
  readonly outreach: number;
  readonly explore: number;
  readonly holdout: number;
}

/** What stands beside the rows as rows.json. */
export interface ExportHead {
  readonly features: readonly string[];
  readonly featureSpecHash: string;
  readonly channels: readonly string[];
  readonly columns: readonly string[];
  readonly sha256: string;
  readonly rows: number;
  readonly truncated: number;
  readonly facts: number;
  readonly decisions: number;
  readonly deliveries: number;
  readonly outcomes: number;
  /** Of the holdout, while the shop was open. */
  readonly weeks: number;
  readonly buyingWeeks: number;
  readonly seed: number;
  readonly customers: number;
  readonly days: number;
  readonly policy: string;
  readonly outreach: number;
  readonly explore: number;
  readonly holdout: number;
  /** Of the first and the last decision of a row. */
  readonly from: string;
  readonly to: string;
}

/**
 * A shop that has closed answers no more: what is decided counts only where its whole window lay before. Of unsubscribes a week is
 * the whole: the simulated customers unsubscribe when they read.
 */
function decidedUntil({ closesAt, policy }: ShopLog): Record<OutcomeStage, number> {
  const { clickMs, purchaseMs, unsubscribeMs } = policy.outcome;
  return {
    click: closesAt - clickMs,
    purchase: closesAt - purchaseMs,
    unsubscribe: closesAt - Math.min(unsubscribeMs, purchaseMs),
  };
}

/** Writes rows.f32 (float32, little endian) and rows.json. The same setting gives the same bytes. */
export async function exportRows(
  setting: ExportSetting,
  onProgress: (share: number) => void = () => {},
): Promise<ExportHead> {
  const { seed, customers, days, outreach, explore, holdout } = setting;
  const log = await writeShopLog({
    seed,
    customers,
    days,
    startAt: START_AT,
    outreachPerDay: outreach,
    policyFiles: trainingPolicy(readPolicyDirectory(setting.policyDir), { explore, holdout }),
    onProgress,
  });
  try {
    const { policy, totals } = log;
    const rows = await trainingRows({
      stores: log.node.stores,
      shards: log.shards,
      decidedUntil: decidedUntil(log),
      closesAt: log.closesAt,
      policy,
      truthOf: log.truthOf,
    });
    const bytes = new Uint8Array(rows.data.buffer, rows.data.byteOffset, rows.data.byteLength);
    const head: ExportHead = {
      features: FEATURES,
      featureSpecHash: FEATURE_SPEC_HASH,
      channels: CHANNELS,
      columns: ROW_COLUMNS,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: rows.rows,
      truncated: rows.truncated,
      facts: rows.facts,
      decisions: totals.decisions,
      deliveries: totals.deliveries,
      outcomes: rows.outcomes,
      weeks: rows.weeks.weeks,
      buyingWeeks: rows.weeks.buying,
      seed,
      customers,
      days,
      policy: policy.version,
      outreach,
      explore,
      holdout,
      from: new Date(rows.from).toISOString(),
      to: new Date(rows.to).toISOString(),
    };
    mkdirSync(setting.folder, { recursive: true });
    writeFileSync(join(setting.folder, 'rows.f32'), bytes);
    writeFileSync(join(setting.folder, 'rows.json'), `${JSON.stringify(head)}\n`);
    return head;
  } finally {
    await log.node.close();
  }
}
