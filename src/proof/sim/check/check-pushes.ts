import { DispatchLaws, type SentMessage } from '../../../audit/laws/dispatch-laws.ts';
import type { LawBook } from '../../../audit/laws/law-book.ts';
import { parseDispatchId } from '../../../core/decide/decision-id.ts';
import type { Journal, Landed } from '../journal.ts';

/**
 * No push without an append before it: every push is held against the records that had landed when it came. Returns the
 * messages that really reached somebody.
 */
export function checkPushes(journal: Journal, book: LawBook): SentMessage[] {
  const laws = new DispatchLaws(book);
  const pushes = Map.groupBy(journal.pushes, ({ dispatchId }) => parseDispatchId(dispatchId)?.shard ?? -1);
  // Of no shard: there cannot be such a dispatch, which the law says.
  for (const push of pushes.get(-1) ?? []) laws.pushed(push);
  for (const [shard, records] of journal.landed.entries()) {
    let read = 0;
    const readUpTo = (count: number): void => {
      for (; read < count; read++) readRecord(laws, records[read] as Landed);
    };
    for (const push of pushes.get(shard) ?? []) {
      readUpTo(push.landed[shard] ?? 0);
      laws.pushed(push);
    }
    readUpTo(records.length);
  }
  return laws.messages(journal.reached);
}

function readRecord(laws: DispatchLaws, { shard, sequence, facts, counts }: Landed): void {
  if (!counts) return;
  for (const [index, fact] of facts.entries())
    if ('customer' in fact) laws.fact({ shard, sequence, index }, fact);
}
