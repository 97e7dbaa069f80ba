/**
 * Budgets, held against the facts of one process's log. A plain model that shares no code with what decides: of all offers
 * decided on a day, those that were not returned may not sum up to more than the day's budget. It knows no window's end, so
 * it is for runs that are shorter than the purchase window.
 */

import { type FactPlace, type LawBook, placeText } from '../../audit/laws/law-book.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';

interface Offered {
  readonly budget: string;
  readonly day: number;
  readonly amount: number;
  /** The channel rejected it; it may be tried again. */
  rejected: boolean;
}

export class BudgetLaws {
  readonly #book: LawBook;
  readonly #offered = new Map<string, Offered>();

  constructor(book: LawBook) {
    this.#book = book;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    if (fact.kind === 'decision') {
      for (const [choice, { offer }] of fact.choices.entries()) {
        if (offer?.reserved === undefined) continue;
        const { budget, day, discount, message } = offer.reserved;
        const amount = (discount + message) / 1_000_000;
        this.#offered.set(`${placeText(place)}/${choice}`, { budget, day, amount, rejected: false });
      }
      return;
    }
    if (!('ref' in fact) || fact.ref === undefined) return;
    const { seq, index, choice } = fact.ref;
    const name = `${placeText({ shard: place.shard, sequence: seq, index })}/${choice}`;
    const offered = this.#offered.get(name);
    if (offered === undefined) return;
    if (fact.kind === 'handed') offered.rejected = false;
    if (fact.kind === 'delivery' && fact.state === 'rejected') offered.rejected = true;
    const returned =
      (fact.kind === 'delivery' && (fact.state === 'withdrawn' || fact.state === 'expired')) ||
      (fact.kind === 'delivery' && fact.state === 'rejected' && !fact.retryable) ||
      (fact.kind === 'withdraw' && offered.rejected) ||
      (fact.kind === 'feedback' && fact.feedback.startsWith('bounced'));
    if (returned) this.#offered.delete(name);
  }

  /** `perDay`: currency by budget. */
  end(perDay: ReadonlyMap<string, number>): void {
    const sums = new Map<string, number>();
    for (const { budget, day, amount } of this.#offered.values()) {
      const name = `${budget} on day ${day}`;
      const sum = (sums.get(name) ?? 0) + amount;
      sums.set(name, sum);
      const most = perDay.get(budget) ?? 0;
      if (sum > most + 1e-6 && sum - amount <= most + 1e-6)
        this.#book.broken('budget', `${name} was to give ${most}, and gave more`);
    }
  }
}
