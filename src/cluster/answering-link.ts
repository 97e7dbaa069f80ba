/**
 * The answering end of a link (asking-link.ts). Owned by NodeLinks.
 *
 * I1  Messages that came are handled once and in order. A question that comes too late, or of an older link, is answered `broken`.
 * I2  A question waits until there is something to say, until the next one comes, or INTERVALS.linkHoldMs.
 * I3  Every question is answered. A link whose node asks nothing for INTERVALS.linkLapseMs is over, and so is one of which more than LIMITS.linkWaitingMax wait to be said.
 */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { LinkQuestion } from './asking-link.ts';
import { type DownMessage, saidBytes, type UpMessage } from './link-message.ts';

/** Undefined: the link is over. */
type Reply = (down: readonly DownMessage[] | undefined) => void;

export interface AnsweringLinkParts {
  readonly epoch: number;
  readonly clock: RuntimeClock;
  readonly heard: (messages: readonly UpMessage[]) => void;
  /** Once. */
  readonly over: () => void;
}

export class AnsweringLink {
  readonly epoch: number;
  readonly #parts: AnsweringLinkParts;
  #down: DownMessage[] = [];
  #handled = 0;
  /** Questions that overtook the one before. */
  readonly #early = new Map<number, { readonly up: readonly UpMessage[]; readonly reply: Reply }>();
  readonly #waiting: Reply[] = [];
  #cancelHold: () => void = () => {};
  #cancelLapse: () => void = () => {};
  #isFlushing = false;
  #isOver = false;

  constructor(parts: AnsweringLinkParts) {
    this.epoch = parts.epoch;
    this.#parts = parts;
  }

  /** How many messages wait to be said. */
  get waiting(): number {
    return this.#down.length;
  }

  /** False: it is of no use any more. */
  take({ at, up }: Pick<LinkQuestion, 'at' | 'up'>, reply: Reply): boolean {
    if (this.#isOver || at <= this.#handled) return false;
    this.#cancelLapse();
    this.#cancelLapse = this.#parts.clock.after(INTERVALS.linkLapseMs, () => this.end());
    this.#early.set(at, { up, reply });
    for (;;) {
      const next = this.#early.get(this.#handled + 1);
      if (next === undefined) break;
      this.#early.delete(++this.#handled);
      this.#waiting.push(next.reply);
      if (next.up.length > 0) this.#parts.heard(next.up);
    }
    this.#flush();
    return true;
  }

  say(message: DownMessage): void {
    if (this.#isOver) return;
    this.#down.push(message);
    // I3
    if (this.#down.length > LIMITS.linkWaitingMax) return this.end();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#parts.clock.soon(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelHold();
    this.#cancelLapse();
    // Nobody waits for what never comes.
    for (const reply of [...this.#waiting, ...[...this.#early.values()].map(({ reply: one }) => one)])
      reply(undefined);
    this.#parts.over();
  }

  /** I2 */
  #flush(): void {
    if (this.#isOver) return;
    while (this.#waiting.length > 1 || (this.#waiting.length > 0 && this.#down.length > 0)) this.#answer();
    this.#cancelHold();
    if (this.#waiting.length === 0) return;
    this.#cancelHold = this.#parts.clock.after(INTERVALS.linkHoldMs, () => this.#answer());
  }

  #answer(): void {
    let bytes = 0;
    let count = 0;
    for (const message of this.#down) {
      bytes += saidBytes(message);
      if (count > 0 && bytes > LIMITS.linkAnswerBytes) break;
      count++;
    }
    this.#waiting.shift()?.(this.#down.splice(0, count));
  }
}
