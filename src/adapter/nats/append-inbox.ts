/**
 * Publishes appends over one connection and hears what became of them on one subscription: a sixth of what the library's own publish costs, which makes a
 * promise, a timer and a subscription entry for each.
 *
 * I1  Each append is settled once: by the server's answer, after `timeoutMs`, or when the connection ends. The last two say nothing of whether it was
 *     stored.
 * I2  Nothing that is thrown while an answer is read reaches the library: it would end the connection's reading without a word.
 */
import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { PortError } from '../../port/port-error.ts';
import { faultOf } from './nats-fault.ts';

const EXPECTED_STREAM = 'Nats-Expected-Stream';
const EXPECTED_LAST = 'Nats-Expected-Last-Sequence';
const NO_RESPONDERS = 503;
const SWEEPS_PER_TIMEOUT = 10;

export interface Append {
  readonly stream: string;
  readonly subject: string;
  readonly expectedLast: number;
  /** The library's own from here on. */
  readonly payload: Uint8Array;
}

interface Waiting {
  readonly append: Append;
  readonly until: number;
  readonly settled: (fault: PortError | undefined) => void;
}

interface Answer {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

export class AppendInbox {
  readonly #connection: NatsConnection;
  readonly #timeoutMs: number;
  readonly #steadyMs: () => number;
  readonly #inbox: string;
  /** By the last token of the inbox, the oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #sweep: NodeJS.Timeout;
  #next = 0;
  /** Why no answer can be heard; undefined: they can. */
  #deafness: string | undefined;

  constructor(connection: NatsConnection, timeoutMs: number, steadyMs: () => number, inboxPrefix?: string) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#steadyMs = steadyMs;
    this.#inbox = createInbox(inboxPrefix);
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (fault, message) => (fault ? this.#deafened(fault) : this.#answered(message)),
    });
    this.#sweep = setInterval(() => this.#sweepUp(), timeoutMs / SWEEPS_PER_TIMEOUT).unref();
    void connection.closed().then(() => this.#ended());
  }

  /** `settled` is called once, never before this returns. */
  append(append: Append, settled: (fault: PortError | undefined) => void): void {
    const token = (this.#next++).toString(36);
    const { stream, subject, expectedLast, payload } = append;
    const expects = headers();
    expects.set(EXPECTED_STREAM, stream);
    expects.set(EXPECTED_LAST, String(expectedLast));
    this.#waiting.set(token, { append, settled, until: this.#steadyMs() + this.#timeoutMs });
    try {
      if (this.#deafness !== undefined) throw new Error(this.#deafness);
      this.#connection.publish(subject, payload, { reply: `${this.#inbox}.${token}`, headers: expects });
    } catch (cause) {
      // It is refused before anything is sent: a connection that has ended, a payload beyond the server's bound.
      queueMicrotask(() =>
        this.#settle(token, (what) => {
          const said = cause instanceof Error ? cause.message : String(cause);
          const isTooBig = cause instanceof Error && /max_payload/i.test(cause.message);
          return new PortError(
            isTooBig ? 'full' : 'unavailable',
            `${what} could not be sent to NATS: ${said}`,
            {
              ...{ outcome: 'nothing_written', cause },
            },
          );
        }),
      );
    }
  }

  /** The server let nobody of this connection publish to `subject`: none of it was stored. */
  refused(subject: string, said: string): void {
    for (const [token, { append }] of this.#waiting)
      if (append.subject === subject)
        this.#settle(
          token,
          (what) =>
            new PortError(
              'unavailable',
              `${what} was refused by NATS, since the user of --nats-creds may not publish there: ${said}`,
              { outcome: 'nothing_written' },
            ),
        );
  }

  /** The user may not subscribe: what was sent may be stored, and nothing more is sent. */
  #deafened(fault: Error): void {
    this.#deafness = `its user may not hear answers: ${fault.message}`;
    for (const token of [...this.#waiting.keys()])
      this.#settle(token, (what) => new PortError('unavailable', `${what}: ${this.#deafness}`));
  }

  /** I2 */
  #answered(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    this.#settle(token, (what, { expectedLast }) => {
      if (message.headers?.code === NO_RESPONDERS)
        return new PortError('unavailable', `${what} found no stream: it has no leader now, or is gone`, {
          outcome: 'nothing_written',
        });
      const answer = answerOf(message);
      if (answer?.error !== undefined)
        return faultOf(what, answer.error.err_code ?? 0, answer.error.description ?? '');
      if (answer?.seq === expectedLast + 1) return undefined;
      return new PortError(
        'unavailable',
        `${what} was answered by NATS with what is no acknowledgement of it`,
      );
    });
  }

  #sweepUp(): void {
    const now = this.#steadyMs();
    for (const [token, { until }] of this.#waiting) {
      if (until > now) return;
      this.#settle(
        token,
        (what) =>
          new PortError('unavailable', `${what} was not acknowledged by NATS within ${this.#timeoutMs} ms`),
      );
    }
  }

  #ended(): void {
    clearInterval(this.#sweep);
    for (const token of [...this.#waiting.keys()])
      this.#settle(
        token,
        (what) =>
          new PortError('unavailable', `${what} was not acknowledged by NATS before the connection ended`),
      );
  }

  /** I1 */
  #settle(token: string, faultFor: (what: string, append: Append) => PortError | undefined): void {
    const found = this.#waiting.get(token);
    if (found === undefined) return;
    this.#waiting.delete(token);
    const { append, settled } = found;
    const fault = faultFor(`${append.stream}: the append behind record ${append.expectedLast}`, append);
    try {
      settled(fault);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}

function answerOf(message: Msg): Answer | undefined {
  try {
    return message.json<Answer>();
  } catch {
    return undefined;
  }
}
