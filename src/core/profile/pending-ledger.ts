/**
 * The outcomes that are awaited of one customer, oldest first. Owned by her profile, changed by the fold.
 *
 * Rows of numbers in one flat array: an object an outcome would be tenured with every decision, with a box for every
 * instant in it.
 *
 * I1  At most BOUNDS.pending rows; one more drops the oldest. Once that many slots are there they are used as a ring.
 * I2  Nothing outside knows slots: ledgers of equal rows are equal (compare toArray), wherever their rings begin.
 */
import { BOUNDS } from '../bounds.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { withMoreRows } from './flat-rows.ts';
import type { PendingOutcome } from './profile.ts';

const SEQ = 0;
const INDEX = 1;
const CHOICE = 2;
const DECIDED_AT = 3;
const DUE_AT = 4;
const CLICK_UNTIL = 5;
const PURCHASE_UNTIL = 6;
const CHANNEL = 7;
const FLAGS = 8;
const ORDERS = 9;
const MARGIN = 10;
const NUMBERS = 11;

const ENGAGED = 1;
const UNSUBSCRIBED = 2;

/** As many rows as there may be, of doubles: V8 keeps the kind of their slices, where whole numbers would begin as another. */
const BLANK_NUMBERS: readonly number[] = Array.from({ length: BOUNDS.pending * NUMBERS }, () => 0.5);
/** Never written: an empty ledger has no array of its own. */
const NO_NUMBERS: number[] = [];

/** Rows are named by their place `i`, 0 the oldest, and move up when an older one goes. */
export class PendingLedger {
  #first = 0;
  #length = 0;
  #numbers: number[] = NO_NUMBERS;

  /** With room for `rows`, so that a ledger that is read back takes no more than it needs. */
  constructor(rows = 0) {
    if (rows === 0) return;
    this.#numbers = BLANK_NUMBERS.slice(0, rows * NUMBERS);
  }

  get length(): number {
    return this.#length;
  }

  dueAt(i: number): number {
    return this.#numbers[slotOf(this.#first + i) * NUMBERS + DUE_AT] as number;
  }

  /** A copy of the row. */
  get(i: number): PendingOutcome {
    const row = slotOf(this.#first + i) * NUMBERS;
    const numbers = this.#numbers;
    const flags = numbers[row + FLAGS] as number;
    return {
      seq: numbers[row + SEQ] as number,
      index: numbers[row + INDEX] as number,
      choice: numbers[row + CHOICE] as number,
      decidedAt: numbers[row + DECIDED_AT] as number,
      dueAt: numbers[row + DUE_AT] as number,
      clickUntil: numbers[row + CLICK_UNTIL] as number,
      purchaseUntil: numbers[row + PURCHASE_UNTIL] as number,
      channel: numbers[row + CHANNEL] as number,
      engaged: (flags & ENGAGED) !== 0,
      unsubscribed: (flags & UNSUBSCRIBED) !== 0,
      orders: numbers[row + ORDERS] as number,
      margin: numbers[row + MARGIN] as number,
    };
  }

  /** Copies of all rows, oldest first. */
  toArray(): PendingOutcome[] {
    return Array.from({ length: this.#length }, (_, i) => this.get(i));
  }

  /** Copies of those that are due by `now`, oldest first. */
  dueBy(now: number): PendingOutcome[] {
    const due: PendingOutcome[] = [];
    for (let i = 0; i < this.#length; i++) if (this.dueAt(i) <= now) due.push(this.get(i));
    return due;
  }

  /** The place of a choice's outcome, -1 when none is awaited. The oldest are looked at first: they mature first. */
  find(ref: ChoiceRef): number {
    const numbers = this.#numbers;
    for (let i = 0; i < this.#length; i++) {
      const row = slotOf(this.#first + i) * NUMBERS;
      if (
        numbers[row + SEQ] === ref.seq &&
        numbers[row + INDEX] === ref.index &&
        numbers[row + CHOICE] === ref.choice
      )
        return i;
    }
    return -1;
  }

  /** Appends the newest. */
  push(outcome: PendingOutcome): void {
    if (this.#length >= BOUNDS.pending) this.remove(0);
    const row = slotOf(this.#first + this.#length) * NUMBERS;
    if (row === this.#numbers.length) this.#numbers = withMoreRows(this.#numbers, NUMBERS, BLANK_NUMBERS);
    const numbers = this.#numbers;
    this.#length++;
    numbers[row + SEQ] = outcome.seq;
    numbers[row + INDEX] = outcome.index;
    numbers[row + CHOICE] = outcome.choice;
    numbers[row + DECIDED_AT] = outcome.decidedAt;
    numbers[row + DUE_AT] = outcome.dueAt;
    numbers[row + CLICK_UNTIL] = outcome.clickUntil;
    numbers[row + PURCHASE_UNTIL] = outcome.purchaseUntil;
    numbers[row + CHANNEL] = outcome.channel;
    numbers[row + FLAGS] = (outcome.engaged ? ENGAGED : 0) | (outcome.unsubscribed ? UNSUBSCRIBED : 0);
    numbers[row + ORDERS] = outcome.orders;
    numbers[row + MARGIN] = outcome.margin;
  }

  /** She engaged at `at`: it counts within the click window. */
  engage(i: number, at: number): void {
    const row = slotOf(this.#first + i) * NUMBERS;
    if (at <= (this.#numbers[row + CLICK_UNTIL] as number)) setFlag(this.#numbers, row, ENGAGED);
  }

  /** She unsubscribed at `at`: it counts until the outcome is due. */
  unsubscribe(i: number, at: number): void {
    const row = slotOf(this.#first + i) * NUMBERS;
    if (at <= (this.#numbers[row + DUE_AT] as number)) setFlag(this.#numbers, row, UNSUBSCRIBED);
  }

  /** Credits a purchase (or takes a return back) at `at` to every outcome whose purchase window it lies in. */
  credit(at: number, orders: number, margin: number): void {
    const numbers = this.#numbers;
    for (let i = 0; i < this.#length; i++) {
      const row = slotOf(this.#first + i) * NUMBERS;
      if (at < (numbers[row + DECIDED_AT] as number) || at > (numbers[row + PURCHASE_UNTIL] as number))
        continue;
      numbers[row + ORDERS] = (numbers[row + ORDERS] as number) + orders;
      numbers[row + MARGIN] = (numbers[row + MARGIN] as number) + margin;
    }
  }

  /** Those behind it move up. */
  remove(i: number): void {
    if (i < 0 || i >= this.#length) return;
    if (i === 0) this.#first = slotOf(this.#first + 1);
    const numbers = this.#numbers;
    for (let later = i + 1; i > 0 && later < this.#length; later++) {
      const from = slotOf(this.#first + later) * NUMBERS;
      const to = slotOf(this.#first + later - 1) * NUMBERS;
      for (let column = 0; column < NUMBERS; column++)
        numbers[to + column] = numbers[from + column] as number;
    }
    this.#length--;
  }
}

function setFlag(numbers: number[], row: number, flag: number): void {
  numbers[row + FLAGS] = (numbers[row + FLAGS] as number) | flag;
}

function slotOf(at: number): number {
  return at < BOUNDS.pending ? at : at - BOUNDS.pending;
}
