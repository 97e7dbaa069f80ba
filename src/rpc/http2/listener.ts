import { lookup } from 'node:dns/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { CallStream } from './call-stream.ts';
import { Connection } from './connection.ts';

export interface ListenerSettings {
  /** Streams of one connection. */
  readonly streamsMax: number;
  /** A peer that said nothing for this long is asked whether it is there. */
  readonly keepAliveMs: number;
  readonly open: (stream: CallStream) => void;
}

/** What binding answers for an address that this machine does not have. */
const MISSING = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Accepts connections of HTTP/2 without TLS, on one port of one or more addresses. */
export class Listener {
  readonly #settings: ListenerSettings;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  #beat: NodeJS.Timeout | undefined;
  #emptied: (() => void) | undefined;

  constructor(settings: ListenerSettings) {
    this.#settings = settings;
  }

  /** Binds every address that the host's name has; resolves with the port. Rejects when one is taken. */
  async listen(host: string, port: number): Promise<number> {
    let bound = port;
    let missing: unknown;
    for (const { address } of await lookup(host, { all: true })) {
      try {
        bound = await this.#bind(address, bound);
      } catch (fault) {
        // `localhost` also has an address of IPv6 where the machine has none.
        if (!MISSING.has((fault as NodeJS.ErrnoException).code ?? '')) throw fault;
        missing = fault;
      }
    }
    if (!this.#servers.some((server) => server.listening)) throw missing;
    this.#beat ??= setInterval(() => this.beat(performance.now()), this.#settings.keepAliveMs / 2).unref();
    return bound;
  }

  /** Takes no new connections and streams; resolves when all connections are closed. */
  drain(): Promise<void> {
    for (const server of this.#servers) server.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    for (const connection of [...this.#connections]) connection.drain();
    if (this.#connections.size === 0) resolve();
    return promise;
  }

  /** Closes everything at once. */
  close(): void {
    clearInterval(this.#beat);
    for (const server of this.#servers) server.close();
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** Looks after silent peers; happens by itself. `now`: by `performance.now`. */
  beat(now: number): void {
    for (const connection of this.#connections) connection.beat(now, this.#settings.keepAliveMs);
  }

  #bind(address: string, port: number): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, address, () => {
        const bound = server.address();
        resolve(bound !== null && typeof bound === 'object' ? bound.port : port);
      });
    });
  }

  #accept(socket: Socket): void {
    const { streamsMax, open } = this.#settings;
    const connection = new Connection(socket, {
      streamsMax,
      open,
      closed: (gone) => {
        this.#connections.delete(gone);
        if (this.#connections.size === 0) this.#emptied?.();
      },
    });
    this.#connections.add(connection);
  }
}
