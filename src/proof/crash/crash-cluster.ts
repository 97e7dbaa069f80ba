/** A deployment of several nodes on one NATS and one Redis, each of them a process that is killed, stopped and started again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Rng } from '../../base/rng.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { clusterSettingsOf } from '../../node/cluster-settings.ts';
import { openClusterStores } from '../../node/open-cluster-stores.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { newKeysText } from '../../node/secret-keys-file.ts';
import type { Stores } from '../../node/stores.ts';
import { startTarget, type Target } from '../bench/target.ts';
import { freePort } from '../interop/free-port.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts';
import { standStill } from '../servers/stand-still.ts';

export const CLUSTER_SHARDS = 8;
const NODES = 3;
/** Longer than a lease, so that some are taken for dead and come back. */
const STANDSTILL_MS_MAX = 7_000;
const AWAY_MS_MAX = 3_000;

/** What becomes of a process. */
export type Blow =
  | 'node killed'
  | 'node stood still'
  | 'node ended'
  | 'nats killed'
  | 'redis killed'
  | 'redis cleared';

/** How often each comes, in twenty. */
const BLOWS: readonly (readonly [Blow, number])[] = [
  ['node killed', 10],
  ['node stood still', 4],
  ['node ended', 2],
  ['nats killed', 2],
  ['redis killed', 1],
  ['redis cleared', 1],
];

interface Member {
  readonly port: number;
  target: Target;
}

export class CrashCluster {
  readonly #directory: string;
  readonly #policyDir: string;
  #nats: NatsServer | undefined;
  #redis: RedisServer | undefined;
  readonly #members: Member[] = [];
  restarts = 0;
  readonly blows = new Map<Blow, number>();

  constructor(directory: string, policyDir: string) {
    this.#directory = directory;
    this.#policyDir = policyDir;
  }

  get addresses(): readonly string[] {
    return this.#members.map(({ port }) => `127.0.0.1:${port}`);
  }

  async start(): Promise<void> {
    for (const name of ['nats', 'redis']) mkdirSync(join(this.#directory, name));
    writeFileSync(join(this.#directory, 'keys'), newKeysText(), { mode: 0o600 });
    this.#nats = await startNatsServer({ directory: join(this.#directory, 'nats') });
    this.#redis = await startRedisServer({ directory: join(this.#directory, 'redis') });
    for (let node = 0; node < NODES; node++) {
      const port = await freePort();
      this.#members.push({ port, target: await this.#startNode(port) });
    }
  }

  /** Resolves once what was struck is up again. */
  async strike(rng: Rng): Promise<void> {
    const blow = blowOf(rng.intBelow(20));
    this.blows.set(blow, (this.blows.get(blow) ?? 0) + 1);
    const member = this.#members[rng.intBelow(NODES)] as Member;
    const away = rng.intBelow(AWAY_MS_MAX);
    switch (blow) {
      case 'node killed':
      case 'node ended':
        await member.target.stop(blow === 'node killed' ? 'SIGKILL' : 'SIGTERM');
        await pause(away);
        member.target = await this.#startNode(member.port);
        break;
      case 'node stood still':
        await standStill({
          pid: member.target.pid,
          kill: (signal) => process.kill(member.target.pid, signal),
        });
        await pause(rng.intBelow(STANDSTILL_MS_MAX));
        process.kill(member.target.pid, 'SIGCONT');
        return;
      case 'nats killed': {
        const { port } = this.#nats as NatsServer;
        await killed(this.#nats as NatsServer);
        await pause(away);
        this.#nats = await startNatsServer({ directory: join(this.#directory, 'nats'), port });
        break;
      }
      case 'redis cleared': {
        const { host, port } = this.#redis as RedisServer;
        const direct = new Redis({ host, port });
        await direct.flushall();
        direct.disconnect();
        return;
      }
      case 'redis killed': {
        const { port } = this.#redis as RedisServer;
        await killed(this.#redis as RedisServer);
        await pause(away);
        this.#redis = await startRedisServer({ directory: join(this.#directory, 'redis'), port });
        break;
      }
    }
    this.restarts++;
  }

  /** What the nodes printed last. */
  get said(): string {
    return this.#members.map(({ target }, at) => `node ${at}:\n${target.output().slice(-3_000)}`).join('\n');
  }

  /** A clean end of every node; the stores that they leave. */
  async stopNodes(): Promise<Stores> {
    for (const { target } of this.#members) {
      const code = await target.stop();
      if (code !== 0) throw new Error(`a node ended with ${code}:\n${target.output().slice(-4_000)}`);
    }
    const read = readOptions(SERVE_OPTIONS, { flags: this.#stores, env: {} });
    if (!read.ok) throw new Error(read.error.join(' '));
    return openClusterStores(clusterSettingsOf(read.value), quietObserver, Date.now);
  }

  /** Ends all of it, whatever it does. */
  async abort(): Promise<void> {
    for (const { target } of this.#members) await target.stop('SIGKILL').catch(() => {});
    for (const server of [this.#nats, this.#redis]) if (server !== undefined) await killed(server);
  }

  get #stores(): Record<string, string> {
    const { host, port } = this.#redis as RedisServer;
    return {
      ...{ store: 'cluster', nats: (this.#nats as NatsServer).address, redis: `${host}:${port}` },
      ...{
        shards: String(CLUSTER_SHARDS),
        shardLogBytes: '64MiB',
        secretKeys: join(this.#directory, 'keys'),
      },
    };
  }

  #startNode(port: number): Promise<Target> {
    const { store, nats, redis, shards, shardLogBytes, secretKeys } = this.#stores;
    return startTarget({
      dataDir: join(this.#directory, 'unused'),
      policyDir: this.#policyDir,
      core: undefined,
      flags: [
        ...['--store', store, '--nats', nats, '--redis', redis, '--shards', shards],
        ...['--shard-log-bytes', shardLogBytes, '--secret-keys', secretKeys],
        // Small bounds, so that saving, dropping and archiving go on all the time.
        ...['--snapshot-every', '250ms', '--hot-log-keep', '1m', '--resident-bytes-max', '1MiB'],
        ...['--listen', `127.0.0.1:${port}`],
      ] as string[],
    });
  }
}

async function killed(server: NatsServer | RedisServer): Promise<void> {
  server.signal('SIGKILL');
  await server.ended;
}

function blowOf(draw: number): Blow {
  let left = draw;
  for (const [blow, often] of BLOWS) {
    if (left < often) return blow;
    left -= often;
  }
  throw new Error(`no blow has ${draw}`);
}
