/**
 * One channel system's stream as the actors see it: deliveries and withdrawals go down, answers come up. Owned by the
 * stream of `connect.ts`.
 *
 * I1  A credit is given back once per delivery that is answered, never for an answer to what was not delivered here: the
 *     credits of Hello bound what a channel system has unanswered, whatever it sends.
 * I2  A channel system that reads nothing is cut off before its unread instructions fill memory.
 */
import { encodeDeliver, encodeWithdraw } from '../../codec/wire/encode-channel.ts';
import type { ConnectInput } from '../../codec/wire/parse-channel.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { ChannelSession, ChannelSink, Delivery, PublishOutcome, Refusal } from '../../port/customers.ts';
import type { BidiCall } from '../call.ts';
import { failure } from '../failure.ts';
import { statusOf } from '../status.ts';

const UNREAD_BYTES_MAX = 8 << 20;
const OVERRUN = statusOf(
  failure('exhausted', 'The channel system does not read what it is sent; connect again.', 1_000),
);
const NOT_OPEN: Refusal = {
  kind: 'refused',
  code: 'unavailable',
  message: 'The stream is closed.',
  retryAfterMs: 250,
  field: '',
  rule: '',
  value: '',
};

export class ChannelLink implements ChannelSink {
  readonly #call: BidiCall;
  /** Deliveries by dispatch that are not answered yet; the count is of attempts, each took a credit. */
  readonly #unanswered = new Map<string, number>();
  #session: ChannelSession | undefined;

  constructor(call: BidiCall) {
    this.#call = call;
  }

  open(session: ChannelSession): void {
    this.#session = session;
  }

  deliver(delivery: Delivery): void {
    const { dispatchId } = delivery;
    this.#unanswered.set(dispatchId, (this.#unanswered.get(dispatchId) ?? 0) + 1);
    this.#send(encodeDeliver(delivery));
  }

  withdraw(dispatchId: string, reason: string): void {
    this.#send(encodeWithdraw(dispatchId, reason));
  }

  /** Passes an answer on; durable when it resolves. */
  answer(
    input: Extract<ConnectInput, { kind: 'accepted' | 'rejected' | 'withdrawn' }>,
  ): Promise<PublishOutcome> {
    const session = this.#session;
    if (session === undefined) return Promise.resolve(NOT_OPEN);
    if (input.kind === 'withdrawn') return session.withdrawn(input.dispatchId, input.tooLate);
    const attempts = this.#unanswered.get(input.dispatchId) ?? 0;
    if (attempts > 0) {
      this.#unanswered.delete(input.dispatchId);
      session.credit(attempts);
    }
    if (input.kind === 'accepted') return session.accepted(input.dispatchId);
    return session.rejected(input.dispatchId, input.retryable, Math.max(0, input.retryAfterMs));
  }

  feedback(input: FeedbackInput): Promise<PublishOutcome> {
    return this.#session?.feedback(input) ?? Promise.resolve(NOT_OPEN);
  }

  /** No more deliveries; answers on the way are still taken. */
  close(): void {
    this.#session?.close();
  }

  #send(message: Uint8Array): void {
    this.#call.write(message);
    if (this.#call.bufferedBytes > UNREAD_BYTES_MAX) this.#call.fail(OVERRUN);
  }
}
