import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { Journal } from '../journal.ts';

/** Clocks of two nodes may differ by this much. */
const SKEW_MS = 500;

/**
 * One owner per sequence: a fence names itself as its epoch, records stand behind the fence of their epoch, every batch
 * is there once, and time does not run backwards.
 */
export function checkFences(journal: Journal, book: LawBook): void {
  for (const records of journal.landed) {
    const fences = new Map<number, string>();
    const batches = new Set<string>();
    let at = 0;
    for (const { shard, sequence, header, facts, counts } of records) {
      const what = `record ${shard}/${sequence}`;
      const fence = facts.find((fact) => fact.kind === 'fence');
      if (fence !== undefined) {
        if (header.epoch !== sequence) book.broken('fence', `${what} is a fence of epoch ${header.epoch}`);
        if (facts.length !== 1) book.broken('fence', `${what} is a fence and holds ${facts.length} facts`);
        fences.set(sequence, fence.node);
      } else if (!fences.has(header.epoch))
        book.broken('fence', `${what} is of epoch ${header.epoch}, which has no fence`);
      if (!counts) continue;
      if (batches.has(header.batch))
        book.broken('fence', `${what}: batch ${header.batch} was appended before`);
      batches.add(header.batch);
      const owner = fences.get(header.epoch);
      if (owner !== undefined && !header.batch.startsWith(`${owner}.`))
        book.broken('fence', `${what} was written as ${header.batch} in the epoch of ${owner}`);
      if (header.at < at - SKEW_MS)
        book.broken('time', `${what} is dated ${header.at}, ${at - header.at} ms before the one before it`);
      at = Math.max(at, header.at);
    }
  }
}
