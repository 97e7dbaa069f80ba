import type { RuntimeClock } from '../../port/clock.ts';
import type { Host, Scheduler } from './scheduler.ts';

/** A host's clock: the world's time, a little off. */
export class HostClock implements RuntimeClock {
  readonly #scheduler: Scheduler;
  readonly #host: Host;
  readonly #offMs: () => number;
  #rounds = 0;

  constructor(scheduler: Scheduler, host: Host, offMs: () => number) {
    this.#scheduler = scheduler;
    this.#host = host;
    this.#offMs = offMs;
  }

  now(): number {
    return this.#scheduler.now + this.#offMs();
  }

  after(ms: number, fn: () => void): () => void {
    return this.#scheduler.after(ms, this.#host, fn);
  }

  /** Mostly at once; a loop that goes round and round still lets time pass. */
  soon(fn: () => void): void {
    this.#rounds++;
    this.#scheduler.after(this.#rounds % 8 === 0 ? 1 : 0, this.#host, fn);
  }
}
