import type { RuntimeClock } from '../../port/clock.ts';

/**
 * The process's time: wall time at the start, carried on by the monotonic clock, so it never runs backwards and does not
 * jump when somebody sets the machine's clock. Whole milliseconds.
 */
export class SystemClock implements RuntimeClock {
  now(): number {
    return Math.floor(performance.timeOrigin + performance.now());
  }

  after(ms: number, fn: () => void): () => void {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  }

  soon(fn: () => void): void {
    setImmediate(fn);
  }
}
