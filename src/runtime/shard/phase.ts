/**
 * What a shard is doing. Owned by its shard; only `ShardPhase.enter` changes it.
 *
 * I1  A phase is entered only along EDGES; anything else is a bug.
 * I2  A phase is one object, from its entry to its end: who waits for something keeps the phase that the wait began in and
 *     asks `holds` afterwards. A shard that was lost and opened again is in another one.
 */
import { assert } from '../../base/assert.ts';
import type { RuntimeClock } from '../../port/clock.ts';

export type Phase =
  | { readonly kind: 'closed' }
  /** Fence, checkpoint and fold are under way; nothing is served. `isLogFull`: the try before found no room for a fence. */
  | { readonly kind: 'opening'; readonly isLogFull: boolean }
  /** Serves, between two turns. */
  | { readonly kind: 'idle' }
  /** A turn computes facts or waits for its scores. */
  | { readonly kind: 'turning'; readonly after: AfterTurn }
  /** The turn's record is on its way to the log. */
  | { readonly kind: 'appending'; readonly after: AfterTurn }
  /** Nothing in memory is trusted: a recovery is due or waits for its next try. */
  | { readonly kind: 'suspended'; readonly isLogFull: boolean; readonly after: AfterTurn }
  /** Another node's, or its lease ran out. */
  | { readonly kind: 'lost' };

export type PhaseKind = Phase['kind'];

/** What was asked for while a turn was under way. */
export interface AfterTurn {
  /** The stores are not what this process believes: the shard starts over when the turn is done. */
  startOver: boolean;
}

const EDGES: Readonly<Record<PhaseKind, readonly PhaseKind[]>> = {
  closed: ['opening'],
  opening: ['idle', 'suspended', 'lost', 'closed'],
  idle: ['turning', 'suspended', 'lost', 'closed'],
  turning: ['appending', 'idle', 'suspended', 'lost'],
  appending: ['idle', 'suspended', 'lost'],
  // To idle: an append whose outcome was unknown turned out to be in the log.
  suspended: ['suspended', 'opening', 'idle', 'lost', 'closed'],
  lost: ['opening', 'closed'],
};

/** What was asked for in a phase; nothing outside of a turn. */
export function afterOf(phase: Phase): AfterTurn {
  return 'after' in phase ? phase.after : { startOver: false };
}

export function mayFollow(from: PhaseKind, to: PhaseKind): boolean {
  return EDGES[from].includes(to);
}

export class ShardPhase {
  readonly #clock: Pick<RuntimeClock, 'now'>;
  #current: Phase = { kind: 'closed' };
  #downSince: number;

  constructor(clock: Pick<RuntimeClock, 'now'>) {
    this.#clock = clock;
    this.#downSince = clock.now();
  }

  get current(): Phase {
    return this.#current;
  }

  get kind(): PhaseKind {
    return this.#current.kind;
  }

  /** Requests are taken up: between two turns, or in one. */
  get isServing(): boolean {
    const { kind } = this.#current;
    return kind === 'idle' || kind === 'turning' || kind === 'appending';
  }

  /** The last try to serve found no room for a fence in the log. */
  get isLogFull(): boolean {
    const phase = this.#current;
    return (phase.kind === 'suspended' || phase.kind === 'opening') && phase.isLogFull;
  }

  /** A turn is under way, up to its acknowledgement. */
  get isInTurn(): boolean {
    const { kind } = this.#current;
    return kind === 'turning' || kind === 'appending';
  }

  /** Since when the shard does not serve, in ms by the clock; 0: it serves. */
  get downSince(): number {
    return this.#downSince;
  }

  /** Whether the shard is still in the phase that a wait began in (I2). */
  holds(phase: Phase): boolean {
    return this.#current === phase;
  }

  /** Throws AssertionFailure for an edge that is not one of EDGES. */
  enter<P extends Phase>(next: P): P {
    const { kind } = this.#current;
    assert(mayFollow(kind, next.kind), () => `a shard may not go from ${kind} to ${next.kind}`);
    this.#current = next;
    if (this.isServing) this.#downSince = 0;
    else if (this.#downSince === 0) this.#downSince = this.#clock.now();
    return next;
  }
}
