/**
 * The outcomes that are awaited of one customer, oldest first. Owned by their profile, changed by the fold.
 *
 * Rows of numbers in flat arrays (flat-rows.ts): an object an outcome would be tenured with every decision, with a box for every
 * instant in it.
 *
 * I1  At most BOUNDS.pending rows; one more drops the oldest. Once that many slots are there they are used as a ring.
 * I2  Nothing outside knows slots: ledgers of equal rows are equal (compare toArray), wherever their rings begin.
 */
import { BOUNDS } from '../bounds.ts';
import { type ChoiceRef, OUTCOME_STAGES } from '../fact/fact.ts';
import { CHUNK_MASK, CHUNK_ROWS, CHUNK_SHIFT, chunksFor, withChunk } from './flat-rows.ts';
import type { PendingOutcome } from './ledger-rows.ts';

const SEQ = 0;
const INDEX = 1;
const CHOICE = 2;
const DECIDED_AT = 3;
const UNSUBSCRIBE_UNTIL = 4;
const CLICK_UNTIL = 5;
const PURCHASE_UNTIL = 6;
const CHANNEL = 7;
const FLAGS = 8;
const ORDERS = 9;
const MARGIN = 10;
const NUMBERS = 11;

const ENGAGED = 1;
const UNSUBSCRIBED = 2;
/** Above the flags stand the stages that are awaited. */
const AWAITS_SHIFT = 2;
const UNSUBSCRIBE_BIT = 1 << OUTCOME_STAGES.indexOf('unsubscribe');
/** Where the end of each of OUTCOME_STAGES stands. */
const ENDS = [CLICK_UNTIL, PURCHASE_UNTIL, UNSUBSCRIBE_UNTIL] as const;

/** A chunk of doubles: V8 keeps the kind of its copies, where whole numbers would begin as another. */
const BLANK_NUMBERS: readonly number[] = Array.from({ length: CHUNK_ROWS * NUMBERS }, () => 0.5);

/** Rows are named by their place `i`, 0 the oldest, and move up when an older one goes. */
export class PendingLedger {
  #first = 0;
  #length = 0;
  #numbers: number[][];

  /** With room for `rows`. */
  constructor(rows = 0) {
    this.#numbers = chunksFor(rows, BLANK_NUMBERS);
  }

  get length(): number {
    return this.#length;
  }

