import { everOne } from '../../../audit/laws/causal-order.ts';
import { type FactPlace, type LawBook, placeText } from '../../../audit/laws/law-book.ts';
import type { Journal } from '../journal.ts';
import { readAsLanded } from './landing-order.ts';

interface Decided {
  readonly place: FactPlace;
  /** Everybody who was one person with its customer at any time. */
  readonly person: string;
  /** The how-manieth fact of the world it is. */
  readonly at: number;
}

/**
 * One `request_id` is one decision, whichever of its keys leads to whom by the time it comes again, unless its customer was forgotten or parted
 * from somebody in between: then nobody remembers, or must not tell. A world uses no id twice, and repeats within a day.
 */
export function checkDecidedOnce(journal: Journal, book: LawBook): void {
  const personOf = everOne(journal.landed.map((records) => records.filter(({ counts }) => counts)));
  const decided = new Map<string, Decided>();
  /** When somebody of a person was forgotten or parted last. */
  const ended = new Map<string, number>();
  let at = 0;
  readAsLanded(journal, (place, fact) => {
    at++;
    const person = personOf(fact.customer);
    if (fact.kind === 'erased' || fact.kind === 'unlinked') ended.set(person, at);
    if (fact.kind !== 'decision' || fact.requestId === '') return;
    const before = decided.get(fact.requestId);
    decided.set(fact.requestId, { place, person, at });
    if (before === undefined) return;
    const end = Math.max(ended.get(before.person) ?? 0, ended.get(person) ?? 0);
    if (end < before.at)
      book.broken(
        'decided once',
        `request ${fact.requestId} was decided at ${placeText(before.place)} and again at ${placeText(place)}`,
      );
  });
}
