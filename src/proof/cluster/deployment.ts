/**
 * NATS, a Redis and nodes of Attune that share them, as processes of their own on loopback. Owned by the show.
 *
 * I1  After `abort` no process of it is left, whatever was being started.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKeysText } from '../../node/secret-keys-file.ts';
import { MODELS, SERVICE_FLAGS } from '../bench/target.ts';
import { freePort } from '../interop/free-port.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
const LOG_BYTES = '16MiB';

interface Stoppable extends Pick<ServerProcess, 'signal' | 'ended' | 'stop'> {}

export class Deployment {
  readonly #directory: string;
  readonly #shards: number;
  readonly #starting = new Set<Promise<Stoppable>>();
  readonly #running = new Set<Stoppable>();
  readonly #nodes: (ServerProcess | undefined)[];
  #nats: NatsServer | undefined;
  #redis: RedisServer | undefined;
  #addresses: readonly string[] = [];
  #isAborted = false;

  /** `directory`: empty. */
  constructor(directory: string, { nodes, shards }: { readonly nodes: number; readonly shards: number }) {
    this.#directory = directory;
    this.#shards = shards;
    this.#nodes = Array.from({ length: nodes }, () => undefined);
  }

  /** Of the nodes, where they are or will be, `host:port`. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get natsAddress(): string {
    return this.#nats?.address ?? '';
  }

  get redisAddress(): string {
    return `127.0.0.1:${this.#redis?.port}`;
  }

  /** Throws ClientMissing where a server cannot be had, and Error with the last words of one that does not start. */
  async startServers(): Promise<void> {
    const folder = (name: string): string => {
      const path = join(this.#directory, name);
      mkdirSync(path);
      return path;
    };
    [this.#nats, this.#redis] = await Promise.all([
      this.#start(startNatsServer({ directory: folder('nats') })),
      this.#start(startRedisServer({ directory: folder('redis') })),
    ]);
    writeFileSync(this.#keysFile, newKeysText(), { mode: 0o600 });
    // Nodes keep their addresses when they come back.
    this.#addresses = await Promise.all(this.#nodes.map(async () => `127.0.0.1:${await freePort()}`));
  }

  /** Resolves when it is a member, and takes calls. */
  async startNode(place: number): Promise<void> {
    const flags = {
      ...{ '--listen': this.#addresses[place] ?? '', '--store': 'cluster', '--nats': this.natsAddress },
      ...{ '--redis': this.redisAddress, '--secret-keys': this.#keysFile, '--shards': String(this.#shards) },
      ...{ '--shard-log-bytes': LOG_BYTES, '--policy-dir': POLICY, '--models-dir': MODELS },
    };
    const args = [...SERVICE_FLAGS, '--disable-warning=DEP0123', MAIN, 'serve', '--no-metrics'];
    this.#nodes[place] = await this.#start(
      startServer(
        process.execPath,
        [...args, ...Object.entries(flags).flat()],
        (said) => (said.includes('attune listens on') ? true : undefined),
        withoutSettings(process.env),
      ),
    );
  }

  /** SIGKILL; resolves when it is dead. */
  async killNode(place: number): Promise<void> {
    const node = this.#nodes[place];
    node?.signal('SIGKILL');
    await node?.ended;
  }

  /** Ends the nodes as an operator would; the servers go on. */
  async stopNodes(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node?.stop()));
  }

  /** I1 */
  async abort(): Promise<void> {
    this.#isAborted = true;
    await Promise.allSettled(this.#starting);
    const running = [...this.#running];
    for (const one of running) one.signal('SIGKILL');
    await Promise.allSettled(running.map(({ ended }) => ended));
  }

  get #keysFile(): string {
    return join(this.#directory, 'keys.txt');
  }

  async #start<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    this.#starting.add(starting);
    try {
      const started = await starting;
      this.#running.add(started);
      void started.ended.finally(() => this.#running.delete(started));
      if (this.#isAborted) throw new Error('the show was ended while it was starting');
      return started;
    } finally {
      this.#starting.delete(starting);
    }
  }
}

/** Without what the user of this machine has set for a service of their own. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ATTUNE_')));
}
