/**
 * The contact ledger of one customer: what was dispatched or shown, oldest first. Owned by her profile, changed by the fold.
 *
 * Rows of numbers in one flat array and their texts in another: an object a contact would be tenured with every decision,
 * and caps, which look at all of them, would miss the cache twice a contact.
 *
 * I1  At most BOUNDS.contacts rows; one more drops the oldest. Once that many slots are there they are used as a ring.
 * I2  Rows stand in the order of `at`, our clock, which never runs backwards (port/clock.ts): who looks back from the
 *     newest may stop at the first row that is too old. Where a machine's clock was set back between two processes, a row
 *     can be missed only as long before it leaves its window as the clock was set back.
 * I3  Nothing outside knows slots: ledgers of equal rows are equal (compare toArray), wherever their rings begin.
 */
import { BOUNDS } from '../bounds.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { actionHash } from './action-hash.ts';
import { withMoreRows } from './flat-rows.ts';
import type { Contact } from './profile.ts';

// Caps read the first four: they share a cache line.
const AT = 0;
const CHANNEL = 1;
const FLAGS = 2;
const ACTION_HASH = 3;
const STATE = 4;
const NOT_AFTER = 5;
const SEQ = 6;
const INDEX = 7;
const CHOICE = 8;
const NUMBERS = 9;

const ACTION = 0;
const VARIANT = 1;
const OFFER = 2;
const PRODUCT = 3;
const TEXTS = 4;

const COUNTS = 1;
const PROMOTION = 2;
const DISPATCHED = 4;

/** As many rows as there may be, of doubles: V8 keeps the kind of their slices, where whole numbers would begin as another. */
const BLANK_NUMBERS: readonly number[] = Array.from({ length: BOUNDS.contacts * NUMBERS }, () => 0.5);
const BLANK_TEXTS: readonly string[] = Array.from({ length: BOUNDS.contacts * TEXTS }, () => '');
/** Never written: an empty ledger has no array of its own. */
const NO_NUMBERS: number[] = [];
const NO_TEXTS: string[] = [];

/** Rows are named by their place `i`, 0 the oldest, and move up by one when an older one goes. */
export class ContactLedger {
  #first = 0;
  #length = 0;
  #numbers: number[] = NO_NUMBERS;
  #texts: string[] = NO_TEXTS;

  /** With room for `rows`, so that a ledger that is read back takes no more than it needs. */
  constructor(rows = 0) {
    if (rows === 0) return;
    this.#numbers = BLANK_NUMBERS.slice(0, rows * NUMBERS);
    this.#texts = BLANK_TEXTS.slice(0, rows * TEXTS);
  }

  get length(): number {
    return this.#length;
  }

  /** Instant by our clock, ms. */
  at(i: number): number {
    return this.#numbers[slotOf(this.#first + i) * NUMBERS + AT] as number;
  }

  channel(i: number): number {
    return this.#numbers[slotOf(this.#first + i) * NUMBERS + CHANNEL] as number;
  }

  counts(i: number): boolean {
    return ((this.#numbers[slotOf(this.#first + i) * NUMBERS + FLAGS] as number) & COUNTS) !== 0;
  }

  dispatched(i: number): boolean {
    return ((this.#numbers[slotOf(this.#first + i) * NUMBERS + FLAGS] as number) & DISPATCHED) !== 0;
  }

  /** `actionHash` of its action. */
  actionHash(i: number): number {
    return this.#numbers[slotOf(this.#first + i) * NUMBERS + ACTION_HASH] as number;
  }

  state(i: number): number {
    return this.#numbers[slotOf(this.#first + i) * NUMBERS + STATE] as number;
  }

  /** A copy of the row. */
  get(i: number): Contact {
    const slot = slotOf(this.#first + i);
    const row = slot * NUMBERS;
    const text = slot * TEXTS;
    const numbers = this.#numbers;
    const texts = this.#texts;
    const flags = numbers[row + FLAGS] as number;
    return {
      seq: numbers[row + SEQ] as number,
      index: numbers[row + INDEX] as number,
      choice: numbers[row + CHOICE] as number,
      action: texts[text + ACTION] as string,
      variant: texts[text + VARIANT] as string,
      channel: numbers[row + CHANNEL] as number,
      at: numbers[row + AT] as number,
      state: numbers[row + STATE] as number,
      counts: (flags & COUNTS) !== 0,
      offer: texts[text + OFFER] as string,
      product: texts[text + PRODUCT] as string,
      promotion: (flags & PROMOTION) !== 0,
      notAfter: numbers[row + NOT_AFTER] as number,
      dispatched: (flags & DISPATCHED) !== 0,
    };
  }

  /** Copies of all rows, oldest first. */
  toArray(): Contact[] {
    return Array.from({ length: this.#length }, (_, i) => this.get(i));
  }

  /** The place of a choice's contact, -1 when it fell out. The newest are looked at first. */
  find(ref: ChoiceRef): number {
    const numbers = this.#numbers;
    for (let i = this.#length - 1; i >= 0; i--) {
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
  push(contact: Contact): void {
    if (this.#length >= BOUNDS.contacts) this.dropOldest();
    const slot = slotOf(this.#first + this.#length);
    this.#length++;
    const row = slot * NUMBERS;
    if (row === this.#numbers.length) {
      this.#numbers = withMoreRows(this.#numbers, NUMBERS, BLANK_NUMBERS);
      this.#texts = withMoreRows(this.#texts, TEXTS, BLANK_TEXTS);
    }
    const numbers = this.#numbers;
    numbers[row + AT] = contact.at;
    numbers[row + CHANNEL] = contact.channel;
    numbers[row + FLAGS] =
      (contact.counts ? COUNTS : 0) |
      (contact.promotion ? PROMOTION : 0) |
      (contact.dispatched ? DISPATCHED : 0);
    numbers[row + ACTION_HASH] = actionHash(contact.action);
    numbers[row + STATE] = contact.state;
    numbers[row + NOT_AFTER] = contact.notAfter;
    numbers[row + SEQ] = contact.seq;
    numbers[row + INDEX] = contact.index;
    numbers[row + CHOICE] = contact.choice;
    const text = slot * TEXTS;
    const texts = this.#texts;
    texts[text + ACTION] = contact.action;
    texts[text + VARIANT] = contact.variant;
    texts[text + OFFER] = contact.offer;
    texts[text + PRODUCT] = contact.product;
  }

  setState(i: number, state: number): void {
    this.#numbers[slotOf(this.#first + i) * NUMBERS + STATE] = state;
  }

  setCounts(i: number, counts: boolean): void {
    const place = slotOf(this.#first + i) * NUMBERS + FLAGS;
    const flags = this.#numbers[place] as number;
    this.#numbers[place] = counts ? flags | COUNTS : flags & ~COUNTS;
  }

  dropOldest(): void {
    if (this.#length === 0) return;
    this.#first = slotOf(this.#first + 1);
    this.#length--;
  }

  clear(): void {
    this.#first = 0;
    this.#length = 0;
    this.#numbers = NO_NUMBERS;
    this.#texts = NO_TEXTS;
  }
}

function slotOf(at: number): number {
  return at < BOUNDS.contacts ? at : at - BOUNDS.contacts;
}
