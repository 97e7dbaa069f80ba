import type { LawBook } from '../../../audit/laws/law-book.ts';
import { type RevisionAdoption, revisionAt } from '../../../core/core-revision.ts';
import type { Journal } from '../journal.ts';

/**
 * A shard's facts of customers stand behind the adoption of a core revision, no later adoption goes back to an earlier one,
 * and a snapshot names the revision in force at the record it stands at.
 */
export function checkRevisions(journal: Journal, book: LawBook): void {
  const adoptions = journal.landed.map((records, shard) => {
    const adopted: RevisionAdoption[] = [];
    for (const { sequence, facts, counts } of records) {
      if (!counts) continue;
      for (const fact of facts) {
        const revision = adopted.at(-1)?.revision ?? 0;
        if ('customer' in fact && revision === 0)
          book.broken('revision', `record ${shard}/${sequence} is about a customer, and nothing is adopted`);
        if (fact.kind !== 'adopted' || fact.edition !== 'core') continue;
        if (Number(fact.version) <= revision)
          book.broken('revision', `record ${shard}/${sequence} adopts ${fact.version} after ${revision}`);
        adopted.push({ revision: Number(fact.version), from: sequence });
      }
    }
    return adopted;
  });
  for (const { shard, id, seq, revision } of journal.saved) {
    const inForce = revisionAt(adoptions[shard] ?? [], seq);
    if (revision !== inForce)
      book.broken('revision', `the snapshot of ${id} at ${seq} names ${revision}, in force was ${inForce}`);
  }
}
