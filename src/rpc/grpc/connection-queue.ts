import { INTERVALS, LIMITS } from '../../config/limits.ts';

/**
 * New connections that wait to be let in while strangers cost too much: some at a time, the addresses in turn, so that a
 * new address waits no longer for forty connections of each attacking address than for one.
 *
 * I1  Each connection is let in once, in the order of its address; closed ones are skipped.
 */
export class ConnectionQueue {
  readonly #byAddress = new Map<string, (() => boolean)[]>();
  #timer: NodeJS.Timeout | undefined;

  get isEmpty(): boolean {
    return this.#byAddress.size === 0;
  }

  /** Calls `enter` when its turn comes; it returns false when the connection is closed. */
  wait(address: string, enter: () => boolean): void {
    const waiting = this.#byAddress.get(address);
    if (waiting === undefined) this.#byAddress.set(address, [enter]);
    else waiting.push(enter);
    this.#timer ??= setInterval(() => this.letIn(), INTERVALS.letInMs).unref();
  }

  /** Lets the next ones in; called by itself every `letInMs` while any wait. */
  letIn(): void {
    for (let places = LIMITS.letInMax; places > 0 && !this.isEmpty; ) {
      const [address, waiting] = this.#byAddress.entries().next().value as [string, (() => boolean)[]];
      this.#byAddress.delete(address);
      const entered = waiting.shift()?.() === true;
      // Last in turn again.
      if (waiting.length > 0) this.#byAddress.set(address, waiting);
      if (entered) places--;
    }
    if (this.isEmpty) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#byAddress.clear();
  }
}
