/** A whole service in this process, over the memory adapters and the starter policy, for end-to-end tests. */
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { SystemClock } from '../../adapter/system/system-clock.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { ClientOptions } from '../../client/settings.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../../config/options.ts';
import { openNode } from '../../node/open-node.ts';
import type { RuntimeClock } from '../../port/clock.ts';
import type { Observer } from '../../port/observer.ts';
import { createServer, type RpcServer, type ServerOptions } from '../server.ts';

export interface Service {
  readonly server: RpcServer;
  readonly port: number;
  readonly address: string;
  readonly node: Awaited<ReturnType<typeof openNode>>;
  readonly faults: string[];
  readonly infos: string[];
  /** By name and label. */
  readonly counts: Map<string, number>;
  client(options?: ClientOptions): AttuneClient;
  close(): Promise<void>;
}

/** Runs as fast as the machine's, but began at another time. */
export class ShiftedClock extends SystemClock {
  readonly #ahead: number;

  constructor(startsAt: number) {
    super();
    this.#ahead = startsAt - super.now();
  }

  override now(): number {
    return super.now() + this.#ahead;
  }
}

/** Starts it on a free port. `options`: of the server; `settings`: of the node. */
export async function startService(
  options: Partial<ServerOptions> = {},
  settings: Partial<ServeSettings> = {},
  clock: RuntimeClock = new SystemClock(),
): Promise<Service> {
  const faults: string[] = [];
  const infos: string[] = [];
  const counts = new Map<string, number>();
  const observer: Observer = {
    count: (name, by, label = '') =>
      void counts.set(`${name} ${label}`, (counts.get(`${name} ${label}`) ?? 0) + by),
    gauge: () => {},
    time: () => {},
    fault: (sentence, cause) =>
      void faults.push(cause === undefined ? sentence : `${sentence}: ${String(cause)}`),
    info: (sentence) => void infos.push(sentence),
  };
  const read = readOptions(SERVE_OPTIONS, { flags: { store: 'memory', shards: '4' }, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  const node = await openNode({ ...read.value, ...settings }, { observer, clock, seed: 1 });
  const server = createServer({
    customers: node.gateway,
    policies: node.policies,
    models: node.models,
    pauses: node.pauses,
    catalog: node.catalog,
    zones: node.engine.runtime.zones,
    health: node.health,
    observer,
    clock,
    options: { tokens: [], drainTimeoutMs: 5_000, ...options },
  });
  const port = await server.listen('127.0.0.1', 0);
  const address = `127.0.0.1:${port}`;
  const clients: AttuneClient[] = [];
  return {
    server,
    port,
    address,
    node,
    faults,
    infos,
    counts,
    client: (clientOptions) => {
      const client = connect(address, clientOptions);
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.close();
      server.close();
      await node.close();
    },
  };
}

export interface Proxy {
  readonly address: string;
  /** Connections made so far. */
  readonly connections: number;
  /** Breaks every connection that is open, without a goodbye. */
  cut(): void;
  close(): void;
}

/** A TCP proxy before a port that breaks connections when told. */
export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((near) => {
    connections++;
    const far = connectTcp(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`,
    get connections() {
      return connections;
    },
    cut,
    close: () => {
      server.close();
      cut();
    },
  };
}
