/** Failures of NATS and Redis as processes, and of what Redis has kept. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Fault, type Measures, ONE_SERVER, type Play, THREE_SERVERS } from './fault.ts';
import { waitedSince } from './probe-waits.ts';
import { type FaultStage, STAGE_SHARDS } from './stage.ts';

const AWAY_MS = 3_000;
/** Until the others have chosen another leader; what the one that stood still believes then is old. */
const STANDS_STILL_MS = 12_000;
/** That Redis loses. */
const LOST_MS = 5_000;
const NEW_LEADER_MS_MAX = 10_000;
const CURRENT_MS_MAX = 60_000;
const LOOK_MS = 250;

const LOG = 'attune-log-0';
const LEASES = 'KV_attune-members';

const NATS_FAULTS: readonly Fault[] = [
  ...(
    [
      ['a log', LOG],
      ['the leases', LEASES],
    ] as const
  ).flatMap(([of, stream]): Fault[] => [
    {
      name: `leader of ${of} killed`,
      does: `SIGKILL to the server of three that leads ${of}; it is started again once every shard answers.`,
      stage: THREE_SERVERS,
      bounds: { unavailableMsMax: NEW_LEADER_MS_MAX, measures: { keptErrors: 0 } },
      async play(play) {
        const { stage, probe } = play;
        const at = await stage.leaderOf(stream);
        const kept = await keptBy(stage, at);
        const from = performance.now();
        await stage.endNats(at, 'SIGKILL');
        await probe.answered(everyShard(), from);
        const ofKept = waitedSince(
          probe.asked.filter(({ shard }) => kept.has(shard)),
          from,
        );
        await stage.startNats(at);
        await allCurrent(stage);
        return { keptShards: kept.size, keptErrors: ofKept.errors, keptMsMax: ofKept.unavailableMsMax };
      },
    },
    {
      name: `leader of ${of} stands still`,
      does: `SIGSTOP to the server of three that leads ${of}, until the others have another leader, and SIGCONT.`,
      stage: THREE_SERVERS,
      bounds: {},
      async play({ stage }) {
        const { server } = stage.nats[await stage.leaderOf(stream)] as FaultStage['nats'][number];
        await server.standStill();
        await pause(STANDS_STILL_MS);
        server.signal('SIGCONT');
        await allCurrent(stage);
        return undefined;
      },
    },
  ]),
  {
    name: 'NATS restarted in turn',
    does: 'SIGTERM to each of three servers and a start again, the next one once all copies are whole.',
    stage: THREE_SERVERS,
    bounds: { unavailableMsMax: NEW_LEADER_MS_MAX },
    async play({ stage }) {
      for (const at of stage.nats.keys()) {
        await stage.endNats(at, 'SIGTERM');
        await stage.startNats(at);
        await allCurrent(stage);
      }
      return undefined;
    },
  },
  {
    name: 'NATS killed',
    does: 'SIGKILL to the only server of NATS; it is started again.',
    stage: ONE_SERVER,
    bounds: {},
    play: ({ stage }) =>
      restarted(
        () => stage.endNats(0, 'SIGKILL'),
        () => stage.startNats(0),
      ),
  },
];

const REDIS_FAULTS: readonly Fault[] = [
  ...(['SIGKILL', 'SIGTERM'] as const).map(
    (signal): Fault => ({
      name: signal === 'SIGKILL' ? 'Redis killed' : 'Redis restarted',
      does: `${signal} to Redis, and a start again.`,
      stage: ONE_SERVER,
      bounds: {},
      play: ({ stage }) =>
        restarted(
          () => stage.endRedis(signal),
          () => stage.startRedis(),
        ),
    }),
  ),
  {
    name: 'Redis cleared',
    does: 'FLUSHALL.',
    stage: ONE_SERVER,
    bounds: {},
    async play({ stage: { redis } }) {
      const direct = new Redis({ host: redis.host, port: redis.port });
      await direct.flushall();
      direct.disconnect();
      return undefined;
    },
  },
  {
    name: 'Redis restored from an older file',
    does: `SIGKILL to Redis, and a start with the append-only file of ${LOST_MS / 1_000} s before.`,
    stage: ONE_SERVER,
    bounds: {},
    async play({ stage }) {
      const older = join(stage.plan.directory, 'redis-older');
      cpSync(stage.redisDirectory, older, { recursive: true });
      await pause(LOST_MS);
      await stage.endRedis('SIGKILL');
      rmSync(stage.redisDirectory, { recursive: true });
      cpSync(older, stage.redisDirectory, { recursive: true });
      await stage.startRedis();
      return undefined;
    },
  },
];

export const SERVER_FAULTS: readonly Fault[] = [...NATS_FAULTS, ...REDIS_FAULTS];

async function restarted(
  end: () => Promise<void>,
  start: () => Promise<void>,
): Promise<Measures | undefined> {
  await end();
  await pause(AWAY_MS);
  await start();
  return undefined;
}

/** Shards whose log another server leads. */
async function keptBy(stage: Play['stage'], at: number): Promise<ReadonlySet<number>> {
  const leaders = await Promise.all(everyShard().map((shard) => stage.leaderOf(`attune-log-${shard}`)));
  return new Set(everyShard().filter((shard) => leaders[shard] !== at));
}

/** Resolves when every stream has a leader and all of its copies. Throws Error when it is not so in time. */
async function allCurrent(stage: Play['stage']): Promise<void> {
  const end = performance.now() + CURRENT_MS_MAX;
  for (;;) {
    const behind = await stage
      .asNatsOperator(async (manager) => {
        const names: string[] = [];
        for await (const { config, cluster } of manager.streams.list())
          if (
            !cluster?.leader ||
            (cluster.replicas ?? []).some(({ current, offline }) => !current || offline)
          )
            names.push(config.name);
        return names;
      })
      .catch((fault: unknown) => [String(fault)]);
    if (behind.length === 0) return;
    if (performance.now() > end) throw new Error(`without all of their copies: ${behind.join(', ')}`);
    await pause(LOOK_MS);
  }
}

function everyShard(): number[] {
  return Array.from({ length: STAGE_SHARDS }, (_, shard) => shard);
}
