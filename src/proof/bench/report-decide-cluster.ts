import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKeysText } from '../../node/secret-keys-file.ts';
import { createCatalog } from '../../world/catalog.ts';
import { startNatsServer } from '../servers/nats-server.ts';
import { startRedisServer } from '../servers/redis-server.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import { benchDecideCluster, type DecideClusterSides } from './bench-decide-cluster.ts';
import { BENCH_PLACEMENT } from './bench-policy.ts';
import { DECIDE, decideBodies } from './decide-bodies.ts';
import { sampleReplies, startEchoOf, typical } from './echo-child.ts';
import type { MeasuredChild } from './measured-child.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { explainedOf, SECONDS_MAX, WARM_SECONDS } from './report-decide.ts';
import { sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents, shopEvents } from './shop-setup.ts';
import { startTarget, type Target, writeBenchPolicy } from './target.ts';

/** What NATS sets aside for each of the 64 logs. */
const LOG_BYTES = '48MiB';

/**
 * Starts NATS and a Redis, fills a node that uses them and one that has a directory with the same customers, starts both anew, and measures them
 * beside an echo. The node and the echo are on one core; the servers take what is free.
 */
export async function decideClusterReport(setting: BenchSetting): Promise<BenchReport> {
  const { core, customers, seed, progress, directory } = setting;
  const policyDir = join(directory, 'policy');
  writeBenchPolicy(policyDir);
  const children: MeasuredChild[] = [];
  const servers: ServerProcess[] = [];
  const child = async <T extends MeasuredChild>(starting: Promise<T>): Promise<T> => kept(children, starting);
  try {
    const folder = (name: string): string => {
      mkdirSync(join(directory, name));
      return join(directory, name);
    };
    const nats = await kept(servers, startNatsServer({ directory: folder('nats') }));
    const redis = await kept(servers, startRedisServer({ directory: folder('redis') }));
    const keys = join(directory, 'keys.txt');
    writeFileSync(keys, newKeysText(), { mode: 0o600 });
    const plain = { dataDir: join(directory, 'data'), policyDir, core };
    const flags = [
      ...['--store', 'cluster', '--nats', nats.address, '--redis', `127.0.0.1:${redis.port}`],
      ...['--secret-keys', keys, '--shard-log-bytes', LOG_BYTES],
    ];
    const startDirectory = (): Promise<Target> => child(startTarget(plain));
    const startNode = (): Promise<Target> =>
      child(startTarget({ ...plain, dataDir: join(directory, 'unused'), flags }));
    const now = Date.now();
    for (const start of [startDirectory, startNode]) {
      progress(`publishing three weeks of ${customers} customers to one of the two nodes`);
      const filled = await start();
      await sendCatalog(filled.port, createCatalog(seed));
      await sendEvents(filled.port, shopEvents(seed, customers, now));
      await filled.stop();
    }
    const node = await startNode();
    const sides = { node, directory: await startDirectory(), servers: { nats, redis } };
    const bodies = decideBodies(seed, customers, BENCH_PLACEMENT);
    const replies = await sampleReplies(node, bodies);
    const explained = await explainedOf(node, replies);
    const echo = await child(startEchoOf(replies, core));
    await warmUp({ ...sides, echo }, bodies.unary, progress);
    const { figures, laws } = await benchDecideCluster(
      { ...sides, echo },
      { ...setting, rounds: setting.runs, secondsMax: SECONDS_MAX, bodies },
    );
    return {
      bench: 'decide --cluster',
      figures: { ...figures, replyBytes: typical(replies).length, customers, ...explained },
      laws,
      notMeasured: [
        'servers on machines of their own, several replicas, TLS',
        'several nodes: what another one sends on costs both (see docs/cluster.md)',
        'the echo runs as grpc-js comes, without flags; its protobuf is protobuf-es',
      ],
    };
  } finally {
    for (const one of children) await one.stop();
    for (const server of servers) await server.stop();
  }
}

async function kept<A, T extends A>(all: A[], starting: Promise<T>): Promise<T> {
  const one = await starting;
  all.push(one);
  return one;
}

async function warmUp(
  { node, directory, echo }: DecideClusterSides,
  nextBody: (i: number) => Buffer,
  progress: (text: string) => void,
): Promise<void> {
  progress('warming up');
  const warm = {
    connections: 1,
    inFlight: 64,
    warmSeconds: 0.5,
    seconds: WARM_SECONDS,
    path: DECIDE,
    nextBody,
  };
  for (const side of [node, directory, echo]) await sampleUnary(side, warm);
}
