import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { HeapMeter } from '../port/heap-meter.ts';
import type { Observer } from '../port/observer.ts';

/** `short`: what can wait is refused, and memory is given back; `full`: everything is refused. */
export type HeapRoom = 'enough' | 'short' | 'full';

/**
 * Whether memory runs out, before the process dies of it. Looked at with every beat of the engine. Owned by the node.
 *
 * I1. What is only not collected yet refuses nobody: near the bound it is collected first, at most once in `heapCollectMs`, and as
 *     often while requests are refused, since they are what would lead to it.
 */
export class HeapWatch {
  readonly #meter: HeapMeter;
  readonly #clock: Pick<RuntimeClock, 'now'>;
  readonly #observer: Observer;
  #room: HeapRoom = 'enough';
  #percent = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;

  constructor(meter: HeapMeter, clock: Pick<RuntimeClock, 'now'>, observer: Observer) {
    this.#meter = meter;
    this.#clock = clock;
    this.#observer = observer;
  }

  get room(): HeapRoom {
    return this.#room;
  }

  /** Of what there may be, in percent, as it was seen last. */
  get percent(): number {
    return this.#percent;
  }

  look(): void {
    this.#measure();
    if (this.#percent >= LIMITS.heapPercentMax) {
      const now = this.#clock.now();
      // Until then the last judgement stands, unless it got worse.
      if (now - this.#collectedAt < INTERVALS.heapCollectMs) {
        if (this.#room !== 'enough') this.#judge();
        return;
      }
      this.#meter.collect();
      this.#collectedAt = now;
      this.#measure();
    }
    this.#judge();
  }

  #measure(): void {
    const { usedBytes, limitBytes } = this.#meter.read();
    this.#percent = Math.floor((100 * usedBytes) / limitBytes);
  }

  #judge(): void {
    const before = this.#room;
    this.#room = roomAt(this.#percent);
    if (before === 'enough' && this.#room !== 'enough')
      this.#observer.fault(
        `memory runs out: ${this.#percent} % of the heap is in use, and requests are refused; give it more (NODE_OPTIONS=--max-old-space-size) or less to keep (--resident-bytes-max)`,
      );
    if (before !== 'enough' && this.#room === 'enough')
      this.#observer.info(`memory is enough again: ${this.#percent} % of the heap is in use`);
  }
}

function roomAt(percent: number): HeapRoom {
  if (percent >= LIMITS.heapCriticalPercentMax) return 'full';
  return percent >= LIMITS.heapPercentMax ? 'short' : 'enough';
}
