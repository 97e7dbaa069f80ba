/** A channel system on a raw stream that does all that is right but for one flaw: our client would hide it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs, timestampNow } from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Connection } from '../../client/connection.ts';
import { settingsOf } from '../../client/settings.ts';
import {
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
  type Deliver,
  FeedbackKind,
  FeedbackStatus,
} from '../../gen/attune/v1/channel_pb.ts';

/** Named as the rule of the kit that it breaks. */
export const FLAWS = [
  'hello',
  'accepts',
  'repeats',
  'reorders',
  'burst',
  'withdraws',
  'withdraws-unknown',
  'expired',
  'unknown-messages',
  'silence',
  'feedback-retry',
  'drops',
  'feedback-kept',
  'once',
  'stopped',
  'contract',
] as const;
export type Flaw = (typeof FLAWS)[number];

type Up = MessageInitShape<typeof ConnectRequestSchema>;
type Answer = 'accepted' | 'rejected' | 'withdrawn';

const HOLD_MS = 40;
const RECONNECT_MS = 60;
const SILENT_MS = 90;

export class FlawedChannel {
  readonly #connection: Connection;
  readonly #flaw: Flaw | undefined;
  readonly #answers = new Map<string, Answer>();
  readonly #ignored = new Set<string>();
  readonly #held = new Map<string, NodeJS.Timeout>();
  /** Feedback without a result yet. */
  readonly #waiting = new Map<string, NonNullable<Up['message']>>();
  #stream: ClientDuplexStream<Up, ConnectReply> | undefined;
  #silence: NodeJS.Timeout | undefined;
  #effects = 0;
  #isClosed = false;

  constructor(address: string, flaw?: Flaw) {
    this.#connection = new Connection([address], settingsOf({}));
    this.#flaw = flaw;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#silence);
    for (const timer of this.#held.values()) clearTimeout(timer);
    this.#stream?.end();
    this.#connection.close();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const stream = this.#connection.bidi(ChannelService.method.connect);
    this.#stream = stream;
    stream.on('data', (reply: ConnectReply) => {
      if (this.#stream === stream) this.#take(reply);
    });
    stream.on('error', () => this.#lost(stream));
    stream.on('end', () => this.#lost(stream));
    const channel = this.#flaw === 'hello' ? 'sms' : 'email';
    this.#write({ case: 'hello', value: { channel, credits: 50, client: 'flawed' } });
    for (const message of this.#waiting.values()) this.#write(message);
  }

  #lost(stream: ClientDuplexStream<Up, ConnectReply>): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#flaw === 'feedback-kept') this.#waiting.clear();
    if (this.#flaw !== 'drops') setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #take({ message }: ConnectReply): void {
    clearTimeout(this.#silence);
    if (this.#flaw === 'silence') this.#silence = setTimeout(() => this.#break(), SILENT_MS);
    if (message.case === 'deliver') this.#deliver(message.value);
    else if (message.case === 'withdraw') this.#withdraw(message.value.dispatchId);
    else if (message.case === 'feedbackResult') {
      const { id, status, retryAfter } = message.value;
      const again = this.#waiting.get(id);
      if (status !== FeedbackStatus.RETRY || again === undefined) this.#waiting.delete(id);
      else {
        const wait = this.#flaw === 'feedback-retry' ? 0 : (retryAfter?.nanos ?? 0) / 1e6;
        setTimeout(() => this.#write(again), wait);
      }
    } else if (this.#flaw === 'unknown-messages') this.#break();
  }

  /** As a process that died of what it did not expect. */
  #break(): void {
    this.#stream?.cancel();
  }

  #deliver({ dispatchId, attempt, notAfter }: Deliver): void {
    const known = this.#answers.get(dispatchId);
    if (this.#flaw === 'accepts' && this.#answers.size < 2) return this.#answer(dispatchId, 'rejected');
    if (this.#flaw === 'reorders' && known === undefined && attempt > 1) this.#ignored.add(dispatchId);
    if (this.#ignored.has(dispatchId)) return;
    if (this.#flaw === 'burst' && this.#held.size > 5) return;
    if (known !== undefined && this.#flaw !== 'once') {
      if (this.#flaw !== 'repeats') this.#answer(dispatchId, known);
      return;
    }
    const isOver = notAfter !== undefined && timestampMs(notAfter) <= Date.now();
    if (isOver && this.#flaw !== 'expired') return this.#answer(dispatchId, 'rejected');
    this.#held.set(
      dispatchId,
      setTimeout(() => this.#send(dispatchId), HOLD_MS),
    );
    this.#answer(dispatchId, 'accepted');
    if (this.#flaw === 'contract') this.#answer('nobody-asked', 'accepted');
  }

  #withdraw(dispatchId: string): void {
    const isKnown = this.#answers.has(dispatchId);
    if (this.#flaw === 'withdraws-unknown' && !isKnown) return this.#break();
    if (this.#flaw === 'withdraws' || !isKnown) return;
    if (this.#flaw !== 'stopped') clearTimeout(this.#held.get(dispatchId));
    this.#held.delete(dispatchId);
    this.#answer(dispatchId, 'withdrawn');
  }

  /** The message goes out, and that is told. */
  #send(dispatchId: string): void {
    this.#held.delete(dispatchId);
    const id = `effect-${++this.#effects}`;
    const value = { id, dispatchId, kind: FeedbackKind.DELIVERED, occurredAt: timestampNow() };
    const message = { case: 'feedback', value } as const;
    this.#waiting.set(id, message);
    this.#write(message);
  }

  #answer(dispatchId: string, answer: Answer): void {
    this.#answers.set(dispatchId, answer);
    if (answer === 'accepted') this.#write({ case: 'accepted', value: { dispatchId } });
    else if (answer === 'rejected') this.#write({ case: 'rejected', value: { dispatchId, reason: 'no' } });
    else this.#write({ case: 'withdrawn', value: { dispatchId, tooLate: false } });
  }

  #write(message: NonNullable<Up['message']>): void {
    this.#stream?.write({ message });
  }
}
