/** A channel system on a raw stream that does all that is right but for one flaw: our client would hide it. */
import { timestampMs, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type ConnectReply,
  type Deliver,
  FeedbackKind,
  FeedbackStatus,
} from '../../gen/attune/v1/channel_pb.ts';
import { RawSystem, type UpMessage } from './raw-system.fixture.ts';

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

type Answer = 'accepted' | 'rejected' | 'withdrawn';

const HOLD_MS = 40;
const SILENT_MS = 90;

export class FlawedChannel {
  readonly #system: RawSystem;
  readonly #flaw: Flaw | undefined;
  readonly #answers = new Map<string, Answer>();
  readonly #ignored = new Set<string>();
  readonly #held = new Map<string, NodeJS.Timeout>();
  /** Feedback without a result yet. */
  readonly #waiting = new Map<string, UpMessage>();
  #effects = 0;

  constructor(address: string, flaw?: Flaw) {
    this.#flaw = flaw;
    this.#system = new RawSystem(address, {
      ...{ channel: flaw === 'hello' ? 'sms' : 'email', client: 'flawed', staysAway: flaw === 'drops' },
      ...(flaw === 'silence' && { silentMs: SILENT_MS }),
      take: (reply) => this.#take(reply),
      connected: () => {
        for (const message of this.#waiting.values()) this.#system.write(message);
      },
      lost: () => {
        if (flaw === 'feedback-kept') this.#waiting.clear();
      },
    });
  }

  close(): void {
    for (const timer of this.#held.values()) clearTimeout(timer);
    this.#system.close();
  }

  #take({ message }: ConnectReply): void {
    if (message.case === 'deliver') this.#deliver(message.value);
    else if (message.case === 'withdraw') this.#withdraw(message.value.dispatchId);
    else if (message.case === 'feedbackResult') {
      const { id, status, retryAfter } = message.value;
      const again = this.#waiting.get(id);
      if (status !== FeedbackStatus.RETRY || again === undefined) this.#waiting.delete(id);
      else {
        const wait = this.#flaw === 'feedback-retry' ? 0 : (retryAfter?.nanos ?? 0) / 1e6;
        setTimeout(() => this.#system.write(again), wait);
      }
    } else if (this.#flaw === 'unknown-messages') this.#system.break();
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
    if (this.#flaw === 'withdraws-unknown' && !isKnown) return this.#system.break();
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
    this.#system.write(message);
  }

  #answer(dispatchId: string, answer: Answer): void {
    this.#answers.set(dispatchId, answer);
    if (answer === 'accepted') this.#system.write({ case: 'accepted', value: { dispatchId } });
    else if (answer === 'rejected')
      this.#system.write({ case: 'rejected', value: { dispatchId, reason: 'no' } });
    else this.#system.write({ case: 'withdrawn', value: { dispatchId, tooLate: false } });
  }
}
