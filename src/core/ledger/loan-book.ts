/**
 * What a shard has lent to others of a budget's day, and borrowed of them. Owned by the shard's budget ledger; a fold of its loan facts.
 *
 * I1  An entry is the sum of all loans of one day from one shard to another, and only grows: a loan that is told twice, late or in another
 *     order is the same sum, so nothing is counted twice.
 * I2  The lender's log has a loan before the borrower hears of it, so what all shards have together is never more than the allowance.
 * I3  Full, it takes no other pair of shards: entries that count are never dropped (`isFull`, asked before a fact is written).
 */
import { BOUNDS } from '../bounds.ts';
import type { LoanFact } from '../fact/fact.ts';
import type { LoanSum } from './shard-state.ts';

/** A shard asks another one for a part of its budget. Amounts in millionths of the currency. */
export interface LoanAsk {
  readonly budget: string;
  /** Of the shop's first zone, as days of the civil calendar. */
  readonly day: number;
  /** The shard that asks. */
  readonly by: number;
  /** The sum of loans of this day that it has heard of from the shard that it asks. */
  readonly heard: number;
  readonly wanted: number;
  /** It has too little for an offer; else it borrows ahead. */
  readonly isShort: boolean;
}

export class LoanBook {
  readonly #sums: LoanSum[];

  constructor(sums: readonly LoanSum[] = []) {
    this.#sums = sums.map((sum) => ({ ...sum }));
  }

  /** For a checkpoint, which is made between turns. Not a copy. */
  get state(): readonly LoanSum[] {
    return this.#sums;
  }

  /** What was borrowed of a budget's day less what was lent, millionths; below 0 where more was lent. */
  net(budget: string, day: number): number {
    let net = 0;
    for (const sum of this.#sums)
      if (sum.day === day && sum.budget === budget) net += sum.side === 'lent' ? -sum.total : sum.total;
    return net;
  }

  /** All loans of a day to, or from, another shard; 0: none. */
  total(side: LoanSum['side'], budget: string, day: number, shard: number): number {
    return this.#find(side, budget, day, shard)?.total ?? 0;
  }

  /** I3: no room for an entry that is not there yet. */
  isFull(side: LoanSum['side'], budget: string, day: number, shard: number): boolean {
    return this.#sums.length >= BOUNDS.loans && this.#find(side, budget, day, shard) === undefined;
  }

  /** Folds a loan; what is of a day before yesterday's is dropped. */
  fold({ side, budget, day, shard, total }: LoanFact): void {
    this.forget(day);
    const found = this.#find(side, budget, day, shard);
    if (found === undefined) this.#sums.push({ side, budget, day, shard, total });
    else found.total = Math.max(found.total, total);
  }

  /** Nobody asks for what is older than the day before `day`. */
  forget(day: number): void {
    for (let i = this.#sums.length - 1; i >= 0; i--)
      if ((this.#sums[i] as LoanSum).day < day - 1) this.#sums.splice(i, 1);
  }

  #find(side: LoanSum['side'], budget: string, day: number, shard: number): LoanSum | undefined {
    for (const sum of this.#sums)
      if (sum.shard === shard && sum.day === day && sum.side === side && sum.budget === budget) return sum;
    return undefined;
  }
}

/**
 * The sum of loans that the lender answers with: as before where the borrower has not heard of all of it yet, or nothing is left; else more by what is
 * wanted, or half of what is `left` where that is more, so that one who needs much asks seldom. A lender whose log was set back learns from
 * the borrower what it had lent.
 */
export function loanTotal(book: LoanBook, ask: LoanAsk, left: number): number {
  const lent = book.total('lent', ask.budget, ask.day, ask.by);
  if (lent > ask.heard) return lent;
  const given = Math.min(left, Math.max(ask.wanted, Math.floor(left / 2)));
  return ask.heard + Math.max(0, given);
}
