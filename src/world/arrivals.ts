/**
 * When customers come of their own: a Poisson process whose rate follows each one's hours. Owns one waiting arrival per customer.
 * Chances are keyed by the arrival's number, so no treatment moves them.
 */
import { DAY_MS, type Millis, SECOND_MS } from '../base/clock.ts';
import { exponential, keyedRng } from './chance.ts';
import { localHourOfWeek } from './customer-state.ts';
import type { CustomerTruth } from './customer-truth.ts';
import { VISIT_RATE_MAX, visitRate } from './hour-profile.ts';
import { TimeHeap } from './time-heap.ts';
import type { ZoneClock } from './zone-clock.ts';

export class Arrivals {
  readonly #seed: number;
  readonly #zones: ZoneClock;
  readonly #waiting: TimeHeap;
  /** Arrivals begun, by customer. */
  readonly #count: Uint32Array;

  constructor(seed: number, customers: number, zones: ZoneClock) {
    this.#seed = seed;
    this.#zones = zones;
    this.#waiting = new TimeHeap(customers);
    this.#count = new Uint32Array(customers);
  }

  /** When the next customer comes; infinite when nobody does any more. */
  get earliest(): Millis {
    return this.#waiting.earliest;
  }

  /** Lets a customer come for the first time after `from`. */
  begin(x: CustomerTruth, from: Millis): void {
    this.#waiting.push(this.#after(x, 0, from), x.index);
  }

  /** Takes the next customer out, who is not waiting any more; -1 when there is none. */
  pop(): number {
    return this.#waiting.pop();
  }

  /** What follows from an arrival: its number among the customer's, from 0, and whether it was the last. */
  follow(x: CustomerTruth, at: Millis): { readonly number: number; readonly last: boolean } {
    const number = this.#count[x.index] as number;
    this.#count[x.index] = number + 1;
    const last = keyedRng(this.#seed, 'dropout', x.index, number).float() < x.dropout;
    if (!last) this.#waiting.push(this.#after(x, number + 1, at), x.index);
    return { number, last };
  }

  /** Candidates at the greatest rate, thinned to the rate of their hour (Lewis and Shedler, 1979). On whole seconds. */
  #after(x: CustomerTruth, number: number, from: Millis): Millis {
    const rng = keyedRng(this.#seed, 'arrival', x.index, number);
    const meanMs = DAY_MS / (x.visitsPerDay * VISIT_RATE_MAX);
    let at = from;
    let rate = 0;
    do {
      at += exponential(rng, meanMs);
      rate = visitRate(x.hours, localHourOfWeek(at, this.#zones.offsetMin(x.zone, at)));
    } while (rng.float() * VISIT_RATE_MAX >= rate);
    return Math.ceil(at / SECOND_MS) * SECOND_MS;
  }
}
