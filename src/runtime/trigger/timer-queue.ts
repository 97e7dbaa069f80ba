/**
 * When customers of one shard must be looked at next, of one lane of the store's index (due-lanes.ts). Memory holds what is due before `horizon`; the store's index has
 * the rest. Owned by the shard.
 *
 * I1  Every customer with a timer before the horizon has an entry here (or is in the mailbox as a wake-up).
 * I2  An entry may be outdated: the profile decides when it is looked at.
 */
import { Heap } from '../../base/heap.ts';

interface Entry {
  readonly due: number;
  readonly id: string;
}

export class TimerQueue {
  readonly #heap = new Heap<Entry>((a, b) => a.due - b.due || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  /** Timers before it are here; 0: nothing was loaded yet. */
  horizon = 0;

  get size(): number {
    return this.#heap.size;
  }

  /** 0: nothing before the horizon. */
  get next(): number {
    return this.#heap.peek()?.due ?? 0;
  }

  /** False when it lies behind the horizon and stays with the store. */
  add(due: number, id: string): boolean {
    if (due >= this.horizon) return false;
    this.put(due, id);
    return true;
  }

  /** Adds a customer wherever the horizon is. */
  put(due: number, id: string): void {
    this.#heap.push({ due, id });
  }

  /** The next customer due at `now`, undefined when none is. */
  pop(now: number): string | undefined {
    const first = this.#heap.peek();
    if (first === undefined || first.due > now) return undefined;
    this.#heap.pop();
    return first.id;
  }

  clear(): void {
    this.#heap.clear();
    this.horizon = 0;
  }
}
