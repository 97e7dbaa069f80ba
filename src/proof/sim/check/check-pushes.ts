import { DispatchLaws, type SentMessage } from '../../../audit/laws/dispatch-laws.ts';
import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { Journal, Landed } from '../journal.ts';

/**
 * No push without an append before it: every push is held against the records that had landed when it came, in whatever shard, since
 * a dispatch is handed over by the shard that its customer has moved to. Returns the messages that really reached somebody.
 */
export function checkPushes(journal: Journal, book: LawBook): SentMessage[] {
  const laws = new DispatchLaws(book);
  const read = journal.landed.map(() => 0);
  const readUpTo = (counts: readonly number[]): void => {
    const records = journal.landed.flatMap((all, shard) => all.slice(read[shard], counts[shard] ?? 0));
    for (const shard of read.keys()) read[shard] = Math.max(read[shard] as number, counts[shard] ?? 0);
    // What becomes of a dispatch in another shard follows its decision.
    for (const isDecision of [true, false])
      for (const record of records) readRecord(laws, record, isDecision);
  };
  for (const push of journal.pushes) {
    readUpTo(push.landed);
    laws.pushed(push);
  }
  readUpTo(journal.landed.map(({ length }) => length));
  return laws.messages(journal.reached);
}

function readRecord(
  laws: DispatchLaws,
  { shard, sequence, facts, counts }: Landed,
  isDecision: boolean,
): void {
  if (!counts) return;
  for (const [index, fact] of facts.entries())
    if ('customer' in fact && (fact.kind === 'decision') === isDecision)
      laws.fact({ shard, sequence, index }, fact);
}