  /** When the next stage of a row matures; NaN when no end of one is an instant. */
  dueAt(i: number): number {
    const slot = slotOf(this.#first + i);
    const numbers = this.#chunk(slot);
    const row = rowIn(slot);
    const awaits = (numbers[row + FLAGS] as number) >> AWAITS_SHIFT;
    let due = Number.NaN;
    for (let stage = 0; stage < ENDS.length; stage++) {
      const end = numbers[row + (ENDS[stage] as number)] as number;
      if ((awaits & (1 << stage)) !== 0 && (end < due || Number.isNaN(due))) due = end;
    }
    return due;
  }

  /** A copy of the row. */
  get(i: number): PendingOutcome {
    const slot = slotOf(this.#first + i);
    const row = rowIn(slot);
    const numbers = this.#chunk(slot);
    const flags = numbers[row + FLAGS] as number;
    return {
      seq: numbers[row + SEQ] as number,
      index: numbers[row + INDEX] as number,
      choice: numbers[row + CHOICE] as number,
      decidedAt: numbers[row + DECIDED_AT] as number,
      clickUntil: numbers[row + CLICK_UNTIL] as number,
      purchaseUntil: numbers[row + PURCHASE_UNTIL] as number,
      unsubscribeUntil: numbers[row + UNSUBSCRIBE_UNTIL] as number,
      awaits: flags >> AWAITS_SHIFT,
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

  /** Copies of those of which a stage is due by `now`, oldest first. */
  dueBy(now: number): PendingOutcome[] {
    const due: PendingOutcome[] = [];
    for (let i = 0; i < this.#length; i++) if (this.dueAt(i) <= now) due.push(this.get(i));
    return due;
  }

  /** Which row gives way when there are too many: the oldest that awaits no unsubscribe, since what was sent is rare and waits longest. 0: none. */
  get spare(): number {
    for (let i = 0; i < this.#length; i++) {
      const slot = slotOf(this.#first + i);
      const awaits = (this.#chunk(slot)[rowIn(slot) + FLAGS] as number) >> AWAITS_SHIFT;
      if ((awaits & UNSUBSCRIBE_BIT) === 0) return i;
    }
    return 0;
  }

  /** The place of a choice's outcome, -1 when none is awaited. The oldest are looked at first: they mature first. */
  find(ref: ChoiceRef): number {
    for (let i = 0; i < this.#length; i++) {
      const slot = slotOf(this.#first + i);
      const numbers = this.#chunk(slot);
      const row = rowIn(slot);
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
    const slot = slotOf(this.#first + this.#length);
    this.#length++;
    if (slot >> CHUNK_SHIFT === this.#numbers.length) this.#numbers = withChunk(this.#numbers, BLANK_NUMBERS);
    const numbers = this.#chunk(slot);
    const row = rowIn(slot);
    numbers[row + SEQ] = outcome.seq;
    numbers[row + INDEX] = outcome.index;
    numbers[row + CHOICE] = outcome.choice;
    numbers[row + DECIDED_AT] = outcome.decidedAt;
    numbers[row + CLICK_UNTIL] = outcome.clickUntil;
    numbers[row + PURCHASE_UNTIL] = outcome.purchaseUntil;
    numbers[row + UNSUBSCRIBE_UNTIL] = outcome.unsubscribeUntil;
    numbers[row + CHANNEL] = outcome.channel;
    numbers[row + FLAGS] =
      (outcome.engaged ? ENGAGED : 0) |
      (outcome.unsubscribed ? UNSUBSCRIBED : 0) |
      (outcome.awaits << AWAITS_SHIFT);
    numbers[row + ORDERS] = outcome.orders;
    numbers[row + MARGIN] = outcome.margin;
  }

  /** The customer engaged at `at`: it counts within the click window. */
  engage(i: number, at: number): void {
    const slot = slotOf(this.#first + i);
    const numbers = this.#chunk(slot);
    if (at <= (numbers[rowIn(slot) + CLICK_UNTIL] as number)) setFlag(numbers, rowIn(slot), ENGAGED);
  }

  /** The customer unsubscribed at `at`: it counts within the unsubscribe window. */
  unsubscribe(i: number, at: number): void {
    const slot = slotOf(this.#first + i);
    const numbers = this.#chunk(slot);
    if (at <= (numbers[rowIn(slot) + UNSUBSCRIBE_UNTIL] as number))
      setFlag(numbers, rowIn(slot), UNSUBSCRIBED);
  }

  /** Credits a purchase (or takes a return back) at `at` to every outcome whose purchase window it lies in. */
  credit(at: number, orders: number, margin: number): void {
    for (let i = 0; i < this.#length; i++) {
      const slot = slotOf(this.#first + i);
      const numbers = this.#chunk(slot);
      const row = rowIn(slot);
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
    for (let later = i + 1; i > 0 && later < this.#length; later++) {
      const from = slotOf(this.#first + later);
      const to = slotOf(this.#first + later - 1);
      const source = this.#chunk(from);
      const target = this.#chunk(to);
      for (let column = 0; column < NUMBERS; column++)
        target[rowIn(to) + column] = source[rowIn(from) + column] as number;
    }
    this.#length--;
  }

  /** A stage of the row has matured; with its last one the row goes. */
  mature(i: number, stage: number): void {
    if (i < 0 || i >= this.#length) return;
    const slot = slotOf(this.#first + i);
    const numbers = this.#chunk(slot);
    const row = rowIn(slot);
    const flags = (numbers[row + FLAGS] as number) & ~(1 << (AWAITS_SHIFT + stage));
    if (flags >> AWAITS_SHIFT === 0) this.remove(i);
    else numbers[row + FLAGS] = flags;
  }

  #chunk(slot: number): number[] {
    return this.#numbers[slot >> CHUNK_SHIFT] as number[];
  }
}

function rowIn(slot: number): number {
  return (slot & CHUNK_MASK) * NUMBERS;
}

function setFlag(numbers: number[], row: number, flag: number): void {
  numbers[row + FLAGS] = (numbers[row + FLAGS] as number) | flag;
}

function slotOf(at: number): number {
  return at < BOUNDS.pending ? at : at - BOUNDS.pending;
}
