import { Heap } from '../../base/heap.ts';
import type { RuntimeClock } from '../../port/clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
  cancelled: boolean;
}

/**
 * A clock that stands until it is turned: scenarios and simulations. `soon` is the event loop's own turn unless another
 * scheduler is given, since stores still work in real time.
 */
export class VirtualClock implements RuntimeClock {
  readonly #alarms = new Heap<Alarm>((a, b) => a.at - b.at || a.order - b.order);
  readonly #soon: (fn: () => void) => void;
  #now: number;
  #order = 0;

  constructor(now: number, soon: (fn: () => void) => void = setImmediate) {
    this.#now = now;
    this.#soon = soon;
  }

  now(): number {
    return this.#now;
  }

  /** When the next alarm rings; undefined: none is set. */
  get next(): number | undefined {
    for (;;) {
      const first = this.#alarms.peek();
      if (first === undefined || !first.cancelled) return first?.at;
      this.#alarms.pop();
    }
  }

  after(ms: number, fn: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, ms), order: this.#order++, fn, cancelled: false };
    this.#alarms.push(alarm);
    return () => {
      alarm.cancelled = true;
    };
  }

  soon(fn: () => void): void {
    this.#soon(fn);
  }

  /** Turns the clock to `at` (never back) and rings what is due by then, in order. */
  advanceTo(at: number): void {
    this.#now = Math.max(this.#now, at);
    for (;;) {
      const next = this.next;
      if (next === undefined || next > this.#now) return;
      this.#alarms.pop()?.fn();
    }
  }
}
