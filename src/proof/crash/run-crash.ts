import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { IntlZones } from '../../adapter/intl/zones.ts';
import type { Verified } from '../../audit/verified.ts';
import { verifyDirectory } from '../../audit/verify.ts';
import { seedRng } from '../../base/rng.ts';
import { connect } from '../../client/attune-client.ts';
import { INTERVALS } from '../../config/limits.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';
import type { AudienceMember } from '../../gen/attune/v1/channel_pb.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import { levelFaults } from './check-levels.ts';
import { checkLog, type LogCheck } from './check-log.ts';
import { CrashChannels } from './crash-channels.ts';
import { CrashDesk } from './crash-desk.ts';
import { CrashLoad } from './crash-load.ts';
import { planDeath } from './crash-plan.ts';
import { CrashService } from './crash-service.ts';
import { Promised } from './promised.ts';

/** Silence after a checkout: short, so that the service is killed within many windows and behind them. */
export const WINDOW_SECONDS = 6;
/** After the last start: outstanding feedback comes in, timers that fell due meanwhile fire. */
export const REST_MS = 20_000;
/** A change that was refused, or met a death, four times comes again after so long. */
const TOLD_MS_MAX = 15 * INTERVALS.dispatchRetryMs;
/** A timer fires within this of its time while the service runs. */
export const TIMER_MS_MAX = 2_000;
const DAY_MINUTES = 1_440;
const AUDIENCE = 'near';

export interface CrashReport extends Omit<LogCheck, 'lost' | 'doubled' | 'guardrailsBroken' | 'unlogged'> {
  readonly kills: number;
  /** Kills by fault point; "signal" came from outside at a random moment. */
  readonly points: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly restarts: number;
  readonly deliveries: number;
  /** Entries, changes and ends of memberships that the ads channel was told. */
  readonly audienceChanges: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly guardrailsBroken: number;
  readonly unlogged: number;
  readonly unanswered: number;
  readonly verifyDifferent: number;
  /** The first of everything that is wrong. */
  readonly sentences: readonly string[];
}

export interface CrashPlan {
  readonly kills: number;
  readonly seed: number;
  /** A fresh directory. */
  readonly directory: string;
  readonly progress: (kills: number) => void;
}

/** Starts, loads, kills and starts again; then holds the log against what was promised. */
export async function runCrash({ kills, seed, directory, progress }: CrashPlan): Promise<CrashReport> {
  const rng = seedRng(seed, 0xdead);
  const files = strictShopFiles({ windowSeconds: WINDOW_SECONDS, isWhole: true });
  const policy = parsed(files);
  const policyDir = join(directory, 'policy');
  writeCrashPolicy(policyDir, files);
  const service = new CrashService(directory, policyDir);
  const promised = new Promised();
  try {
    let death = planDeath(0, rng);
    await service.start(death);
    const load = new CrashLoad(service.address, rng.fork('load'), awakeZones(Date.now()), promised);
    const channels = new CrashChannels([service.address], rng.fork('channels'), promised);
    const desk = new CrashDesk(service.address, rng.fork('desk'), awakeZones(Date.now()), promised, 'd');
    load.start();
    desk.start();
    for (let kill = 1; kill <= kills; kill++) {
      // Who asks to be asked again is, when the channels come back after a death.
      if (kill === kills) channels.isForgetful = false;
      await service.die(death);
      progress(kill);
      death = planDeath(kill, rng);
      await service.start(kill === kills ? undefined : death);
    }
    await Promise.all([load.stop(), desk.stop()]);
    await pause(REST_MS);
    await desk.checkEnds();
    const atEnd = await endFaults(service.address, promised, channels);
    await channels.stop();
    const endedAt = Date.now() - TIMER_MS_MAX;
    await service.stop();
    return reportOf({
      ...{ load, desk, channels, promised, atEnd },
      found: await checkLog(service.dataDir, policy, promised, endedAt),
      verified: await verifyDirectory(service.dataDir),
      points: service.deaths,
      restarts: service.restarts,
    });
  } finally {
    await service.abort();
  }
}

