import type { FactPlace } from '../../../audit/laws/law-book.ts';
import type { CustomerFact } from '../../../core/fact/fact.ts';
import type { Journal, Landed } from '../journal.ts';

/** The records that count in the order in which they landed, over all shards: each comes after what it follows from. */
export function inLandingOrder({ landed }: Journal): Landed[] {
  return landed
    .flat()
    .filter(({ counts }) => counts)
    .sort((a, b) => a.step - b.step);
}

/** Calls `read` once for every fact of a customer, in that order. */
export function readAsLanded(
  journal: Journal,
  read: (place: FactPlace, fact: CustomerFact, record: Landed) => void,
): void {
  for (const record of inLandingOrder(journal))
    for (const [index, fact] of record.facts.entries())
      if ('customer' in fact) read({ shard: record.shard, sequence: record.sequence, index }, fact, record);
}
