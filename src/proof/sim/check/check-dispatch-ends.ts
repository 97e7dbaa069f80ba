import type { LawBook } from '../../../audit/laws/law-book.ts';
import { placeOfSeq } from '../../../core/identity/home-seq.ts';
import type { Journal } from '../journal.ts';

/** Once its time is over every dispatch is: accepted, refused, withdrawn or lapsed, whatever died and whoever its customer became. */
export function checkDispatchEnds({ landed }: Journal, until: number, book: LawBook): void {
  const open = new Map<string, number>();
  const over = new Set<string>();
  for (const { shard, sequence, facts, counts } of landed.flat()) {
    if (!counts) continue;
    for (const [index, fact] of facts.entries()) {
      if (fact.kind === 'decision' && fact.dispatch) {
        for (const [choice, { kind, notAfter }] of fact.choices.entries())
          if (kind === 'treatment') open.set(`${shard}/${sequence}/${index}/${choice}`, notAfter);
      } else if (fact.kind === 'withdraw' || (fact.kind === 'delivery' && !fact.retryable)) {
        const { seq, index: at, choice } = fact.ref;
        const home = placeOfSeq(shard, seq);
        over.add(`${home.shard}/${home.seq}/${at}/${choice}`);
      }
    }
  }
  for (const [name, notAfter] of open)
    if (!over.has(name) && notAfter < until)
      book.broken('dispatch', `dispatch ${name} was open when its time was over, and still is`);
}
