/**
 * The deliveries that a channel system has dealt with, so that a repeated one gets the same answer and no second send.
 *
 * I1  An id is remembered until its `not_after` + 24 h: the service does not repeat it after that.
 * I2  At most `max` ids; the oldest are forgotten.
 */
const AFTER_MS = 86_400_000;

export type DispatchAnswer = 'pending' | 'accepted' | 'rejected' | 'withdrawn';

interface Seen {
  readonly until: number;
  answer: DispatchAnswer;
}

export class SeenDispatches {
  readonly #seen = new Map<string, Seen>();
  readonly #max: number;

  constructor(max = 100_000) {
    this.#max = max;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** The answer that was given; undefined for an id that is new. */
  get(dispatchId: string): DispatchAnswer | undefined {
    return this.#seen.get(dispatchId)?.answer;
  }

  /** Remembers an id that is new. */
  add(dispatchId: string, notAfter: number, now: number): void {
    for (const [id, { until }] of this.#seen) {
      if (until > now && this.#seen.size < this.#max) break;
      this.#seen.delete(id);
    }
    this.#seen.set(dispatchId, { until: notAfter + AFTER_MS, answer: 'pending' });
  }

  setAnswer(dispatchId: string, answer: DispatchAnswer): void {
    const seen = this.#seen.get(dispatchId);
    if (seen !== undefined) seen.answer = answer;
  }

  /** Forgets an id that may be delivered again: it was refused for now. */
  forget(dispatchId: string): void {
    this.#seen.delete(dispatchId);
  }
}
