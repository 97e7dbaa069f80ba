/** A NATS and a Redis with TLS and the users of deploy/, and nodes on them, for the tests of one file. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { type AttuneClient, connect } from '../client/attune-client.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS } from '../config/options.ts';
import type { Observer } from '../port/observer.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { type Guard, makeGuard } from '../proof/servers/guard.ts';
import { type NatsServer, startNatsServer } from '../proof/servers/nats-server.ts';
import {
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
  TESTS_USER,
} from '../proof/servers/redis-server.ts';
import { isThere, natsServerProgram, redisServerProgram } from '../proof/servers/server-programs.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { Node } from './open-node.ts';
import { quietObserver } from './quiet-observer.ts';
import { newKeysText } from './secret-keys-file.ts';
import { startService } from './serve.ts';

const ROOT = join(import.meta.dirname, '../..');
export const SHARDS = 4;

export interface Served {
  readonly node: Node;
  readonly client: AttuneClient;
  /** As `host:port`. */
  readonly address: string;
  /** Faults that it told, with their causes. */
  readonly said: string[];
  /** What it counted, by name and label. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface ScratchCluster {
  readonly scratch: string;
  readonly guard: Guard;
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  /** Of a deployment of the test's own. */
  deployment(): string;
  settings(change?: Partial<ClusterSettings>): ClusterSettings;
  /** With a key of its own, the same each time. */
  keysFile(name: string): string;
  /** Further Redis of the same users, ended after the test. */
  startRedis(change?: Partial<RedisServerOptions>): Promise<RedisServer>;
  /** As one who may do everything. The caller's to end. */
  direct(server?: RedisServer): Redis;
  /** A node of a deployment with gRPC before it. */
  serve(name: string, change?: Record<string, string>): Promise<Served>;
  /** Ends the node that was served last. */
  end(): Promise<void>;
  /** After the test. */
  later(close: () => Promise<void>): void;
}

const hasServers = (await isThere(natsServerProgram)) && (await isThere(redisServerProgram));

/** Describes tests on servers that are started before them and ended after them. Skipped on a machine without registries; CI can fetch them, so there it fails. */
export function onCluster(tests: (cluster: ScratchCluster) => void): void {
  describe.skipIf(!hasServers)('on nats-server and a Redis', () => tests(scratchCluster()));
}

function scratchCluster(): ScratchCluster {
  let scratch: ScratchDirectory;
  let guard: Guard;
  let nats: NatsServer;
  let redis: RedisServer;
  let deployments = 0;
  const closers: (() => Promise<void>)[] = [];
  const nodes: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    scratch = scratchDirectory();
    guard = await makeGuard(scratch.path);
    nats = await startNatsServer({ directory: scratch.path, guard });
    redis = await startRedisServer({ directory: scratch.path, guard, deployment: 'd*' });
  });
  afterAll(async () => {
    await nats?.stop();
    await redis?.stop();
    scratch?.remove();
  });
  afterEach(async () => {
    for (const close of [...closers.splice(0), ...nodes.splice(0)].reverse()) await close();
  });
  const files = () => ({ credentials: guard.fileOf('attune-node'), ca: guard.ca, cert: '', key: '' });
  const keysFile = (name: string): string => {
    const file = join(scratch.path, `${name}.keys`);
    if (!existsSync(file)) writeFileSync(file, newKeysText(), { mode: 0o600 });
    return file;
  };
  return {
    get scratch() {
      return scratch.path;
    },
    get guard() {
      return guard;
    },
    get nats() {
      return nats;
    },
    get redis() {
      return redis;
    },
    deployment: () => `d${deployments++}`,
    settings: (change = {}) => ({
      ...{ nats: [nats.address], redis: { host: redis.host, port: redis.port }, replicas: 1 },
      ...{ accepted: [], natsAccepted: [], shards: SHARDS, deployment: 'none', logBytesMax: 16 * 2 ** 20 },
      files: { nats: files(), redis: files() },
      ...change,
    }),
    keysFile,
    async startRedis(change = {}) {
      const own = await startRedisServer({
        ...{ directory: scratch.path, guard, deployment: 'd*' },
        ...change,
      });
      closers.push(() => own.stop());
      return own;
    },
    direct: (server = redis) => {
      const direct = new Redis({ port: server.plainPort, username: TESTS_USER, password: '-' });
      direct.on('error', () => {});
      return direct;
    },
    async serve(name, change = {}) {
      const said: string[] = [];
      const fault = (sentence: string, cause?: unknown): void =>
        void said.push(cause instanceof Error ? `${sentence}: ${cause.message}` : sentence);
      const counts = new Map<string, number>();
      const count = (metric: string, by: number, label = ''): void =>
        void counts.set(`${metric} ${label}`, (counts.get(`${metric} ${label}`) ?? 0) + by);
      const observer: Observer = { ...quietObserver, fault, count };
      const flags = {
        ...{ store: 'cluster', nats: nats.address, redis: `${redis.host}:${redis.port}`, deployment: name },
        ...{ natsCreds: guard.fileOf('attune-node'), natsCa: guard.ca },
        ...{ redisCredentials: guard.fileOf('attune-node'), redisCa: guard.ca },
        ...{ listen: '127.0.0.1:0', policyDir: join(ROOT, 'policies/starter'), snapshotEvery: '200ms' },
        ...{ shards: String(SHARDS), shardLogBytes: '16MiB', secretKeys: keysFile(name), ...change },
      };
      const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
      if (!read.ok) throw new Error(read.error.join(' '));
      const parts = { observer, scorer: new BaseRateScorer() };
      const service = await startService(read.value, parts);
      const address = `127.0.0.1:${service.port}`;
      const client = connect(address);
      nodes.push(async () => {
        client.close();
        await service.close();
      });
      return { node: service.node, client, address, said, counts };
    },
    async end() {
      await nodes.pop()?.();
    },
    later: (close) => void closers.push(close),
  };
}
