/**
 * A deployment on which failures are played: one nats-server or three, a Redis and nodes, each a process of its own, and a way between any two that can be cut. Owned by the
 * proof.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NatsDoor, type Speaker } from '../../adapter/nats/nats-door.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { clusterSettingsOf } from '../../node/cluster-settings.ts';
import { openClusterStores } from '../../node/open-cluster-stores.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { newKeysText } from '../../node/secret-keys-file.ts';
import type { Stores } from '../../node/stores.ts';
import { startTarget, type Target } from '../bench/target.ts';
import { ShardOwners } from '../cluster/shard-owners.ts';
import { freePort } from '../interop/free-port.ts';
import { natsClusterPlans } from '../servers/nats-cluster.ts';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../servers/nats-server.ts';
import { NetworkWay } from '../servers/network-way.ts';
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts';
import { standStill } from '../servers/stand-still.ts';

export const STAGE_SHARDS = 8;
/** After a failure is over, until every shard is served where the map wants it and answers. */
const SETTLED_MS_MAX = 90_000;
const LOOK_MS = 50;
const ANSWER_MS = 5_000;

export interface FaultStagePlan {
  /** Empty. */
  readonly directory: string;
  readonly policyDir: string;
  /** Of NATS; with 3 every stream has three replicas. */
  readonly servers: 1 | 3;
  readonly nodes: number;
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  /** Further flags of node. */
  readonly nodeFlags?: readonly string[];
  /** Further lines of the configuration of NATS. */
  readonly natsSettings?: readonly string[];
}

export interface StagedNode {
  readonly place: number;
  /** Where it listens. Clients are here; other nodes come by `fromNodes`. */
  readonly port: number;
  readonly toNats: readonly NetworkWay[];
  readonly toRedis: NetworkWay;
  readonly fromNodes: NetworkWay;
  /** Undefined: it is not running. */
  target: Target | undefined;
}

interface StagedNats {
  readonly plan: NatsServerOptions;
  server: NatsServer;
}

export class FaultStage {
  readonly plan: FaultStagePlan;
  readonly nodes: StagedNode[] = [];
  readonly nats: StagedNats[] = [];
  #redis: RedisServer | undefined;
  #owners: ShardOwners | undefined;
  #watcher: AttuneClient | undefined;
  #watching: Promise<void> | undefined;

  constructor(plan: FaultStagePlan) {
    this.plan = plan;
  }

  /** Where clients reach the nodes, running or not. */
  get addresses(): readonly string[] {
    return this.nodes.map(({ port }) => `127.0.0.1:${port}`);
  }

