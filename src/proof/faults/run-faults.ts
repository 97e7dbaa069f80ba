/** Plays failures on a deployment under load, and holds its logs against everything that it acknowledged. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyStores } from '../../audit/verify.ts';
import { type Rng, seedRng } from '../../base/rng.ts';
import { checkStores } from '../crash/check-log.ts';
import { CrashChannels } from '../crash/crash-channels.ts';
import { CrashDesk } from '../crash/crash-desk.ts';
import { CrashLoad } from '../crash/crash-load.ts';
import { Promised } from '../crash/promised.ts';
import {
  awakeZones,
  type CrashReport,
  endFaults,
  parsed,
  REST_MS,
  reportOf,
  TIMER_MS_MAX,
  WINDOW_SECONDS,
  writeCrashPolicy,
} from '../crash/run-crash.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import type { Bounds, Fault, Measures } from './fault.ts';
import { Probe } from './probe.ts';
import { type ProbeWaits, waitedSince } from './probe-waits.ts';
import { FaultStage, STAGE_SHARDS } from './stage.ts';

/** Before the first failure, and between two. */
const QUIET_MS = 2_000;

export interface PlayedFault extends ProbeWaits {
  readonly measures: Measures;
}

/** What became of a deployment and of the failures that were played on it. */
export interface FaultsReport {
  /** By name. */
  readonly played: Readonly<Record<string, PlayedFault>>;
  readonly lost: number;
  readonly doubled: number;
  /** Guardrails, pushes without their record, answers out of an old memory, bounds, and what a second derivation makes otherwise. */
  readonly broken: number;
  readonly acknowledged: number;
  readonly sentences: readonly string[];
}

export interface FaultsPlan {
  /** One after the other on the same deployment: they want the same stage. */
  readonly faults: readonly Fault[];
  readonly timesOf: (fault: Fault) => number;
  /** Whether the bounds of each failure are held against what was measured: on a machine that does something else they say nothing. */
  readonly isTimed: boolean;
  readonly seed: number;
  /** Empty. */
  readonly directory: string;
  readonly progress: (said: string) => void;
}

export async function runFaults({
  faults,
  timesOf,
  isTimed,
  seed,
  directory,
  progress,
}: FaultsPlan): Promise<FaultsReport> {
  const [first] = faults;
  if (first === undefined) throw new Error('there is no failure to play');
  const rng = seedRng(seed, 0xfa);
  const files = strictShopFiles({ windowSeconds: WINDOW_SECONDS, isWhole: true });
  const policyDir = join(directory, 'policy');
  mkdirSync(directory, { recursive: true });
  writeCrashPolicy(policyDir, files);
  const stage = new FaultStage({ directory, policyDir, ...first.stage });
  const promised = new Promised();
  const played: Record<string, PlayedFault> = {};
  const broken: string[] = [];
  try {
    await stage.start();
    const { load, channels, desk, probe } = startLoad(stage, rng, promised);
    await stage.settled();
    await pause(QUIET_MS);
    for (const fault of faults) {
      progress(fault.name);
      const from = performance.now();
      const times = timesOf(fault);
      let count = 0;
      const tell = (): void => progress(`${fault.name}: ${++count} of ${times}`);
      const measures = await fault.play({
        ...{ stage, probe, broken, times, played: tell, rng: rng.fork(fault.name) },
      });
      await stage.settled();
      await probe.answered(everyShard(), performance.now());
      const figures = { ...waitedSince(probe.asked, from), measures: measures ?? {} };
      played[fault.name] = figures;
      if (isTimed) broken.push(...beyond(fault.name, figures, fault.bounds));
      await pause(QUIET_MS);
    }
    channels.isForgetful = false;
    await Promise.all([load.stop(), desk.stop(), probe.stop()]);
    await pause(REST_MS);
    await desk.checkEnds();
    const atEnd = await endFaults(
      stage.addresses.filter((_, at) => stage.nodes[at]?.target),
      promised,
      channels,
    );
    await channels.stop();
    const endedAt = Date.now() - TIMER_MS_MAX;
    const stores = await stage.stopNodes();
    try {
      const report = reportOf({
        ...{ load, desk, channels, promised, atEnd, points: new Map(), restarts: 0 },
        found: await checkStores({ stores, shards: STAGE_SHARDS }, parsed(files), promised, endedAt),
        verified: await verifyStores(stores, { shards: STAGE_SHARDS }),
      });
      return faultsReport(report, played, [...broken, ...probe.stale]);
    } finally {
      await stores.close();
    }
  } catch (fault) {
    process.stderr.write(`${stage.said}\n`);
    throw fault;
  } finally {
    await stage.abort();
  }
}

function startLoad(stage: FaultStage, rng: Rng, promised: Promised) {
  const { addresses } = stage;
  const zones = awakeZones(Date.now());
  const load = new CrashLoad(addresses, rng.fork('load'), zones, promised);
  const channels = new CrashChannels(addresses, rng.fork('channels'), promised);
  const desk = new CrashDesk(addresses, rng.fork('desk'), zones, promised, 'd');
  const probe = new Probe(addresses, STAGE_SHARDS, promised);
  load.start();
  desk.start();
  probe.start();
  return { load, channels, desk, probe };
}

function faultsReport(
  report: CrashReport,
  played: Readonly<Record<string, PlayedFault>>,
  broken: readonly string[],
): FaultsReport {
  const { lost, doubled, guardrailsBroken, unlogged, unanswered, verifyDifferent, acknowledged } = report;
  return {
    ...{ played, lost, doubled, acknowledged },
    broken: guardrailsBroken + unlogged + unanswered + verifyDifferent + broken.length,
    sentences: [...broken.slice(0, 5), ...report.sentences],
  };
}

function everyShard(): number[] {
  return Array.from({ length: STAGE_SHARDS }, (_, shard) => shard);
}

/** Sentences about figures that are beyond what a failure allows. */
export function beyond(name: string, { measures, ...waits }: PlayedFault, bounds: Bounds): string[] {
  const { unavailableMsMax = Number.POSITIVE_INFINITY, errorsMax = Number.POSITIVE_INFINITY } = bounds;
  const figures: Measures = { ...waits, ...measures };
  return Object.entries({ unavailableMsMax, errors: errorsMax, ...bounds.measures }).flatMap(
    ([figure, most]) => {
      const is = figures[figure] ?? Number.NaN;
      return is <= most ? [] : [`${name}: ${figure} is ${is}, and may be ${most} at most`];
    },
  );
}
