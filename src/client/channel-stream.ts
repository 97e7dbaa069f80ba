/**
 * A channel system's stream, which outlives its connections. It answers every delivery, remembers what it has seen, and
 * sends feedback until the service has it.
 *
 * I1  A dispatch is handed to `onDeliver` once, however often it is delivered, until its `not_after` + 24 h; a repetition
 *     gets the same answer again.
 * I2  A feedback is done with its result, with the same id over all connections.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import {
  type AudienceChange,
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
  type Deliver,
  type FeedbackResult,
  FeedbackStatus,
  type Withdraw,
} from '../gen/attune/v1/channel_pb.ts';
import { AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { msOf } from './duration.ts';
import { type FeedbackInit, withFeedbackId } from './feedback-init.ts';
import { isTransient } from './pipeline.ts';
import { SeenDispatches } from './seen-dispatches.ts';

/** A refusal of a delivery. */
export interface Refused {
  readonly retryable: boolean;
  /** 0: the service's own backoff. */
  readonly retryAfterMs?: number;
  readonly reason?: string;
}

export interface ChannelOptions {
  /** As in Treatment.channel. */
  readonly channel: string;
  /** Deliveries that may be unanswered at a time, 1 to 1,000; default 100. */
  readonly credits?: number;
  /** Names this process in the service's logs. */
  readonly client?: string;
  /** Sends a treatment. Returning accepts it, a `Refused` does not, and a throw refuses it for now. */
  readonly onDeliver: (delivery: Deliver) => Refused | undefined | Promise<Refused | undefined>;
  /**
   * A customer is in an audience with this content, or is in it no longer: the highest version counts, so an older one changes nothing and
   * is accepted. Answers as `onDeliver`; without it every change is refused for good. Called again for a change that comes again.
   */
  readonly onAudienceChange?: (change: AudienceChange) => Refused | undefined | Promise<Refused | undefined>;
  /** Stops a dispatch that was delivered here; false: it had been sent already, which is the answer without a handler. */
  readonly onWithdraw?: (withdraw: Withdraw) => boolean | Promise<boolean>;
  /**
   * Forgets a customer, by the id of their deliveries. Once it returns the service is told, and asks no more; without a handler, or when it throws,
   * it asks again.
   */
  readonly onErase?: (customerId: string) => void | Promise<void>;
  /** Called with an error that a new connection does not solve; the stream is closed then. */
  readonly onError?: (error: AttuneError) => void;
}

interface Waiting {
  readonly feedback: FeedbackInit;
  readonly resolve: (result: FeedbackResult) => void;
  readonly reject: (error: AttuneError) => void;
  attempts: number;
}

type UpMessage = MessageInitShape<typeof ConnectRequestSchema>;