  get redis(): RedisServer {
    if (this.#redis === undefined) throw new Error('Redis was not started');
    return this.#redis;
  }

  get redisDirectory(): string {
    return join(this.plan.directory, 'redis');
  }

  async start(): Promise<void> {
    const { directory, servers, nodes, natsSettings = [] } = this.plan;
    mkdirSync(this.redisDirectory);
    writeFileSync(this.#keysFile, newKeysText(), { mode: 0o600 });
    for (const plan of await this.#natsPlans()) {
      const whole = { ...plan, settings: [...(plan.settings ?? []), ...natsSettings] };
      this.nats.push({ plan: whole, server: await startNatsServer(whole) });
    }
    this.#redis = await startRedisServer({ directory: this.redisDirectory });
    if (servers === 3) await this.#natsAnswers();
    mkdirSync(join(directory, 'unused'));
    for (let place = 0; place < nodes; place++) await this.addNode();
    this.#watcher = connect(this.addresses);
    this.#owners = new ShardOwners(this.#watcher);
    this.#watching = this.#owners.watch();
    this.#watching.catch(() => {});
  }

  /** A further node. */
  async addNode(): Promise<StagedNode> {
    const node: StagedNode = {
      place: this.nodes.length,
      port: await freePort(),
      toNats: await Promise.all(this.nats.map(({ server }) => NetworkWay.start(server.port))),
      toRedis: await NetworkWay.start(this.redis.port),
      fromNodes: await NetworkWay.start(0),
      target: undefined,
    };
    node.fromNodes.lead(node.port);
    this.nodes.push(node);
    await this.startNode(node);
    return node;
  }

  /** Resolves when it takes calls. */
  async startNode(node: StagedNode): Promise<void> {
    const { directory, policyDir, flags = [], nodeFlags = [] } = this.plan;
    node.target = await startTarget({
      ...{ dataDir: join(directory, 'unused'), policyDir, core: undefined, nodeFlags },
      flags: [
        ...this.#flagsFor(node.toNats.map(({ address }) => address).join(','), node.toRedis.address),
        // Small bounds, so that saving, dropping and archiving go on all the time.
        ...['--snapshot-every', '250ms', '--hot-log-keep', '1m', '--resident-bytes-max', '1MiB'],
        ...['--listen', `127.0.0.1:${node.port}`, '--advertise', node.fromNodes.address],
        ...flags,
      ],
    });
  }

  /** Resolves when it has ended. */
  async endNode(node: StagedNode, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { target } = node;
    node.target = undefined;
    const code = await target?.stop(signal);
    if (signal === 'SIGTERM' && code !== 0)
      throw new Error(`node ${node.place} ended with ${code}:\n${target?.output().slice(-4_000)}`);
  }

  /** SIGSTOP, until `goOn`. */
  async stopNode({ target }: StagedNode): Promise<void> {
    if (target !== undefined)
      await standStill({ pid: target.pid, kill: (signal) => process.kill(target.pid, signal) });
  }

  goOn({ target }: StagedNode): void {
    if (target !== undefined) process.kill(target.pid, 'SIGCONT');
  }

  async endNats(at: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { server } = this.#natsAt(at);
    server.signal(signal);
    await server.ended;
  }

  async startNats(at: number): Promise<void> {
    const staged = this.#natsAt(at);
    staged.server = await startNatsServer({ ...staged.plan, port: staged.server.port });
  }

  async endRedis(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.redis.signal(signal);
    await this.redis.ended;
  }

  async startRedis(): Promise<void> {
    this.#redis = await startRedisServer({ directory: this.redisDirectory, port: this.redis.port });
  }

  /** Asks NATS as an operator would. */
  async asNatsOperator<T>(ask: (manager: Speaker['manager']) => Promise<T>): Promise<T> {
    const door = new NatsDoor({
      ...{
        servers: this.nats.map(({ server }) => server.address),
        name: 'operator',
        steadyMs: () => performance.now(),
      },
      ...{ dialMs: ANSWER_MS, redialMs: LOOK_MS, answerMs: ANSWER_MS },
    });
    try {
      return await door.ask('an operator', ({ manager }) => ask(manager));
    } finally {
      await door.close();
    }
  }

  /** The place of the server that leads a stream; of one server it is that one. */
  async leaderOf(stream: string): Promise<number> {
    if (this.nats.length === 1) return 0;
    const info = await this.asNatsOperator((manager) => manager.streams.info(stream));
    const at = Number(/^n(\d)$/.exec(info.cluster?.leader ?? '')?.[1]);
    if (!Number.isInteger(at)) throw new Error(`nobody leads ${stream}`);
    return at;
  }

  /** Shards that a node serves, as a living node sees it. */
  shardsOf(node: StagedNode): number[] {
    return this.#owners?.shardsOf(node.fromNodes.address) ?? [];
  }

  /** Resolves when the running nodes have all shards, each its part. Throws Error when it is not so in time. */
  async settled(): Promise<void> {
    const end = performance.now() + SETTLED_MS_MAX;
    for (;;) {
      const counts = this.nodes
        .filter(({ target }) => target !== undefined)
        .map((node) => this.shardsOf(node).length);
      const sum = counts.reduce((all, count) => all + count, 0);
      if (sum === STAGE_SHARDS && Math.max(...counts) - Math.min(...counts) <= 1) return;
      if (performance.now() > end)
        throw new Error(`after ${SETTLED_MS_MAX} ms the nodes have ${counts.join(', ')} shards`);
      await pause(LOOK_MS);
    }
  }

  /** What the nodes printed last. */
  get said(): string {
    return this.nodes
      .map(({ place, target }) => `node ${place}:\n${target?.output().slice(-3_000)}`)
      .join('\n');
  }

  /** A clean end of every node; the stores that they leave. */
  async stopNodes(): Promise<Stores> {
    this.#owners?.stop();
    for (const node of this.nodes) if (node.target !== undefined) await this.endNode(node, 'SIGTERM');
    this.#watcher?.close();
    await this.#watching?.catch(() => {});
    const flags = this.#settings(
      this.nats.map(({ server }) => server.address).join(','),
      `127.0.0.1:${this.redis.port}`,
    );
    const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
    if (!read.ok) throw new Error(read.error.join(' '));
    return openClusterStores(clusterSettingsOf(read.value), quietObserver, Date.now);
  }

  /** Ends all of it, whatever it does. */
  async abort(): Promise<void> {
    this.#owners?.stop();
    this.#watcher?.close();
    for (const node of this.nodes) await this.endNode(node, 'SIGKILL').catch(() => {});
    for (const { fromNodes, toNats, toRedis } of this.nodes)
      for (const way of [fromNodes, toRedis, ...toNats]) way.close();
    for (const server of [...this.nats.map((nats) => nats.server), this.#redis]) {
      server?.signal('SIGKILL');
      await server?.ended;
    }
  }

  get #keysFile(): string {
    return join(this.plan.directory, 'keys');
  }

  #natsAt(at: number): StagedNats {
    return this.nats[at] as StagedNats;
  }

  async #natsPlans(): Promise<readonly NatsServerOptions[]> {
    const { directory, servers } = this.plan;
    if (servers > 1) return natsClusterPlans(directory, servers);
    const own = join(directory, 'nats');
    mkdirSync(own);
    return [{ directory: own }];
  }

  async #natsAnswers(): Promise<void> {
    const end = performance.now() + SETTLED_MS_MAX;
    for (;;)
      try {
        await this.asNatsOperator((manager) => manager.getAccountInfo());
        return;
      } catch (fault) {
        if (performance.now() > end) throw fault;
        await pause(LOOK_MS);
      }
  }

  #settings(nats: string, redis: string): Record<string, string> {
    return {
      ...{ store: 'cluster', nats, redis, shards: String(STAGE_SHARDS), shardLogBytes: '64MiB' },
      ...{ natsReplicas: String(this.plan.servers), secretKeys: this.#keysFile },
    };
  }

  #flagsFor(nats: string, redis: string): string[] {
    return Object.entries(this.#settings(nats, redis)).flatMap(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      value,
    ]);
  }
}
