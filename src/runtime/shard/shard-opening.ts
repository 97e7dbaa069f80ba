/**
 * How a shard comes to serve, and what it does until it can: one try, or tries again and again. Owned by the shard, whose
 * phases it moves between opening, idle and suspended.
 *
 * I1  What a try found is adopted only while the shard is still in the phase that the try began in.
 * I2  A shard that another node served is served by nothing older than that one knew: what nodes share is read behind the fence, before the first turn.
 * I3  A shard behind a foreign fence, or without its lease, is not fenced again but lost.
 */

import type { Refusal } from '../../port/customers.ts';
import { PortError } from '../../port/port-error.ts';
import { LOG_FULL } from './commit.ts';
import { foreignFence } from './foreign-fence.ts';
import type { Phase, ShardPhase } from './phase.ts';
import { type RecoveredShard, type RecoverySource, recoverShard } from './recovery.ts';

const RETRY_MS = { min: 100, max: 10_000 } as const;

/** What opening asks of its shard. */
export interface OpeningHost extends RecoverySource {
  /** The last record that is known to be in the log. */
  readonly sequence: number;
  /** Whether this node may speak for the shard at `now`. */
  mayServe(now: number): boolean;
  /** Serves from here on with what a recovery found. */
  adopt(recovered: RecoveredShard): void;
  /** Forgets what is in memory, of which nothing is trusted. */
  forget(): void;
  /** Gives the shard up. */
  lose(why: string): void;
  /** Refuses all that waits for a turn. */
  refuseQueued(why: Refusal): void;
}

/** A try that came to nothing; `suspended` is undefined when the shard was given up meanwhile. */
interface FailedTry {
  readonly fault: unknown;
  readonly suspended: Phase | undefined;
}

export class ShardOpening {
  readonly #host: OpeningHost;
  readonly #phase: ShardPhase;

  constructor(host: OpeningHost, phase: ShardPhase) {
    this.#host = host;
    this.#phase = phase;
  }

  /** Fence, fold of what the snapshots lack. Resolves when the shard serves; throws PortError. */
  async once(): Promise<void> {
    const failed = await this.#tryOpen();
    if (failed !== undefined) throw failed.fault;
  }

  /** Of a suspended shard: starts over from what is stored, until it serves, a foreign fence is found or the lease has run out. */
  async untilServed(): Promise<void> {
    const { observer, clock } = this.#host.runtime;
    this.#host.forget();
    const known = this.#host.sequence;
    let suspended = this.#phase.current;
    for (let waitMs: number = RETRY_MS.min; ; waitMs = Math.min(waitMs * 2, RETRY_MS.max)) {
      const failed = await this.#tryAgain(suspended, known);
      if (failed?.suspended === undefined) return;
      suspended = failed.suspended;
      observer.fault(`shard ${this.#host.id}: recovery failed, again in ${waitMs} ms`, failed.fault);
      if (this.#phase.isLogFull) this.#host.refuseQueued(LOG_FULL);
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
      if (!this.#phase.holds(suspended)) return;
    }
  }

  async #tryOpen(): Promise<FailedTry | undefined> {
    const opening = this.#phase.enter({ kind: 'opening', isLogFull: this.#phase.isLogFull });
    try {
      const recovered = await recoverShard(this.#host, () => this.#phase.holds(opening));
      // I2
      await this.#host.runtime.catchUp?.();
      // I1
      if (this.#phase.holds(opening)) this.#host.adopt(recovered);
      return undefined;
    } catch (fault) {
      return this.#failedIn(opening, fault);
    }
  }

  /** Undefined: it serves, or is not ours any more. I3. */
  async #tryAgain(suspended: Phase, known: number): Promise<FailedTry | undefined> {
    try {
      const isForeign = await foreignFence(this.#host, known);
      if (!this.#phase.holds(suspended)) return undefined;
      if (isForeign) return void this.#host.lose('another node fenced it');
    } catch (fault) {
      return this.#failedIn(suspended, fault);
    }
    if (!this.#host.mayServe(this.#host.runtime.clock.now()))
      return void this.#host.lose('its lease ran out');
    return this.#tryOpen();
  }

  /** A try failed that began in `phase`; whoever gave the shard up meanwhile has the word. */
  #failedIn(phase: Phase, fault: unknown): FailedTry {
    if (!this.#phase.holds(phase)) return { fault, suspended: undefined };
    const isLogFull = fault instanceof PortError && fault.kind === 'full';
    const suspended = this.#phase.enter({ kind: 'suspended', isLogFull, after: { startOver: false } });
    return { fault, suspended };
  }
}
