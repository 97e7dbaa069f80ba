/**
 * What a shard's counter of snapshot batches tells: whether the store still holds what somebody saw there. A batch adds one. A
 * clear may land late, on what was written after it was sent; it leaves a counter that is far from all that were seen before.
 */
import { PortError } from './port-error.ts';

/** More batches of snapshots than one record of the log makes: the customers of a turn fit into one or two. */
export const BATCHES_PER_RECORD_MAX = 16;

/** How far a clear moves the counter on: many more batches than a store loses at its end before the clear lands. */
const CLEAR_LEAP = 2 ** 20;

/**
 * Batches that may be written between the moment at which a reader says what it knows and the read. Below those of one record: a
 * store that lost everything is cleared to a counter that is only the records since then above what its last owner knows.
 */
const OVERTAKING_MAX = 8;

/** The counter behind a clear of a shard at `counter`; `above`: as many batches as the log can have made. */
export function counterAfterClear(counter: number, above: number): number {
  return Math.max(counter, above) + CLEAR_LEAP;
}

/**
 * Throws `conflict` when a shard at `counter` is not what a reader knows who saw it at `known`: it lost batches, or was
 * cleared. A row from before, or none, would pass for the customer's last one.
 */
export function expectKnown(shard: number, known: number, counter: number): void {
  if (counter < known)
    throw new PortError(
      'conflict',
      `the snapshots of shard ${shard} lost a suffix: ${counter} batches are left of ${known}`,
    );
  if (counter > known + OVERTAKING_MAX)
    throw new PortError(
      'conflict',
      `the snapshots of shard ${shard} were cleared: they are at batch ${counter}, and ${known} was the last known`,
    );
}
