/**
 * A channel system that does what a scenario says. Owned by the world; speaks over a stream of its own, raw, because a
 * well-behaved client would hide what is to be shown: repetitions, silence, late answers.
 *
 * I1  `received` and `answered` count messages of the present stream, so that the world knows when both ends agree.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Connection } from '../../client/connection.ts';
import {
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
  type Deliver,
  type Withdraw,
} from '../../gen/attune/v1/channel_pb.ts';
import type { ConnectStep } from '../file/shape-steps.ts';

type Up = MessageInitShape<typeof ConnectRequestSchema>;
export type Script = Omit<ConnectStep, 'channel'>;

export interface ChannelEvents {
  delivered(channel: string, delivery: Deliver, answer: string): void;
  withdrawn(channel: string, withdraw: Withdraw): void;
  /** Something came in: whoever waits for it looks again. */
  moved(): void;
}

const RECONNECT_MS = 20;

export class ChannelSystem {
  readonly channel: string;
  readonly script: Script;
  readonly #events: ChannelEvents;
  readonly #held = new Set<string>();
  readonly #known = new Set<string>();
  #stream: ClientDuplexStream<Up, ConnectReply> | undefined;
  #refused = 0;
  received = 0;
  answered = 0;

  constructor(channel: string, script: Script, events: ChannelEvents) {
    this.channel = channel;
    this.script = script;
    this.#events = events;
  }

  /** Opens its stream, again after the service was away. */
  connect(connection: Connection): void {
    this.received = 0;
    this.answered = 0;
    const stream = connection.bidi(ChannelService.method.connect);
    this.#stream = stream;
    stream.on('data', (reply: ConnectReply) => this.#take(reply));
    // Shortly after a restart grpc-js may still refuse an address that it found dead; the stream is opened again.
    stream.on('error', () => {
      setTimeout(() => {
        if (this.#stream === stream) this.connect(connection);
      }, RECONNECT_MS);
    });
    const credits = this.script.credits ?? 100;
    stream.write({
      message: { case: 'hello', value: { channel: this.channel, credits, client: 'scenario' } },
    });
  }

  disconnect(): void {
    this.#stream?.end();
    this.#stream = undefined;
  }

  /** The service is about to die: its stream is not opened again before `connect`. */
  forget(): void {
    this.#stream = undefined;
  }

  /** Answers everything that it was silent about. */
  answerHeld(accept: boolean, retryable: boolean): void {
    for (const dispatchId of this.#held) {
      if (accept) this.#write({ case: 'accepted', value: { dispatchId } });
      else
        this.#write({ case: 'rejected', value: { dispatchId, retryable, reason: 'as the scenario says' } });
    }
    this.#held.clear();
  }

  #take({ message }: ConnectReply): void {
    if (message.case === 'deliver') this.#deliver(message.value);
    if (message.case === 'withdraw') this.#withdraw(message.value);
    this.received++;
    this.#events.moved();
  }

  #deliver(delivery: Deliver): void {
    const { dispatchId } = delivery;
    const { first, answers = 'accept' } = this.script;
    this.#known.add(dispatchId);
    if (first !== undefined && this.#refused < first.reject) {
      this.#refused++;
      const retryable = first.retryable ?? true;
      const retryAfter = durationOf(first.retry_after ?? 0);
      this.#events.delivered(this.channel, delivery, `refused${retryable ? '' : ' for good'}`);
      this.#write({
        case: 'rejected',
        value: { dispatchId, retryable, retryAfter, reason: 'as the scenario says' },
      });
    } else if (answers === 'reject') {
      this.#events.delivered(this.channel, delivery, 'refused for good');
      this.#write({
        case: 'rejected',
        value: { dispatchId, retryable: false, reason: 'as the scenario says' },
      });
    } else if (answers === 'silence') {
      this.#events.delivered(this.channel, delivery, 'no answer');
      this.#held.add(dispatchId);
    } else {
      this.#events.delivered(this.channel, delivery, 'accepted');
      this.#write({ case: 'accepted', value: { dispatchId } });
    }
  }

  #withdraw(withdraw: Withdraw): void {
    this.#events.withdrawn(this.channel, withdraw);
    if (!this.#known.has(withdraw.dispatchId)) return;
    this.#held.delete(withdraw.dispatchId);
    const tooLate = this.script.withdrawals === 'too_late';
    this.#write({ case: 'withdrawn', value: { dispatchId: withdraw.dispatchId, tooLate } });
  }

  #write(message: NonNullable<Up['message']>): void {
    this.answered++;
    this.#stream?.write({ message });
  }
}

function durationOf(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1e6 };
}
