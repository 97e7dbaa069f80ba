/**
 * A channel system that does what a scenario says. Owned by the channel desk. It uses a raw stream, because our client
 * would hide what a scenario shows: repetitions, silence, late answers.
 *
 * I1  `receivedCount` and `answeredCount` count messages of the present stream; the run waits until the service counts
 *     the same.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Connection } from '../../client/connection.ts';
import {
  type AudienceChange,
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
  type Deliver,
  type Withdraw,
} from '../../gen/attune/v1/channel_pb.ts';
import type { ConnectStep } from '../file/shape-channel.ts';

type Up = MessageInitShape<typeof ConnectRequestSchema>;
export type Script = Omit<ConnectStep, 'channel'>;

export interface ChannelEvents {
  onDeliver(channel: string, delivery: Deliver, answer: string): void;
  onAudienceChange(channel: string, change: AudienceChange, answer: string): void;
  onWithdraw(channel: string, withdraw: Withdraw): void;
  /** Called for each message, after it is counted. */
  onMessage(): void;
}

const RECONNECT_MS = 20;

export class ScriptedChannelSystem {
  readonly channel: string;
  /** How it answers from now on. */
  script: Script;
  readonly #events: ChannelEvents;
  readonly #unansweredIds = new Set<string>();
  readonly #deliveredIds = new Set<string>();
  #stream: ClientDuplexStream<Up, ConnectReply> | undefined;
  #refusedCount = 0;
  receivedCount = 0;
  answeredCount = 0;

  constructor(channel: string, script: Script, events: ChannelEvents) {
    this.channel = channel;
    this.script = script;
    this.#events = events;
  }

  /** Opens the stream, and opens it again after an error. */
  connect(connection: Connection): void {
    this.receivedCount = 0;
    this.answeredCount = 0;
    const stream = connection.bidi(ChannelService.method.connect);
    this.#stream = stream;
    stream.on('data', (reply: ConnectReply) => this.#handle(reply));
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

  /** The service is about to be killed: the stream is not opened again before `connect`. */
  forget(): void {
    this.#stream = undefined;
  }

  /** Answers every delivery that has no answer yet. */
  answerAll(accept: boolean, retryable: boolean): void {
    for (const dispatchId of this.#unansweredIds) {
      if (accept) this.#write({ case: 'accepted', value: { dispatchId } });
      else
        this.#write({ case: 'rejected', value: { dispatchId, retryable, reason: 'as the scenario says' } });
    }
    this.#unansweredIds.clear();
  }

  #handle({ message }: ConnectReply): void {
    if (message.case === 'deliver') {
      const { value } = message;
      this.#answer(value.dispatchId, (answer) => this.#events.onDeliver(this.channel, value, answer));
    }
    if (message.case === 'audienceChange') {
      const { value } = message;
      this.#answer(value.dispatchId, (answer) => this.#events.onAudienceChange(this.channel, value, answer));
    }
    if (message.case === 'withdraw') this.#withdraw(message.value);
    this.receivedCount++;
    this.#events.onMessage();
  }

  #answer(dispatchId: string, note: (answer: string) => void): void {
    const { first, answers = 'accept' } = this.script;
    this.#deliveredIds.add(dispatchId);
    if (first !== undefined && this.#refusedCount < first.reject) {
      this.#refusedCount++;
      const retryable = first.retryable ?? true;
      const retryAfter = durationOf(first.retry_after ?? 0);
      note(`refused${retryable ? '' : ' for good'}`);
      this.#write({
        case: 'rejected',
        value: { dispatchId, retryable, retryAfter, reason: 'as the scenario says' },
      });
    } else if (answers === 'reject') {
      note('refused for good');
      this.#write({
        case: 'rejected',
        value: { dispatchId, retryable: false, reason: 'as the scenario says' },
      });
    } else if (answers === 'fail') {
      const retryAfter = durationOf(this.script.retry_after ?? 0);
      note('failed');
      this.#write({
        case: 'rejected',
        value: { dispatchId, retryable: true, retryAfter, reason: 'as the scenario says' },
      });
    } else if (answers === 'silence') {
      note('no answer');
      this.#unansweredIds.add(dispatchId);
    } else {
      note('accepted');
      this.#write({ case: 'accepted', value: { dispatchId } });
    }
  }

  #withdraw(withdraw: Withdraw): void {
    this.#events.onWithdraw(this.channel, withdraw);
    if (!this.#deliveredIds.has(withdraw.dispatchId)) return;
    this.#unansweredIds.delete(withdraw.dispatchId);
    const tooLate = this.script.withdrawals === 'too_late';
    this.#write({ case: 'withdrawn', value: { dispatchId: withdraw.dispatchId, tooLate } });
  }

  #write(message: NonNullable<Up['message']>): void {
    this.answeredCount++;
    this.#stream?.write({ message });
  }
}

function durationOf(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1e6 };
}
