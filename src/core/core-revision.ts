/**
 * Which revision of fold and decide a fact was made under. A shard adopts a revision by a fact; from that record on its
 * facts are folded, and its decisions derived again, by that revision and no other.
 *
 * What is folded stays as it was folded: a profile goes from one revision to the next as it stands, since the facts to fold
 * it anew may be dropped by then. So a changed fold takes what every earlier one has left.
 */

/** The revision that shards adopt. A change of what fold or decide make of the same facts raises it. */
export const CORE_REVISION = 2;

/** Every revision whose fold and decide this code has; each has a saved log under src/proof/golden-log. */
export const CARRIED: ReadonlySet<number> = new Set([2]);

/** What one process knows of revisions. `current` is carried; a shard that has adopted a later one that is carried keeps it. */
export interface CoreRevisions {
  readonly current: number;
  readonly carried: ReadonlySet<number>;
}

/** Records from sequence `from` on are of `revision`, until the next adoption. */
export interface RevisionAdoption {
  readonly revision: number;
  readonly from: number;
}

/** The revision in force at `sequence`, 0 before the first adoption. `adoptions` ascend. */
export function revisionAt(adoptions: readonly RevisionAdoption[], sequence: number): number {
  return adoptions.findLast(({ from }) => from <= sequence)?.revision ?? 0;
}
