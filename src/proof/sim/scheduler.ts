/**
 * The one order in which everything of a simulation happens: virtual time, and chance where two things are due at once.
 * Owned by the world; hosts, network and clients put what they do in here.
 *
 * I1  The same seed gives the same order: nothing runs outside of an item but the microtasks that it leaves.
 * I2  What a dead host had ahead of itself never runs; what a paused one has waits until it goes on.
 */
import { Heap } from '../../base/heap.ts';
import type { Rng } from '../../base/rng.ts';

interface Item {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  readonly host: Host | undefined;
  readonly run: () => void;
  cancelled: boolean;
}

/** One process's life. A restart is another host. */
export class Host {
  readonly name: string;
  state: 'up' | 'paused' | 'dead' = 'up';
  /** What came due while it was paused. */
  readonly waiting: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

export class Scheduler {
  readonly #items = new Heap<Item>((a, b) => a.at - b.at || a.tie - b.tie || a.order - b.order);
  readonly #rng: Rng;
  #now: number;
  #order = 0;
  #steps = 0;

  constructor(now: number, rng: Rng) {
    this.#now = now;
    this.#rng = rng;
  }

  get now(): number {
    return this.#now;
  }

  /** Items run so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs `run` `ms` from now, in the life of `host` (undefined: the world's). The returned function cancels it. */
  after(ms: number, host: Host | undefined, run: () => void): () => void {
    const item: Item = {
      at: this.#now + Math.max(0, Math.round(ms)),
      tie: this.#rng.uint32(),
      order: this.#order++,
      host,
      run,
      cancelled: false,
    };
    this.#items.push(item);
    return () => {
      item.cancelled = true;
    };
  }

  resume(host: Host): void {
    if (host.state !== 'paused') return;
    host.state = 'up';
    for (const run of host.waiting.splice(0)) this.after(0, host, run);
  }

  /** Runs the next item and the microtasks behind it; false when nothing is left before `until`. */
  async step(until: number): Promise<boolean> {
    for (;;) {
      const item = this.#items.peek();
      if (item === undefined || item.at > until) {
        this.#now = Math.max(this.#now, Math.min(until, item?.at ?? until));
        return false;
      }
      this.#items.pop();
      if (item.cancelled || item.host?.state === 'dead') continue;
      this.#now = item.at;
      if (item.host?.state === 'paused') {
        item.host.waiting.push(() => {
          if (!item.cancelled) item.run();
        });
        continue;
      }
      this.#steps++;
      item.run();
      // The event loop goes round only when no microtask is left.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return true;
    }
  }
}
