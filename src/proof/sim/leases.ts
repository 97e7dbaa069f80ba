/**
 * A membership as simple as can be: one table of leases, asked by message. A shard is granted to one holder until its
 * lease expires; only the holder extends it. It gives liveness; safety is the log's fence.
 */
export const LEASE_MS = 120_000;
/** A holder stops serving this long before its lease ends: clocks differ, and loops stall. */
export const LEASE_MARGIN_MS = 10_000;
export const LEASE_RENEW_MS = 35_000;

export class Leases {
  readonly #held = new Map<number, { holder: string; until: number }>();

  /** True: the holder has the shard until `now + LEASE_MS`. */
  claim(shard: number, holder: string, now: number): boolean {
    const held = this.#held.get(shard);
    if (held !== undefined && held.holder !== holder && held.until > now) return false;
    this.#held.set(shard, { holder, until: now + LEASE_MS });
    return true;
  }

  /** Who holds it, '' when nobody does. */
  holder(shard: number, now: number): string {
    const held = this.#held.get(shard);
    return held === undefined || held.until <= now ? '' : held.holder;
  }

  release(shard: number, holder: string): void {
    if (this.#held.get(shard)?.holder === holder) this.#held.delete(shard);
  }

  /** A holder is known to be dead: its shards are free at once. */
  forget(holder: string): void {
    for (const [shard, held] of this.#held) if (held.holder === holder) this.#held.delete(shard);
  }
}
