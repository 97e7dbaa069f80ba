import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyStores } from '../../audit/verify.ts';
import { seedRng } from '../../base/rng.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import { checkStores } from './check-log.ts';
import { CrashChannels } from './crash-channels.ts';
import { CLUSTER_SHARDS, CrashCluster } from './crash-cluster.ts';
import { CrashDesk } from './crash-desk.ts';
import { CrashLoad } from './crash-load.ts';
import { Promised } from './promised.ts';
import {
  awakeZones,
  type CrashPlan,
  type CrashReport,
  endFaults,
  parsed,
  REST_MS,
  reportOf,
  TIMER_MS_MAX,
  WINDOW_SECONDS,
  writeCrashPolicy,
} from './run-crash.ts';

/** Between two blows: some come while a takeover is under way. */
const BETWEEN_MS_MAX = 5_000;

/** As `runCrash`, of three nodes on NATS and Redis: nodes and servers are killed, stopped and started again. */
export async function runCrashCluster({ kills, seed, directory, progress }: CrashPlan): Promise<CrashReport> {
  const rng = seedRng(seed, 0xc1);
  const files = strictShopFiles({ windowSeconds: WINDOW_SECONDS, isWhole: true });
  const policyDir = join(directory, 'policy');
  writeCrashPolicy(policyDir, files);
  const cluster = new CrashCluster(directory, policyDir);
  const promised = new Promised();
  try {
    await cluster.start();
    const { addresses } = cluster;
    const zones = awakeZones(Date.now());
    const load = new CrashLoad(addresses, rng.fork('load'), zones, promised);
    const channels = new CrashChannels(addresses, rng.fork('channels'), promised);
    const desk = new CrashDesk(addresses, rng.fork('desk'), zones, promised, 'd');
    load.start();
    desk.start();
    for (let kill = 1; kill <= kills; kill++) {
      if (kill === kills) channels.isForgetful = false;
      await pause(rng.intBelow(BETWEEN_MS_MAX));
      await cluster.strike(rng);
      progress(kill);
    }
    await Promise.all([load.stop(), desk.stop()]);
    await pause(REST_MS);
    await desk.checkEnds();
    const atEnd = await endFaults(addresses, promised, channels);
    await channels.stop();
    const endedAt = Date.now() - TIMER_MS_MAX;
    const stores = await cluster.stopNodes();
    try {
      return reportOf({
        ...{ load, desk, channels, promised, atEnd },
        found: await checkStores({ stores, shards: CLUSTER_SHARDS }, parsed(files), promised, endedAt),
        verified: await verifyStores(stores, { shards: CLUSTER_SHARDS }),
        points: cluster.blows,
        restarts: cluster.restarts,
      });
    } finally {
      await stores.close();
    }
  } catch (fault) {
    process.stderr.write(`${cluster.said}\n`);
    throw fault;
  } finally {
    await cluster.abort();
  }
}
