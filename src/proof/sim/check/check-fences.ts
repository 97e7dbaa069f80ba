import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { WorldRun } from '../world.ts';

/** Of the time between a turn's begin and the moment at which its record is written. */
const SLACK_MS = 100;

/**
 * One owner per sequence: a fence names itself as its epoch, records stand behind the fence of their epoch, every batch
 * is there once, and time does not run backwards.
 */
export function checkFences({ journal, skewMs }: WorldRun, book: LawBook): void {
  const backMsMax = skewMs + SLACK_MS;
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
      if (header.at < at - backMsMax)
        book.broken('time', `${what} is dated ${header.at}, ${at - header.at} ms before the one before it`);
      at = Math.max(at, header.at);
    }
  }
}
