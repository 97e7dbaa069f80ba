/** The log that models are trained on: written by a node of this process while the simulated shop lives its days. */
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS, MINUTE_MS } from '../base/clock.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { CommandError } from '../node/command/command-line.ts';
import { type Node, openNode } from '../node/open-node.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { type DriveTotals, driveShop } from '../scenario/virtual/drive-shop.ts';
import { createShop, type Shop } from '../world/shop.ts';
import { orderProbability } from '../world/truth.ts';
import type { DecidedPlace } from './training-rows.ts';

/** Few, since one process writes this log. */
const SHARDS = 8;
const BEAT_MS = 20 * MINUTE_MS;
const FOREVER_MS = 1e12;
/** Long enough to be between visits, where the truth's p0 holds. */
const AWAY_MIN = 30;

export interface ShopLogOptions {
  readonly seed: number;
  readonly customers: number;
  /** How long the shop lives, in days. */
  readonly days: number;
  readonly startAt: number;
  readonly outreachPerDay: number;
  readonly policyFiles: PolicyFiles;
  /** 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface ShopLog {
  readonly node: Node;
  readonly policy: Policy;
  readonly shop: Shop;
  readonly shards: number;
  readonly closesAt: number;
  readonly totals: DriveTotals;
  /** P(buys untouched) at decisions made while the customer was away; undefined for others. */
  truthOf(place: DecidedPlace): number | undefined;
}

/**
 * Runs the shop under a policy with base rates for a model, then lets what was decided mature. All stores are in memory,
 * so that the same options give the same log. Throws CommandError when the policy is faulty.
 */
export async function writeShopLog(options: ShopLogOptions): Promise<ShopLog> {
  const { seed, startAt } = options;
  const clock = new VirtualClock(startAt);
  const node = await openNode(settings(), {
    observer: quietObserver,
    clock,
    scorer: new BaseRateScorer(),
    seed,
    beatMs: BEAT_MS,
    bounds: { residentPerShardMax: FOREVER_MS, snapshotEveryMs: FOREVER_MS, hotMs: FOREVER_MS },
  });
  const applied = await node.policies.apply(options.policyFiles, undefined);
  const policy = node.policies.current;
  if (applied.kind !== 'taken' || policy === undefined)
    throw new CommandError('the policy for training is faulty; try attune policy check');
  const shop = createShop({
    seed,
    startAt,
    customers: options.customers,
    outreachPerDay: options.outreachPerDay,
  });
  const closesAt = startAt + options.days * DAY_MS;
  const until = closesAt + policy.outcome.unsubscribeMs + BEAT_MS;
  const truth = new Map<string, number>();
  const totals = await driveShop({
    node,
    shop,
    clock,
    closesAt,
    until,
    onDecided: (step, { place }) => {
      const moment = shop.moment(step.customer, step.at);
      if (moment.awayMin < AWAY_MIN) return;
      truth.set(keyOf(place), orderProbability(shop.truth(step.customer), moment));
    },
    onProgress: (now) => options.onProgress?.(Math.min(1, (now - startAt) / (until - startAt))),
  });
  return {
    node,
    policy,
    shop,
    shards: SHARDS,
    closesAt,
    totals,
    truthOf: (place) => truth.get(keyOf(place)),
  };
}

function keyOf({ shard, seq, index }: DecidedPlace): string {
  return `${shard}-${seq}-${index}`;
}

function settings(): ServeSettings {
  const read = readOptions(SERVE_OPTIONS, { flags: {}, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  return { ...read.value, store: 'memory', shards: SHARDS };
}
