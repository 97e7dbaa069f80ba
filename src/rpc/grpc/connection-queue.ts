import { INTERVALS, LIMITS } from '../../config/limits.ts';

/**
 * New connections that wait to be let in while strangers cost too much: some at a time, the addresses in turn, so that one
 * newcomer waits no longer for forty connections of each attacking address than for one.
 *
 * I1  Who waits is let in once, in the order of their address; those that are gone meanwhile are passed over.
 */
export class ConnectionQueue {
  readonly #byAddress = new Map<string, (() => boolean)[]>();
  #timer: NodeJS.Timeout | undefined;

  get isEmpty(): boolean {
    return this.#byAddress.size === 0;
  }

  /** Calls `enter` when its turn comes; it answers false when nobody is there any more. */
  wait(address: string, enter: () => boolean): void {
    const waiting = this.#byAddress.get(address);
    if (waiting === undefined) this.#byAddress.set(address, [enter]);
    else waiting.push(enter);
    this.#timer ??= setInterval(() => this.letIn(), INTERVALS.letInMs).unref();
  }

  /** Lets the next ones in; called by itself every `letInMs` while somebody waits. */
  letIn(): void {
    for (let left = LIMITS.letInMax; left > 0 && !this.isEmpty; ) {
      const [address, waiting] = this.#byAddress.entries().next().value as [string, (() => boolean)[]];
      this.#byAddress.delete(address);
      const entered = waiting.shift()?.() === true;
      // Last in turn again.
      if (waiting.length > 0) this.#byAddress.set(address, waiting);
      if (entered) left--;
    }
    if (this.isEmpty) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#byAddress.clear();
  }
}
