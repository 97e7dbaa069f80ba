/** A NATS and a Redis, and nodes of deployments on them, each a process that is ended or killed by itself. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDeployment } from '../../audit/verify.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { settingsToRead } from '../../node/deployment-options.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { readClusterStores } from '../../node/read-cluster-stores.ts';
import { newKeysText } from '../../node/secret-keys-file.ts';
import { startTarget, type Target } from '../bench/target.ts';
import { checkStores } from '../crash/check-log.ts';
import { freePort } from '../interop/free-port.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts';
import type { RestorePlace } from './check-restored.ts';

const SHARDS = 8;
const LOG_BYTES = '16MiB';

export interface BackupNode {
  readonly port: number;
  target: Target;
}

export class BackupServers {
  readonly #directory: string;
  readonly #policyDir: string;
  #nats: NatsServer | undefined;
  #redis: RedisServer | undefined;
  readonly #nodes = new Set<Target>();

  constructor(directory: string, policyDir: string) {
    this.#directory = directory;
    this.#policyDir = policyDir;
  }

  get keys(): string {
    return join(this.#directory, 'keys');
  }

  async start(): Promise<void> {
    for (const name of ['nats', 'redis']) mkdirSync(join(this.#directory, name));
    writeFileSync(this.keys, newKeysText(), { mode: 0o600 });
    this.#nats = await startNatsServer({ directory: join(this.#directory, 'nats') });
    this.#redis = await startRedisServer({ directory: join(this.#directory, 'redis') });
  }

  /** Flags of `attune backup` and `attune restore`. */
  flagsOf(deployment: string): string[] {
    return ['--store', 'cluster', '--nats', (this.#nats as NatsServer).address, '--deployment', deployment];
  }

  async startNode(deployment: string): Promise<BackupNode> {
    const port = await freePort();
    return { port, target: await this.#started(deployment, port) };
  }

  /** As an operator kills it; it comes back at the same port. */
  async killAndStart(deployment: string, node: BackupNode): Promise<void> {
    await this.#ended(node.target, 'SIGKILL');
    node.target = await this.#started(deployment, node.port);
  }

  async stopNode({ target }: BackupNode): Promise<void> {
    const code = await this.#ended(target);
    if (code !== 0) throw new Error(`a node ended with ${code}:\n${target.output().slice(-4_000)}`);
  }

  /** A deployment that is made of a backup. */
  restoreDeployment(deployment: string): RestorePlace {
    let node: BackupNode | undefined;
    return {
      flags: [...this.flagsOf(deployment), '--shard-log-bytes', LOG_BYTES],
      verify: () => verifyDeployment(this.#settings(deployment)),
      check: async (policy, promised) => {
        const { stores, format } = await readClusterStores(
          this.#settings(deployment),
          quietObserver,
          Date.now,
          { withProfiles: false },
        );
        try {
          return await checkStores({ stores, shards: format.shards }, policy, promised, 0);
        } finally {
          await stores.close();
        }
      },
      start: async () => {
        node = await this.startNode(deployment);
        return `127.0.0.1:${node.port}`;
      },
      stop: () => this.stopNode(node as BackupNode),
      abort: async () => {
        if (node !== undefined) await this.#ended(node.target, 'SIGKILL').catch(() => {});
      },
    };
  }

  /** Ends all of it, whatever it does. */
  async abort(): Promise<void> {
    for (const target of [...this.#nodes]) await this.#ended(target, 'SIGKILL').catch(() => {});
    await this.#nats?.stop();
    await this.#redis?.stop();
  }

  #settings(deployment: string) {
    const { host, port } = this.#redis as RedisServer;
    const flags = { store: 'cluster', nats: (this.#nats as NatsServer).address, redis: `${host}:${port}` };
    const read = readOptions(SERVE_OPTIONS, { flags: { ...flags, deployment }, env: {} });
    if (!read.ok) throw new Error(read.error.join(' '));
    return settingsToRead(read.value);
  }

  async #ended(target: Target, signal?: 'SIGKILL'): Promise<number | null> {
    this.#nodes.delete(target);
    return target.stop(signal);
  }

  async #started(deployment: string, port: number): Promise<Target> {
    const { host, port: redisPort } = this.#redis as RedisServer;
    const target = await startTarget({
      dataDir: join(this.#directory, 'unused'),
      policyDir: this.#policyDir,
      core: undefined,
      flags: [
        ...this.flagsOf(deployment),
        ...['--redis', `${host}:${redisPort}`, '--secret-keys', this.keys],
        ...['--shards', String(SHARDS), '--shard-log-bytes', LOG_BYTES],
        // Small bounds, so that saving, dropping, imaging and archiving go on all the time.
        ...['--snapshot-every', '250ms', '--hot-log-keep', '1m', '--image-every', '5s'],
        ...['--resident-bytes-max', '1MiB', '--listen', `127.0.0.1:${port}`],
      ],
    });
    this.#nodes.add(target);
    return target;
  }
}
