import { DispatchLaws, type SentMessage } from '../../../audit/laws/dispatch-laws.ts';
import type { LawBook } from '../../../audit/laws/law-book.ts';
import type { Journal } from '../journal.ts';
import { inLandingOrder } from './landing-order.ts';

/**
 * No push without an append before it: every push is held against the records that had landed when it came, in whatever shard, since
 * a dispatch is handed over by the shard that its customer has moved to. Returns the messages that really reached somebody.
 */
export function checkPushes(journal: Journal, book: LawBook): SentMessage[] {
  const laws = new DispatchLaws(book);
  const records = inLandingOrder(journal);
  let next = 0;
  const readUpTo = (step: number): void => {
    for (let record = records[next]; record !== undefined && record.step < step; record = records[++next])
      for (const [index, fact] of record.facts.entries())
        if ('customer' in fact) laws.fact({ shard: record.shard, sequence: record.sequence, index }, fact);
  };
  for (const push of journal.pushes) {
    readUpTo(push.step);
    laws.pushed(push);
  }
  readUpTo(Number.POSITIVE_INFINITY);
  return laws.messages(journal.reached);
}
