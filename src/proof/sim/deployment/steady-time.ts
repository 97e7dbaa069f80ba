/**
 * The steady time of a deployment's nodes, which counts their leases and beats. It passes as the world's does while something happens, and three hundred times as
 * slowly while nothing does: a beat every half second of a quiet night would be most of what a world does, and show nothing.
 */
import { Heap } from '../../../base/heap.ts';
import type { Host, Scheduler } from '../scheduler.ts';

interface Timer {
  /** By this time. */
  readonly due: number;
  readonly order: number;
  readonly host: Host | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

const SLOWED = 300;
/** What is due within it is due: sums of fractions miss one another by less. */
const ROUNDING_MS = 1e-3;

export class SteadyTime {
  readonly #scheduler: Scheduler;
  readonly #timers = new Heap<Timer>((a, b) => a.due - b.due || a.order - b.order);
  #order = 0;
  /** When `#reached` was so (ms of the world). */
  #at: number;
  #reached = 0;
  /** Until when (ms of the world) it passes as the world's does. */
  #fastUntil: number;
  #cancel: () => void = () => {};

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#at = scheduler.now;
    this.#fastUntil = scheduler.now;
  }

  /** Milliseconds since the world began. */
  get now(): number {
    const fast = Math.max(0, Math.min(this.#scheduler.now, this.#fastUntil) - this.#at);
    return this.#reached + fast + (this.#scheduler.now - this.#at - fast) / SLOWED;
  }

  /** Something happens: it passes as the world's time does for `ms` from now. */
  hurry(ms: number): void {
    const until = this.#scheduler.now + ms;
    if (until <= this.#fastUntil) return;
    this.#reached = this.now;
    this.#at = this.#scheduler.now;
    this.#fastUntil = until;
    this.#arm();
  }

  /** Runs `run` in the life of `host` when `ms` have passed. The returned function cancels it. */
  after(ms: number, host: Host | undefined, run: () => void): () => void {
    const timer = { due: this.now + ms, order: this.#order++, host, run, isCancelled: false };
    this.#timers.push(timer);
    if (this.#timers.peek() === timer) this.#arm();
    return () => {
      timer.isCancelled = true;
    };
  }

  #arm(): void {
    this.#cancel();
    const next = this.#timers.peek();
    if (next === undefined) return;
    const fast = Math.max(0, this.#fastUntil - this.#at);
    const steady = next.due - this.#reached;
    const at = this.#at + (steady <= fast ? steady : fast + (steady - fast) * SLOWED);
    this.#cancel = this.#scheduler.after(Math.ceil(at - this.#scheduler.now), undefined, () => this.#fire());
  }

  #fire(): void {
    const now = this.now + ROUNDING_MS;
    for (let next = this.#timers.peek(); next !== undefined && next.due <= now; next = this.#timers.peek()) {
      const timer = next;
      this.#timers.pop();
      if (timer.isCancelled) continue;
      this.#scheduler.after(0, timer.host, () => {
        if (!timer.isCancelled) timer.run();
      });
    }
    this.#arm();
  }
}
