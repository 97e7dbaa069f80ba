import type { Asked } from './shop-tally.ts';

export interface Waits {
  /** Customers whose requests waited. */
  readonly customers: number;
  /** Of each customer's longest wait, in ms; 0 where nobody waited. */
  readonly medianMs: number;
  readonly longestMs: number;
  /** Requests that were given up. */
  readonly failed: number;
}

/** A request that takes longer has waited for something. */
const WAITED_MS = 500;

/** How long requests for these shards waited that were on their way at some time within `from` and `to`, ms since the shop opened. */
export function waitsOf(
  asked: readonly Asked[],
  shards: ReadonlySet<number>,
  { from, to }: { readonly from: number; readonly to: number },
): Waits {
  const longest = new Map<number, number>();
  let failed = 0;
  for (const { customer, shard, at, ms, fault } of asked) {
    if (!shards.has(shard) || at > to || at + ms < from) continue;
    if (fault !== '') failed++;
    // What it waited before is another matter.
    const waited = ms - Math.max(0, from - at);
    if (waited >= WAITED_MS) longest.set(customer, Math.max(waited, longest.get(customer) ?? 0));
  }
  const sorted = [...longest.values()].sort((a, b) => a - b);
  return {
    ...{ customers: sorted.length, failed },
    medianMs: Math.round(sorted[sorted.length >> 1] ?? 0),
    longestMs: Math.round(sorted.at(-1) ?? 0),
  };
}
