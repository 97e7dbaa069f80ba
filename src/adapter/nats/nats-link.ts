/**
 * One connection to NATS that is given up when it ends and made anew when somebody needs it. The library's own reconnection is off: it keeps what was
 * published while a dial hangs and sends it later, so that an append that was given up is stored after all.
 *
 * I1  Whatever waits on a connection hears of its end at once, never by a time-out.
 * I2  One dial at a time, and none within `redialMs` of one that failed: whoever asks meanwhile is refused.
 */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { PortError } from '../../port/port-error.ts';
import { type AccessNow, PLAIN_ACCESS } from '../../port/store-access.ts';
import { withoutLeftSockets } from './dialled-sockets.ts';
import { natsAccess } from './nats-access.ts';

/** Of a peer that is silent: gone after three pings. */
const PING_MS = 500;
const PINGS_OUT_MAX = 2;

export interface NatsLinkOptions {
  /** Addresses as `host:port`; any of them will do. */
  readonly servers: readonly string[];
  /** Default: in plain text, as nobody. */
  readonly access?: AccessNow;
  /** Of the subjects on which answers are heard. Default: that of the users of nodes. */
  readonly inboxPrefix?: string;
  readonly name: string;
  readonly dialMs: number;
  readonly redialMs: number;
  /** A steady clock in ms. */
  readonly steadyMs: () => number;
}

export class NatsLink {
  readonly #options: NatsLinkOptions;
  #connection: NatsConnection | undefined;
  #dialling: Promise<NatsConnection> | undefined;
  /** Of the server that is asked first by the next dial. */
  #turn = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #isClosed = false;

  constructor(options: NatsLinkOptions) {
    this.#options = options;
  }

  /** The open connection; undefined: there is none now. */
  get current(): NatsConnection | undefined {
    return this.#connection;
  }

  /** The open connection, else a new one. Throws PortError `unavailable`, with nothing sent. */
  connection(): Promise<NatsConnection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    this.#dialling ??= this.#dial().finally(() => {
      this.#dialling = undefined;
    });
    return this.#dialling;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#dialling?.catch(() => {});
    await this.#connection?.close();
  }

  async #dial(): Promise<NatsConnection> {
    const { servers, redialMs, steadyMs } = this.#options;
    if (this.#isClosed) throw unreached('the connection was closed', undefined);
    if (steadyMs() - this.#failedAt < redialMs)
      throw unreached('NATS cannot be reached, and was asked a moment ago', this.#failure);
    const why: string[] = [];
    for (const _ of servers) {
      const address = servers[this.#turn++ % servers.length] as string;
      try {
        return this.#opened(await this.#dialOne(address));
      } catch (cause) {
        this.#failure = cause;
        why.push(`${address} (${cause instanceof Error ? cause.message : String(cause)})`);
      }
    }
    this.#failedAt = steadyMs();
    throw unreached(`NATS cannot be reached at ${why.join(', ')}`, this.#failure);
  }

  /** One by one, since each has a name of its own to be known by. */
  #dialOne(address: string): Promise<NatsConnection> {
    const { access, inboxPrefix, name, dialMs } = this.#options;
    const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    const how = {
      ...natsAccess(access?.() ?? PLAIN_ACCESS, host),
      ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
      ...{ servers: [address], ignoreClusterUpdates: true, name, timeout: dialMs, noAsyncTraces: true },
      ...{ reconnect: false, pingInterval: PING_MS, maxPingOut: PINGS_OUT_MAX },
    };
    return withoutLeftSockets(() => connect(how));
  }

  #opened(connection: NatsConnection): NatsConnection {
    this.#connection = connection;
    void connection.closed().then(() => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection;
  }
}

function unreached(message: string, cause: unknown): PortError {
  return new PortError('unavailable', message, { outcome: 'nothing_written', cause });
}
