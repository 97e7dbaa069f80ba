import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFormat } from '../../adapter/lmdb/data-format.ts';
import type { Verified } from '../../audit/verified.ts';
import { verifyDirectory } from '../../audit/verify.ts';
import type { Rng } from '../../base/rng.ts';
import { parseDispatchId } from '../../core/decide/decision-id.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { readManifest } from '../../node/backup/manifest.ts';
import { readFormat } from '../../node/open-directory.ts';
import { checkLog, type LogCheck } from '../crash/check-log.ts';
import { CrashChannels } from '../crash/crash-channels.ts';
import { CrashLoad } from '../crash/crash-load.ts';
import { CrashService } from '../crash/crash-service.ts';
import { Promised } from '../crash/promised.ts';
import { startAttune } from './attune-command.ts';
import type { BackupMutant } from './mutant.ts';

export interface RestoreContext {
  readonly policy: Policy;
  readonly policyDir: string;
  readonly zones: readonly string[];
  /** By the service that was backed up, until its end. */
  readonly promised: Promised;
  /** The same before the backup began. */
  readonly before: Promised;
  readonly mutant: BackupMutant | undefined;
  readonly rng: Rng;
}

/** Sentences of what is wrong. */
export interface CheckedBackup {
  readonly facts: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly different: readonly string[];
  readonly reissued: readonly string[];
  readonly lostAfter: readonly string[];
  readonly damaged: readonly string[];
  readonly unanswered: readonly string[];
}

/** What a backup is restored into. */
export interface RestorePlace {
  /** Flags of `attune restore`. */
  readonly flags: readonly string[];
  /** Once it is restored, and nobody serves it. */
  verify(): Promise<Verified>;
  check(policy: Policy, promised: Promised): Promise<LogCheck>;
  /** Where it is served from then on. */
  start(): Promise<string>;
  stop(): Promise<void>;
  /** Ends who serves it, whatever they do. */
  abort(): Promise<void>;
}

/** A new directory below `place`. */
export function restoreDirectory(place: string, { policyDir, mutant }: RestoreContext): RestorePlace {
  const service = new CrashService(place, policyDir);
  const { dataDir } = service;
  return {
    flags: ['--dir', dataDir],
    async verify() {
      if (mutant === 'same generation') forgetRestore(dataDir);
      return verifyDirectory(dataDir);
    },
    check: (policy, promised) => checkLog(dataDir, policy, promised, 0),
    async start() {
      await service.start();
      return service.address;
    },
    stop: async () => void (await service.stop()),
    abort: () => service.abort(),
  };
}

/** Restores `backup`, looks at it, lets a service go on from it under load, and looks again. */
export async function checkRestored(
  backup: string,
  place: RestorePlace,
  context: RestoreContext,
): Promise<CheckedBackup> {
  const { policy, promised, before } = context;
  const damaged: string[] = [];
  const { code, output } = await startAttune(['restore', backup, ...place.flags]).ended;
  if (code !== 0) damaged.push(`attune restore ended with ${code}: ${output}`);
  const { lasts } = readManifest(backup);
  const restored = await place.verify();
  const check = await place.check(policy, before);
  const after = new Promised();
  const unanswered = await goOn(place, context, after);
  const gone = await place.verify();
  const checkAfter = await place.check(policy, after);
  return {
    facts: check.facts,
    lost: [...check.lost, ...check.unlogged],
    doubled: [...check.doubled, ...checkAfter.doubled],
    different: [...restored.differences, ...gone.differences],
    reissued: reissued(promised, after, lasts),
    lostAfter: [...checkAfter.lost, ...checkAfter.unlogged],
    damaged: [...damaged, ...restored.findings, ...gone.findings],
    unanswered,
  };
}

/** Serves it for a while; what was not answered. */
async function goOn(
  place: RestorePlace,
  { zones, rng }: RestoreContext,
  after: Promised,
): Promise<readonly string[]> {
  try {
    const address = await place.start();
    const load = new CrashLoad(address, rng.fork('load'), zones, after, 'again-');
    const channels = new CrashChannels([address], rng.fork('channels'), after, 'again-');
    load.start();
    await pause(2_000);
    await load.stop();
    await channels.stop();
    await place.stop();
    return [...load.failed, ...channels.failed];
  } finally {
    await place.abort();
  }
}

/** Names that the first service gave to what the backup lacks, and the one that went on from it to something else. */
function reissued(promised: Promised, after: Promised, lasts: readonly number[]): string[] {
  const decided = new Set([...promised.decides.values()].flatMap((ids) => [...ids]));
  const found = [...after.decides].flatMap(([requestId, ids]) =>
    [...ids].filter((id) => decided.has(id)).map((id) => `decision ${id} is given again, to ${requestId}`),
  );
  for (const id of after.sent.keys()) {
    const dispatch = parseDispatchId(id);
    // What the backup has is handed over again under its own name.
    const isNew = dispatch !== undefined && dispatch.seq > (lasts[dispatch.shard] ?? 0);
    if (isNew && promised.sent.has(id)) found.push(`dispatch ${id} is given again`);
  }
  return found;
}

/** As if a restore changed nothing but the place. */
function forgetRestore(dataDir: string): void {
  const { shards, generation } = readFormat(dataDir);
  if (generation === 1) return;
  for (const name of ['extent.a', 'extent.b']) rmSync(join(dataDir, name));
  writeFormat(dataDir, { generation: 1, shards });
}