export class ChannelStream {
  readonly #connection: Connection;
  readonly #options: ChannelOptions;
  readonly #seen = new SeenDispatches();
  readonly #waiting = new Map<string, Waiting>();
  #stream: ClientDuplexStream<UpMessage, ConnectReply> | undefined;
  /** Of the node that it is connected to, or was last. */
  #address = '';
  #reconnect: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(connection: Connection, options: ChannelOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#connect();
  }

  /** Reports what happened to a dispatch; resolves when it is durable (or refused for good). */
  feedback(feedback: FeedbackInit): Promise<FeedbackResult> {
    if (this.#closed) return Promise.reject(closedError());
    const named = withFeedbackId(feedback);
    return new Promise((resolve, reject) => {
      const waiting = { feedback: named, resolve, reject, attempts: 0 };
      this.#waiting.set(named.id, waiting);
      this.#report(waiting);
    });
  }

  /** Closes; feedback without a result is rejected, and may or may not have been accepted. */
  close(): void {
    this.#end(closedError());
  }

  #connect(): void {
    const { channel, credits = 100, client = '' } = this.#options;
    const address = this.#connection.pick('');
    const stream = this.#connection.bidi(ChannelService.method.connect, address);
    this.#stream = stream;
    this.#address = address;
    stream.on('data', (reply: ConnectReply) => this.#receive(reply));
    stream.on('error', (error: ServiceError) => this.#reconnectAfter(stream, errorOfCall(error)));
    stream.on('end', () =>
      this.#reconnectAfter(stream, new AttuneError('UNAVAILABLE', 'The service ended the stream.')),
    );
    stream.write({ message: { case: 'hello', value: { channel, credits, client } } });
    for (const waiting of this.#waiting.values()) this.#report(waiting);
  }

  #receive({ message }: ConnectReply): void {
    this.#failures = 0;
    if (message.case === 'deliver') void this.#deliver(message.value);
    else if (message.case === 'audienceChange') void this.#change(message.value);
    else if (message.case === 'withdraw') void this.#withdraw(message.value);
    else if (message.case === 'eraseCustomer') void this.#erase(message.value.customerId);
    else if (message.case === 'feedbackResult') this.#receiveResult(message.value);
  }

  async #deliver(delivery: Deliver): Promise<void> {
    const { dispatchId } = delivery;
    const known = this.#seen.get(dispatchId);
    if (known === 'pending') return;
    if (known !== undefined) return this.#answer(dispatchId, known);
    const notAfter = delivery.notAfter === undefined ? Date.now() : timestampMs(delivery.notAfter);
    this.#seen.add(dispatchId, notAfter, Date.now());
    try {
      const refused = await this.#options.onDeliver(delivery);
      if (refused) this.#reject(dispatchId, refused);
      else {
        this.#seen.setAnswer(dispatchId, 'accepted');
        this.#answer(dispatchId, 'accepted');
      }
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : '';
      this.#reject(dispatchId, { retryable: true, reason });
    }
  }

  async #change(change: AudienceChange): Promise<void> {
    const { dispatchId } = change;
    const { onAudienceChange } = this.#options;
    if (onAudienceChange === undefined)
      return this.#reject(dispatchId, { retryable: false, reason: 'this channel system keeps no audiences' });
    try {
      const refused = await onAudienceChange(change);
      if (refused) this.#reject(dispatchId, refused);
      else this.#answer(dispatchId, 'accepted');
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : '';
      this.#reject(dispatchId, { retryable: true, reason });
    }
  }

  #reject(dispatchId: string, { retryable, retryAfterMs = 0, reason = '' }: Refused): void {
    if (retryable) this.#seen.forget(dispatchId);
    else this.#seen.setAnswer(dispatchId, 'rejected');
    const retryAfter =
      retryAfterMs > 0
        ? { seconds: BigInt(Math.floor(retryAfterMs / 1000)), nanos: Math.round((retryAfterMs % 1000) * 1e6) }
        : undefined;
    this.#write({ message: { case: 'rejected', value: { dispatchId, retryable, retryAfter, reason } } });
  }

  #answer(dispatchId: string, answer: 'accepted' | 'rejected' | 'withdrawn'): void {
    if (answer === 'accepted') this.#write({ message: { case: 'accepted', value: { dispatchId } } });
    else if (answer === 'rejected') {
      this.#write({ message: { case: 'rejected', value: { dispatchId, retryable: false } } });
    } else this.#write({ message: { case: 'withdrawn', value: { dispatchId, tooLate: false } } });
  }

  /** Silent on a dispatch that was never delivered here: another process of this channel may hold it. */
  async #withdraw(withdraw: Withdraw): Promise<void> {
    const { dispatchId } = withdraw;
    if (this.#seen.get(dispatchId) === undefined) return;
    let stopped = false;
    try {
      stopped = (await this.#options.onWithdraw?.(withdraw)) ?? false;
    } catch {
      // A handler that fails has not stopped it, so the answer is "too late".
      stopped = false;
    }
    if (stopped) this.#seen.setAnswer(dispatchId, 'withdrawn');
    this.#write({ message: { case: 'withdrawn', value: { dispatchId, tooLate: !stopped } } });
  }

  async #erase(customerId: string): Promise<void> {
    const { onErase } = this.#options;
    if (onErase === undefined) return;
    try {
      await onErase(customerId);
    } catch {
      // Asked again.
      return;
    }
    this.#write({ message: { case: 'erased', value: { customerId } } });
  }

  #report(waiting: Waiting): void {
    waiting.attempts++;
    this.#write({ message: { case: 'feedback', value: waiting.feedback } });
  }

  #receiveResult(result: FeedbackResult): void {
    const waiting = this.#waiting.get(result.id);
    if (waiting === undefined) return;
    if (result.status === FeedbackStatus.RETRY) {
      const wait = backoffMs(this.#connection.settings, waiting.attempts, msOf(result.retryAfter));
      setTimeout(() => {
        if (this.#waiting.get(result.id) === waiting) this.#report(waiting);
      }, wait);
      return;
    }
    this.#waiting.delete(result.id);
    waiting.resolve(result);
  }

  #write(message: UpMessage): void {
    this.#stream?.write(message);
  }

  #reconnectAfter(stream: ClientDuplexStream<UpMessage, ConnectReply>, error: AttuneError): void {
    if (this.#stream !== stream || this.#closed) return;
    this.#stream = undefined;
    if (!isTransient(error)) {
      this.#end(error);
      this.#options.onError?.(error);
      return;
    }
    this.#failures++;
    this.#connection.failed(this.#address, error);
    const wait = backoffMs(this.#connection.settings, this.#failures, error.retryAfterMs);
    this.#reconnect = setTimeout(() => {
      if (!this.#closed && !this.#connection.closed) this.#connect();
    }, wait);
  }

  #end(error: AttuneError): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#reconnect);
    this.#stream?.end();
    this.#stream = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function closedError(): AttuneError {
  return new AttuneError('CANCELLED', 'The channel stream is closed.');
}
