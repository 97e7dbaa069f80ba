/**
 * One channel system's stream as the actors see it: deliveries and withdrawals go down, answers come up. Owned by the
 * stream of `connect.ts`.
 *
 * I1  A credit is given back once per delivery that is answered, never for an answer to what was not delivered here: the
 *     credits of Hello bound what a channel system has unanswered, whatever it sends.
 * I2  A channel system that reads nothing is cut off before its unread instructions fill memory.
 */
import {
  encodeAudienceChange,
  encodeDeliver,
  encodeEraseCustomer,
  encodeWithdraw,
} from '../../codec/wire/encode-channel.ts';
import type { ConnectInput } from '../../codec/wire/parse-channel.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type {
  ChannelConnection,
  ChannelSink,
  Delivery,
  PublishOutcome,
  Refusal,
} from '../../port/customers.ts';
import type { BidiCall } from '../call.ts';
import { failure } from '../failure.ts';
import { statusOf } from '../status.ts';

const NOT_READING = statusOf(
  failure(
    'exhausted',
    'The channel system does not read what it is sent; connect again.',
    INTERVALS.channelRetryDelayMs,
  ),
);
const NOT_CONNECTED: Refusal = {
  kind: 'refused',
  code: 'unavailable',
  message: 'The stream is closed.',
  retryAfterMs: INTERVALS.retryDelayMs,
  field: '',
  rule: '',
  value: '',
};

export class GrpcChannelConnection implements ChannelSink {
  readonly #call: BidiCall;
  /** Deliveries by dispatch that are not answered yet; the count is of attempts, each used a credit. */
  readonly #unanswered = new Map<string, number>();
  #connection: ChannelConnection | undefined;

  constructor(call: BidiCall) {
    this.#call = call;
  }

  /** Called once the gateway has connected the channel system. */
  open(connection: ChannelConnection): void {
    this.#connection = connection;
  }

  deliver(delivery: Delivery): void {
    const { dispatchId } = delivery;
    this.#unanswered.set(dispatchId, (this.#unanswered.get(dispatchId) ?? 0) + 1);
    const { audience } = delivery.choice;
    this.#send(audience === undefined ? encodeDeliver(delivery) : encodeAudienceChange(delivery, audience));
  }

  withdraw(dispatchId: string, reason: string): void {
    this.#send(encodeWithdraw(dispatchId, reason));
  }

  forget(customerId: string): void {
    this.#send(encodeEraseCustomer(customerId));
  }

  forgot(customerId: string): Promise<PublishOutcome> {
    return this.#connection?.forgot(customerId) ?? Promise.resolve(NOT_CONNECTED);
  }

  /** Passes an answer on; durable when it resolves. */
  answer(
    input: Extract<ConnectInput, { kind: 'accepted' | 'rejected' | 'withdrawn' }>,
  ): Promise<PublishOutcome> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.resolve(NOT_CONNECTED);
    const attempts = this.#unanswered.get(input.dispatchId) ?? 0;
    if (attempts > 0) {
      this.#unanswered.delete(input.dispatchId);
      connection.credit(attempts);
    }
    if (input.kind === 'withdrawn') return connection.withdrawn(input.dispatchId, input.tooLate);
    if (input.kind === 'accepted') return connection.accepted(input.dispatchId);
    const { dispatchId, retryable, retryAfterMs, reason } = input;
    return connection.rejected(dispatchId, retryable, Math.max(0, retryAfterMs), reason);
  }

  feedback(input: FeedbackInput): Promise<PublishOutcome> {
    return this.#connection?.feedback(input) ?? Promise.resolve(NOT_CONNECTED);
  }

  /** No more deliveries; answers that are on the way still count. */
  close(): void {
    this.#connection?.close();
  }

  #send(message: Uint8Array): void {
    this.#call.write(message);
    if (this.#call.bufferedBytes > LIMITS.channelUnreadBytesMax) this.#call.fail(NOT_READING);
  }
}
