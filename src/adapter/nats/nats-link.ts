/**
 * One connection to NATS that is given up when it ends and made anew when somebody needs it. The library's own reconnection is off: it keeps what was
 * published while a dial hangs and sends it later, so that an append that was given up is stored after all.
 *
 * I1  Whatever waits on a connection hears of its end at once, never by a time-out.
 * I2  One dial at a time, and none within `redialMs` of one that failed: whoever asks meanwhile is refused.
 */
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import { PortError } from '../../port/port-error.ts';

/** Of a peer that is silent: gone after three pings. */
const PING_MS = 500;
const PINGS_OUT_MAX = 2;

export interface NatsLinkOptions {
  /** Addresses as `host:port`; any of them will do. */
  readonly servers: readonly string[];
  /** Credentials, TLS and whatever else a deployment needs; what an append's safety rests on is set here and not there. */
  readonly access?: Pick<ConnectionOptions, 'user' | 'pass' | 'authenticator' | 'tls'>;
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
    const { servers, access, name, dialMs, redialMs, steadyMs } = this.#options;
    if (this.#isClosed) throw unreached('the connection was closed', undefined);
    if (steadyMs() - this.#failedAt < redialMs)
      throw unreached('NATS cannot be reached, and was asked a moment ago', this.#failure);
    try {
      const connection = await connect({
        ...access,
        ...{ servers: [...servers], name, timeout: dialMs, noAsyncTraces: true },
        ...{ reconnect: false, pingInterval: PING_MS, maxPingOut: PINGS_OUT_MAX },
      });
      this.#connection = connection;
      void connection.closed().then(() => {
        if (this.#connection === connection) this.#connection = undefined;
      });
      return connection;
    } catch (cause) {
      this.#failedAt = steadyMs();
      this.#failure = cause;
      throw unreached(`NATS cannot be reached at ${servers.join(', ')}`, cause);
    }
  }
}

function unreached(message: string, cause: unknown): PortError {
  return new PortError('unavailable', message, { outcome: 'nothing_written', cause });
}
