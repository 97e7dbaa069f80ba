/**
 * What one shard's customers draw on budgets: per budget and day of the shop's zone, what offers reserve and what orders
 * charged. Owned by its shard; a fold of the shard's facts, so a restart finds what was there.
 *
 * I1  A decision reserves at once. What it reserved comes back in full when the message is known not to have reached the
 *     customer (rejected for good, bounced, withdrawn, expired), and its discount when the purchase window ends without an order.
 * I2  What a fact of a turn gives back counts from `commit` on: nobody spends what the log may not have.
 * I3  Windows end by the clock of the facts that follow, or by `endWindows` before: a fold of the log comes to the same.
 * I4  Only the day of the newest decision, the one before it and later ones stand: no decision asks for an older one.
 */
import { BOUNDS } from '../bounds.ts';
import { eventMeaning } from '../event/event-name.ts';
import type { ChoiceRef, CustomerFact, DecisionFact, EventFact, Reservation } from '../fact/fact.ts';
import { LoanBook } from './loan-book.ts';
import type { BudgetDay, BudgetState, OpenReservation } from './shard-state.ts';

export class BudgetLedger {
  /** What the shard has lent to others, and borrowed of them. */
  readonly loans: LoanBook;
  readonly #days: BudgetDay[];
  readonly #open = new Map<string, OpenReservation>();
  /** Given back by facts that are not durable yet. */
  #returned: { readonly reserved: Reservation; readonly amount: number }[] = [];

  constructor(state: BudgetState = { days: [], open: [], loans: [] }) {
    this.loans = new LoanBook(state.loans);
    this.#days = state.days.map((entry) => ({ ...entry }));
    for (const entry of state.open) this.#open.set(keyOf(entry.ref), { ...entry });
  }

  /** For a checkpoint, which is made between turns. Not a copy. */
  get state(): BudgetState {
    return { days: this.#days, open: [...this.#open.values()], loans: this.loans.state };
  }

  /** Adds to `used` what was drawn on `day`, by the index that `indexOf` gives a budget's id; unknown ids are left out. */
  addTo(used: Float64Array, day: number, indexOf: ReadonlyMap<string, number>): void {
    for (let i = 0; i < this.#days.length; i++) {
      const entry = this.#days[i] as BudgetDay;
      const index = entry.day === day ? indexOf.get(entry.budget) : undefined;
      if (index !== undefined) used[index] = (used[index] as number) + entry.drawn;
    }
  }

  /** What is drawn on a budget's day, millionths. */
  drawn(budget: string, day: number): number {
    for (const entry of this.#days) if (entry.day === day && entry.budget === budget) return entry.drawn;
    return 0;
  }

  /** Folds the fact at (`seq`, `index`) of the shard. */
  fold(fact: CustomerFact, seq: number, index: number): void {
    switch (fact.kind) {
      case 'decision':
        return this.#reserve(fact, seq, index);
      case 'event':
        return this.#charge(fact);
      case 'handed':
        return this.#hand(fact.ref, false);
      case 'delivery':
        this.endWindows(fact.at);
        if (fact.state === 'rejected' && fact.retryable) return this.#hand(fact.ref, true);
        if (fact.state !== 'accepted' && fact.state !== 'too_late') this.#release(fact.ref);
        return;
      case 'withdraw':
        this.endWindows(fact.at);
        // A channel that may have it answers first.
        if (this.#open.get(keyOf(fact.ref))?.back === true) this.#release(fact.ref);
        return;
      case 'feedback':
        if (fact.ref === undefined) return;
        this.endWindows(fact.receivedAt);
        if (fact.feedback === 'bounced_hard' || fact.feedback === 'bounced_soft') this.#release(fact.ref);
        return;
      case 'absorb-out':
        // Whether the customer orders is told elsewhere from now on: what is drawn stays drawn.
        for (const entry of this.#open.values()) if (entry.customer === fact.customer) entry.ordered = true;
        return;
      case 'erased':
        // What is drawn stays drawn; by whom is forgotten.
        for (const [key, entry] of this.#open) if (entry.customer === fact.customer) this.#open.delete(key);
        return;
      default:
        return;
    }
  }

  /** The facts folded so far are durable. */
  commit(): void {
    if (this.#returned.length === 0) return;
    for (const { reserved, amount } of this.#returned) this.#add(reserved, -amount);
    this.#returned = [];
  }

  /** Ends the purchase windows that are over by `now`, the oldest decision's first. */
  endWindows(now: number): void {
    for (const [key, entry] of this.#open) {
      if (entry.until > now) return;
      this.#open.delete(key);
      if (!entry.ordered) this.#add(entry.reserved, -entry.reserved.discount);
    }
  }

  #reserve(fact: DecisionFact, seq: number, index: number): void {
    for (let choice = 0; choice < fact.choices.length; choice++) {
      const reserved = fact.choices[choice]?.offer?.reserved;
      if (reserved === undefined) continue;
      this.#add(reserved, reserved.discount + reserved.message);
      this.#forget(reserved.day);
      const ref = { seq, index, choice };
      this.#open.set(keyOf(ref), {
        customer: fact.customer,
        ref,
        reserved,
        decidedAt: fact.at,
        until: fact.at + fact.purchaseMs,
        ordered: false,
        back: false,
      });
    }
  }

  /** An order charges every discount in whose window it lies, as it is credited to every outcome awaited (intention to treat). */
  #charge(fact: EventFact): void {
    if (this.#open.size === 0 || eventMeaning(fact.name).kind !== 'order') return;
    this.endWindows(fact.receivedAt);
    for (const entry of this.#open.values())
      if (entry.customer === fact.customer && fact.at >= entry.decidedAt && fact.at < entry.until)
        entry.ordered = true;
  }

  #hand(ref: ChoiceRef, back: boolean): void {
    const entry = this.#open.get(keyOf(ref));
    if (entry !== undefined) entry.back = back;
  }

  #release(ref: ChoiceRef): void {
    const entry = this.#open.get(keyOf(ref));
    if (entry === undefined) return;
    this.#open.delete(keyOf(ref));
    const { reserved } = entry;
    this.#returned.push({ reserved, amount: reserved.discount + reserved.message });
  }

  #add(reserved: Reservation, amount: number): void {
    const found = this.#days.find(({ budget, day }) => budget === reserved.budget && day === reserved.day);
    if (found !== undefined) found.drawn = Math.max(0, found.drawn + amount);
    else if (amount > 0) this.#days.push({ budget: reserved.budget, day: reserved.day, drawn: amount });
  }

  /** I4, and the bounds: what is dropped of `#open` stays drawn. `day`: of the newest decision. */
  #forget(day: number): void {
    this.loans.forget(day);
    while (this.#days.length > BOUNDS.budgetDays) this.#days.shift();
    for (const [key, entry] of this.#open) {
      if (entry.reserved.day >= day - 1 && this.#open.size < BOUNDS.reservations) break;
      this.#open.delete(key);
    }
    for (let i = this.#days.length - 1; i >= 0; i--)
      if ((this.#days[i] as BudgetDay).day < day - 1) this.#days.splice(i, 1);
  }
}

function keyOf(ref: ChoiceRef): string {
  return `${ref.seq}-${ref.index}-${ref.choice}`;
}
