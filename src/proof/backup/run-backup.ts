/** Backs up the directory of a service under load, restores each backup, and holds what is restored against what was promised. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seedRng } from '../../base/rng.ts';
import { CrashChannels } from '../crash/crash-channels.ts';
import { CrashLoad } from '../crash/crash-load.ts';
import { CrashService } from '../crash/crash-service.ts';
import { Promised } from '../crash/promised.ts';
import { awakeZones, firstOf, parsed, writeCrashPolicy } from '../crash/run-crash.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import { startAttune } from './attune-command.ts';
import { type CheckedBackup, checkRestored, restoreDirectory } from './check-restored.ts';
import type { BackupMutant } from './mutant.ts';

/** What becomes of the service in a round; the kinds take turns. */
const KINDS = ['running', 'killed after', 'killed during', 'stopped'] as const;
type Kind = (typeof KINDS)[number];

/** Between the start of `attune backup` and the kill: it takes some 0.7 s to start and as long for its work. */
const KILL_MS = [400, 2_400] as const;
const WINDOW_SECONDS = 6;

export interface BackupRunPlan {
  readonly rounds: number;
  readonly seed: number;
  /** A fresh directory. */
  readonly directory: string;
  readonly progress: (rounds: number) => void;
  readonly mutant?: BackupMutant;
}

export interface BackupReport {
  readonly rounds: number;
  /** Backups that were restored, by what became of the service. */
  readonly restored: Readonly<Record<string, number>>;
  /** Backups that the death of the service cut short; `attune restore` refuses each. */
  readonly cutShort: number;
  readonly backupSecondsMax: number;
  readonly acknowledged: number;
  /** Facts of all restored logs. */
  readonly facts: number;
  /** Acknowledged before the backup began, and not in what was restored. */
  readonly lostBeyondStart: number;
  readonly doubled: number;
  /** Of `attune verify`, right after the restore and after a service has gone on from it. */
  readonly different: number;
  /** Commands that failed or told of damage, findings of verify. */
  readonly damaged: number;
  /** Ids of decisions and dispatches that were given before for something that the backup lacks. */
  readonly reissued: number;
  /** Acknowledged by the service that went on, and not in its log. */
  readonly lostAfterRestore: number;
  readonly unanswered: number;
  /** The first of everything that is wrong. */
  readonly sentences: readonly string[];
}

export async function runBackups(plan: BackupRunPlan): Promise<BackupReport> {
  const { rounds, seed, directory, progress, mutant } = plan;
  const rng = seedRng(seed, 0xbac);
  const files = strictShopFiles({ windowSeconds: WINDOW_SECONDS });
  const policy = parsed(files);
  const policyDir = join(directory, 'policy');
  writeCrashPolicy(policyDir, files);
  const service = new CrashService(directory, policyDir);
  const promised = new Promised();
  const zones = awakeZones(Date.now());
  const kept: { readonly kind: Kind; readonly place: string; readonly before: Promised }[] = [];
  const damaged: string[] = [];
  let cutShort = 0;
  let secondsMax = 0;
  try {
    await service.start();
    const load = new CrashLoad(service.address, rng.fork('load'), zones, promised);
    const channels = new CrashChannels([service.address], rng.fork('channels'), promised);
    load.start();
    for (let round = 0; round < rounds; round++) {
      const kind = KINDS[round % KINDS.length] ?? 'running';
      await pause(700 + rng.intBelow(800));
      const place = join(directory, `backup-${round}`);
      if (kind === 'stopped') await service.abort();
      let before = promised.soFar();
      const began = performance.now();
      const args = ['--dir', service.dataDir, '--address', service.address];
      const backup = startAttune(['backup', place, ...args]);
      if (kind === 'killed during') {
        await pause(KILL_MS[0] + rng.intBelow(KILL_MS[1] - KILL_MS[0]));
        await service.abort();
      }
      const { code, output } = await backup.ended;
      secondsMax = Math.max(secondsMax, (performance.now() - began) / 1_000);
      if (kind === 'killed after') await service.abort();
      if (mutant === 'late promise') before = promised.soFar();
      if (code === 0) kept.push({ kind, place, before });
      else if (kind === 'killed during' && !existsSync(join(place, 'BACKUP'))) {
        cutShort++;
        const refused = await startAttune(['restore', place, '--dir', `${place}-restored`]).ended;
        if (refused.code === 0) damaged.push(`${place} was cut short, and is restored all the same`);
      } else damaged.push(`attune backup (${kind}) ended with ${code}: ${output}`);
      if (kind !== 'running') await service.start();
    }
    // What is made now is in no backup; a service that goes on from one must not name anything like it.
    await pause(1_500);
    await load.stop();
    await channels.stop();
    await service.stop();
    const found: CheckedBackup[] = [];
    for (const [done, { kind, place, before }] of kept.entries()) {
      progress(done);
      const context = { policy, policyDir, zones, promised, before, mutant, rng: rng.fork(`round ${done}`) };
      const to = join(directory, `restored-${done}`);
      const restored = await checkRestored(place, restoreDirectory(to, context), context);
      rmSync(to, { recursive: true, force: true });
      found.push({ ...restored, damaged: restored.damaged.map((sentence) => `${kind}: ${sentence}`) });
      rmSync(place, { recursive: true, force: true });
    }
    return backupReportOf({
      ...{ rounds, promised, found, damaged, cutShort, secondsMax },
      restored: Object.fromEntries(
        KINDS.map((kind) => [kind, kept.filter((each) => each.kind === kind).length]),
      ),
      failed: [...load.failed, ...channels.failed],
    });
  } finally {
    await service.abort();
  }
}

export function backupReportOf(
  run: Pick<BackupReport, 'rounds' | 'restored' | 'cutShort'> & {
    readonly promised: Promised;
    readonly found: readonly CheckedBackup[];
    /** Commands that failed. */
    readonly damaged: readonly string[];
    readonly secondsMax: number;
    /** What was not answered. */
    readonly failed: readonly string[];
  },
): BackupReport {
  const { rounds, restored, cutShort, promised, found, secondsMax } = run;
  const all = (of: (each: CheckedBackup) => readonly string[]): string[] => found.flatMap(of);
  const wrong = {
    lost: all(({ lost }) => lost),
    doubled: all((each) => each.doubled),
    different: all((each) => each.different),
    reissued: all((each) => each.reissued),
    lostAfter: all((each) => each.lostAfter),
    damaged: [...run.damaged, ...all((each) => each.damaged)],
    unanswered: [...run.failed, ...all((each) => each.unanswered)],
  };
  return {
    ...{ rounds, restored, cutShort },
    backupSecondsMax: Math.round(secondsMax * 10) / 10,
    acknowledged: promised.events.size + promised.decides.size + promised.feedback.size,
    facts: found.reduce((sum, { facts }) => sum + facts, 0),
    lostBeyondStart: wrong.lost.length,
    doubled: wrong.doubled.length,
    different: wrong.different.length,
    damaged: wrong.damaged.length,
    reissued: wrong.reissued.length,
    lostAfterRestore: wrong.lostAfter.length,
    unanswered: wrong.unanswered.length,
    sentences: Object.entries(wrong).flatMap(([what, sentences]) => firstOf(what, sentences)),
  };
}
