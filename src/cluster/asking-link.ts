/**
 * The asking end of a link: an ordered stream of messages in both directions with one other node, made of questions that the other node answers when it has something to
 * say, or after a while. Owned by NodeLinks.
 *
 * I1  Messages arrive once and in the order in which they were sent, or the link is broken: whoever uses it begins anew over the next one.
 * I2  At most two questions are under way: one that waits for something to be said, and one that has something to say.
 */
import { INTERVALS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { DownMessage, UpMessage } from './link-message.ts';
import type { PeerAnswer, PeerQuestion } from './peer-message.ts';

export type LinkQuestion = Extract<PeerQuestion, { readonly op: 'link' }>;

const UNDER_WAY_MAX = 2;

export interface AskingLinkParts {
  /** Of the node that asks, and of this link among its links. */
  readonly from: string;
  readonly epoch: number;
  readonly clock: RuntimeClock;
  ask(question: LinkQuestion, timeoutMs: number, done: (answer: PeerAnswer | undefined) => void): void;
  /** Of messages that came. */
  readonly heard: (messages: readonly DownMessage[]) => void;
  /** Once; not after `close`. */
  readonly broken: () => void;
}

export class AskingLink {
  readonly #parts: AskingLinkParts;
  #up: UpMessage[] = [];
  #asked = 0;
  #answered = 0;
  /** Answers that overtook the one before. */
  readonly #early = new Map<number, readonly DownMessage[]>();
  #isOver = false;
  #isFlushing = false;

  constructor(parts: AskingLinkParts) {
    this.#parts = parts;
    this.#flushSoon();
  }

  send(message: UpMessage): void {
    if (this.#isOver) return;
    this.#up.push(message);
    this.#flushSoon();
  }

  /** The other node hears that it is over. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ask([], true);
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#parts.clock.soon(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** I2 */
  #flush(): void {
    const underWay = this.#asked - this.#answered;
    if (this.#isOver || underWay >= UNDER_WAY_MAX || (underWay > 0 && this.#up.length === 0)) return;
    const up = this.#up;
    this.#up = [];
    this.#ask(up, false);
  }

  #ask(up: readonly UpMessage[], isOver: boolean): void {
    const { from, epoch, ask } = this.#parts;
    const at = ++this.#asked;
    ask({ op: 'link', from, epoch, at, up, isOver }, INTERVALS.linkAskMs, (answer) => {
      if (this.#isOver) return;
      if (answer?.kind !== 'link') return this.#break();
      this.#early.set(at, answer.down);
      this.#hear();
    });
  }

  /** I1 */
  #hear(): void {
    for (;;) {
      const next = this.#early.get(this.#answered + 1);
      if (next === undefined) break;
      this.#early.delete(++this.#answered);
      if (next.length > 0) this.#parts.heard(next);
      if (this.#isOver) return;
    }
    this.#flush();
  }

  #break(): void {
    this.#isOver = true;
    this.#parts.broken();
  }
}
