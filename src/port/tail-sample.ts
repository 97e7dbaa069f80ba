import { SECOND_MS } from '../base/clock.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import { shareOf } from '../core/identity/customer.ts';

/** Which decisions a live tail shows: a share of them from 0 (none) to 1, at most so many a second. */
export interface TailBounds {
  readonly share: number;
  readonly perSecondMax: number;
}

/** Chooses them, and counts those that are left out. */
export class TailSample {
  readonly #bounds: TailBounds;
  #second = 0;
  #inSecond = 0;
  #skipped = 0;

  constructor(bounds: TailBounds) {
    this.#bounds = bounds;
  }

  /** Somebody else left out so many. */
  skip(count: number): void {
    this.#skipped += count;
  }

  /** `now` in ms; `isFull`: the reader is behind. How many were left out since the last one that was taken; undefined: this one is. */
  take({ seq, index, shard }: DecisionPlace, now: number, isFull: boolean): number | undefined {
    if (now - this.#second >= SECOND_MS) {
      this.#second = now;
      this.#inSecond = 0;
    }
    const { share, perSecondMax } = this.#bounds;
    // Sampled by place in the log: every watcher sees the same decisions, and nothing is drawn.
    const isSampled = share >= 1 || shareOf(Math.imul(seq, 31) + index, shard) < share;
    if (!isSampled || this.#inSecond >= perSecondMax || isFull) {
      this.#skipped++;
      return undefined;
    }
    this.#inSecond++;
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}
