import { INTERVALS } from '../config/limits.ts';
import type { MemberNode } from '../port/membership.ts';

interface Seen {
  readonly revision: number;
  /** By the time in which the store answered. */
  readonly at: number;
}

/**
 * Which nodes live, as one of them sees it: those whose row is another one than INTERVALS.nodeLeaseMs ago, by its own steady clock, and counting only time in which the
 * store answered it. A store that was away for a minute has let nobody lapse, and neither has a looker who was stopped.
 */
export class LivingNodes {
  readonly #seen = new Map<string, Seen>();
  #answeredMs = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** The store answered `now` (steady ms) with these rows. */
  look(nodes: readonly MemberNode[], now: number): void {
    this.#answeredMs += Math.min(now - this.#answeredAt, 2 * INTERVALS.nodeBeatMs);
    this.#answeredAt = now;
    for (const { id, revision } of nodes)
      if (this.#seen.get(id)?.revision !== revision) this.#seen.set(id, { revision, at: this.#answeredMs });
    for (const id of this.#seen.keys()) if (!nodes.some((node) => node.id === id)) this.#seen.delete(id);
  }

  /** One that was never looked at lives. */
  has({ id }: MemberNode): boolean {
    const seen = this.#seen.get(id);
    return seen === undefined || this.#answeredMs - seen.at <= INTERVALS.nodeLeaseMs;
  }
}
