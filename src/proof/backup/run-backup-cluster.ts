/** As run-backup.ts, of a deployment on NATS and Redis: backed up while its nodes serve, restored in turn into another deployment and into a directory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seedRng } from '../../base/rng.ts';
import { CrashChannels } from '../crash/crash-channels.ts';
import { CrashLoad } from '../crash/crash-load.ts';
import { Promised } from '../crash/promised.ts';
import { awakeZones, parsed, writeCrashPolicy } from '../crash/run-crash.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import { startAttune } from './attune-command.ts';
import { BackupServers } from './backup-servers.ts';
import { type CheckedBackup, checkRestored, type RestorePlace, restoreDirectory } from './check-restored.ts';
import { type BackupReport, type BackupRunPlan, backupReportOf } from './run-backup.ts';

/** What becomes of a node in a round; the kinds take turns, and each is restored into both. */
const KINDS = ['running', 'node killed'] as const;
type Kind = (typeof KINDS)[number];

const NODES = 2;
const WINDOW_SECONDS = 6;
const FIRST = 'first';

export async function runBackupsOfCluster(plan: BackupRunPlan): Promise<BackupReport> {
  const { rounds, seed, directory, progress, mutant } = plan;
  const rng = seedRng(seed, 0xbac);
  const files = strictShopFiles({ windowSeconds: WINDOW_SECONDS });
  const policy = parsed(files);
  const policyDir = join(directory, 'policy');
  writeCrashPolicy(policyDir, files);
  const servers = new BackupServers(directory, policyDir);
  const promised = new Promised();
  const zones = awakeZones(Date.now());
  const kept: { readonly kind: Kind; readonly backup: string; readonly before: Promised }[] = [];
  const damaged: string[] = [];
  let secondsMax = 0;
  try {
    await servers.start();
    const nodes = [await servers.startNode(FIRST)];
    while (nodes.length < NODES) nodes.push(await servers.startNode(FIRST));
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const load = new CrashLoad(addresses, rng.fork('load'), zones, promised);
    const channels = new CrashChannels(addresses, rng.fork('channels'), promised);
    load.start();
    for (let round = 0; round < rounds; round++) {
      const kind = KINDS[Math.floor(round / 2) % KINDS.length] ?? 'running';
      await pause(1_500 + rng.intBelow(1_500));
      const backup = join(directory, `backup-${round}`);
      let before = promised.soFar();
      const began = performance.now();
      const args = [...servers.flagsOf(FIRST), '--secret-keys', servers.keys];
      const running = startAttune(['backup', backup, ...args]);
      const node = nodes[rng.intBelow(NODES)];
      if (kind === 'node killed' && node !== undefined) await servers.killAndStart(FIRST, node);
      const { code, output } = await running.ended;
      secondsMax = Math.max(secondsMax, (performance.now() - began) / 1_000);
      if (mutant === 'late promise') before = promised.soFar();
      if (code === 0) kept.push({ kind, backup, before });
      else damaged.push(`attune backup (${kind}) ended with ${code}: ${output}`);
    }
    // What is made now is in no backup; a service that goes on from one must not name anything like it.
    await pause(1_500);
    await load.stop();
    await channels.stop();
    for (const node of nodes) await servers.stopNode(node);
    const found: CheckedBackup[] = [];
    for (const [done, { kind, backup, before }] of kept.entries()) {
      progress(done);
      const context = { policy, policyDir, zones, promised, before, mutant, rng: rng.fork(`round ${done}`) };
      const place: RestorePlace =
        done % 2 === 0
          ? servers.restoreDeployment(`again-${done}`)
          : restoreDirectory(join(directory, `restored-${done}`), context);
      const restored = await checkRestored(backup, place, context);
      found.push({ ...restored, damaged: restored.damaged.map((sentence) => `${kind}: ${sentence}`) });
      rmSync(backup, { recursive: true, force: true });
    }
    return backupReportOf({
      ...{ rounds, promised, found, damaged, cutShort: 0, secondsMax },
      restored: Object.fromEntries(
        KINDS.map((kind) => [kind, kept.filter((each) => each.kind === kind).length]),
      ),
      failed: [...load.failed, ...channels.failed],
    });
  } finally {
    await servers.abort();
  }
}
