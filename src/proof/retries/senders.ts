/** Sends bytes to a method and says what became of them, in the same three words for every method. */
import { fromBinary } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { AttuneError } from '../../client/attune-error.ts';
import { type Connection, pathOf, toBuffer } from '../../client/connection.ts';
import {
  ChannelService,
  ConnectRequestSchema,
  type FeedbackResult,
  FeedbackStatus,
  ReportReplySchema,
} from '../../gen/attune/v1/channel_pb.ts';
import { type DecideReply, DecideReplySchema, DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import {
  type EventResult,
  EventService,
  EventStatus,
  PublishReplySchema,
} from '../../gen/attune/v1/event_pb.ts';
import type { Kind } from './request-kinds.ts';

/** `taken`: counted (anew); `known`: recognised as sent before; `refused`: with what was said. */
export type Became =
  | { readonly kind: 'taken' | 'known'; readonly answer: string }
  | { readonly kind: 'refused'; readonly sentence: string };

export type Send = (bytes: Buffer) => Promise<Became>;

export interface Senders {
  readonly of: Readonly<Record<Kind, Send>>;
  close(): void;
}

const OPTIONS = { retry: false, deadlineMs: 30_000 };

export function openSenders(connection: Connection, channel: string): Senders {
  const { publish, streamEvents } = EventService.method;
  const { decide, decideStream } = DecisionService.method;
  const { connect, report } = ChannelService.method;
  const events = new OneByOne(connection.bidiBytes(streamEvents));
  const decides = new OneByOne(connection.bidiBytes(decideStream));
  const feedback = new OneByOne(connection.bidiBytes(connect));
  feedback.write(
    toBuffer(ConnectRequestSchema, { message: { case: 'hello', value: { channel, credits: 1 } } }),
  );
  return {
    of: {
      publish: async (bytes) => {
        const reply = await connection.unaryBytes(pathOf(publish), bytes, OPTIONS);
        return eventBecame(fromBinary(PublishReplySchema, reply).results[0]);
      },
      streamEvents: async (bytes) => eventBecame(await events.ask(bytes, () => true)),
      decide: async (bytes) => {
        try {
          const reply = await connection.unaryBytes(pathOf(decide), bytes, OPTIONS);
          return decideBecame(fromBinary(DecideReplySchema, reply));
        } catch (error) {
          if (error instanceof AttuneError)
            return { kind: 'refused', sentence: `${error.code}: ${error.message}` };
          throw error;
        }
      },
      decideStream: async (bytes) => {
        const { result } = await decides.ask(bytes, () => true);
        return result.case === 'reply'
          ? decideBecame(result.value)
          : { kind: 'refused', sentence: result.value?.message ?? 'nothing' };
      },
      report: async (bytes) => {
        const reply = await connection.unaryBytes(pathOf(report), bytes, OPTIONS);
        return feedbackBecame(fromBinary(ReportReplySchema, reply).results[0]);
      },
      connectFeedback: async (bytes) => {
        const { message } = await feedback.ask(bytes, (reply) => reply.message.case === 'feedbackResult');
        return feedbackBecame(message.case === 'feedbackResult' ? message.value : undefined);
      },
    },
    close: () => {
      for (const stream of [events, decides, feedback]) stream.close();
    },
  };
}

function eventBecame(result: EventResult | undefined): Became {
  if (result?.status === EventStatus.ACCEPTED) return { kind: 'taken', answer: '' };
  if (result?.status === EventStatus.DUPLICATE) return { kind: 'known', answer: '' };
  return { kind: 'refused', sentence: result?.violations[0]?.message ?? `status ${result?.status}` };
}

function feedbackBecame(result: FeedbackResult | undefined): Became {
  if (result?.status === FeedbackStatus.ACCEPTED) return { kind: 'taken', answer: '' };
  if (result?.status === FeedbackStatus.DUPLICATE) return { kind: 'known', answer: '' };
  return { kind: 'refused', sentence: result?.violations[0]?.message ?? `status ${result?.status}` };
}

/** The stored answer is the same decision, not only one that says that it is. */
function decideBecame({ repeated, decisionId }: DecideReply): Became {
  return { kind: repeated ? 'known' : 'taken', answer: decisionId };
}

/** A stream on which one message waits for its answer before the next is sent. */
class OneByOne<Reply> {
  readonly #stream: ClientDuplexStream<Buffer, Reply>;
  #wanted: ((reply: Reply) => boolean) | undefined;
  #resolve: (reply: Reply) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(stream: ClientDuplexStream<Buffer, Reply>) {
    this.#stream = stream;
    stream.on('data', (reply: Reply) => {
      if (this.#wanted?.(reply) === true) this.#resolve(reply);
    });
    stream.on('error', (error: Error) => this.#reject(error));
  }

  write(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  ask(bytes: Buffer, wanted: (reply: Reply) => boolean): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#wanted = wanted;
      this.#resolve = resolve;
      this.#reject = reject;
      this.write(bytes);
    });
  }

  close(): void {
    this.#stream.cancel();
  }
}