export interface CrashRun {
  readonly load: CrashLoad;
  readonly desk: CrashDesk;
  readonly channels: CrashChannels;
  readonly promised: Promised;
  /** What was wrong at rest. */
  readonly atEnd: readonly string[];
  readonly found: LogCheck;
  readonly verified: Pick<Verified, 'different' | 'differences'>;
  readonly points: ReadonlyMap<string, number>;
  readonly restarts: number;
}

export function reportOf(run: CrashRun): CrashReport {
  const { load, desk, channels, promised, verified, points, restarts } = run;
  const { guardrailsBroken, unlogged, lost: inLog, doubled: twice, ...counts } = run.found;
  const lost = [...inLog, ...desk.broken, ...run.atEnd];
  const doubled = [...twice, ...channels.broken];
  const unanswered = [...load.failed, ...channels.failed, ...desk.failed];
  return {
    kills: [...points.values()].reduce((sum, count) => sum + count, 0),
    points: Object.fromEntries([...points].map(([name, count]) => [name || 'signal', count])),
    requests: load.requests + desk.requests,
    restarts,
    deliveries: channels.deliveries,
    audienceChanges: channels.audienceChanges,
    acknowledged: promised.events.size + promised.decides.size + promised.feedback.size,
    ...counts,
    lost: lost.length,
    doubled: doubled.length,
    guardrailsBroken: guardrailsBroken.length,
    unlogged: unlogged.length,
    unanswered: unanswered.length,
    verifyDifferent: verified.different,
    sentences: [
      ...firstOf('lost', lost),
      ...firstOf('doubled', doubled),
      ...firstOf('guardrail broken', guardrailsBroken),
      ...firstOf('not in the log', unlogged),
      ...firstOf('unanswered', unanswered),
      ...firstOf('different', verified.differences),
    ],
  };
}

/** At rest: the ads channel holds what the service does, and each channel has forgotten whom it had been sent something of. */
export async function endFaults(
  address: string | readonly string[],
  promised: Promised,
  channels: CrashChannels,
): Promise<string[]> {
  const client = connect(address);
  channels.comeAgain();
  const until = Date.now() + TOLD_MS_MAX;
  try {
    for (;;) {
      // Some leave when somebody looks.
      for await (const _ of client.audienceMembers(AUDIENCE));
      await pause(TIMER_MS_MAX);
      const members: AudienceMember[] = [];
      for await (const member of client.audienceMembers(AUDIENCE, { pageSize: 50 })) members.push(member);
      const faults = [
        ...levelFaults(AUDIENCE, members, promised.levels, Date.now()),
        ...channels.notForgotten(),
      ];
      if (faults.length === 0 || Date.now() >= until) return faults;
    }
  } finally {
    client.close();
  }
}

export function firstOf(what: string, sentences: readonly string[]): string[] {
  return sentences.slice(0, 5).map((sentence) => `${what}: ${sentence}`);
}

export function parsed(files: PolicyFiles): Policy {
  const found = parsePolicy(files, policyContext);
  if (!found.ok) throw new Error(`the policy has ${found.faults.length} faults`);
  return found.policy;
}

export function writeCrashPolicy(directory: string, files: PolicyFiles): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

/** Zones where it is day now and will be for hours, and one where it is night, so that messages go out at any hour. */
export function awakeZones(now: number): string[] {
  const zones = new IntlZones();
  const hourIn = (zone: string): number => {
    const minutes = (now / 60_000 + zones.offsetMin(zone, now)) % DAY_MINUTES;
    return ((minutes + DAY_MINUTES) % DAY_MINUTES) / 60;
  };
  const all = Intl.supportedValuesOf('timeZone');
  const awake = all.filter((zone) => hourIn(zone) >= 9 && hourIn(zone) < 17).slice(0, 6);
  const asleep = all.filter((zone) => hourIn(zone) >= 22 || hourIn(zone) < 6).slice(0, 1);
  return [...awake, ...asleep];
}
