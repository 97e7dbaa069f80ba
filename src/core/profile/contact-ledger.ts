/**
 * The contact ledger of one customer: what was dispatched or shown, oldest first. Owned by their profile, changed by the fold.
 *
 * Rows of numbers in flat arrays and their texts in others (flat-rows.ts): an object a contact would be tenured with every
 * decision, and caps, which look at all of them, would miss the cache twice a contact.
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
import { CHUNK_MASK, CHUNK_ROWS, CHUNK_SHIFT, chunksFor, withChunk } from './flat-rows.ts';
import type { Contact, ContactMark } from './ledger-rows.ts';

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
/** Marks stand above the flags. */
const MARK = 8;

/** A chunk of doubles: V8 keeps the kind of its copies, where whole numbers would begin as another. */
const BLANK_NUMBERS: readonly number[] = Array.from({ length: CHUNK_ROWS * NUMBERS }, () => 0.5);
const BLANK_TEXTS: readonly string[] = Array.from({ length: CHUNK_ROWS * TEXTS }, () => '');

/** Rows are named by their place `i`, 0 the oldest, and move up by one when an older one goes. */
export class ContactLedger {
  #first = 0;
  #length = 0;
  #counting = 0;
  #numbers: number[][];
  #texts: string[][];

  /** With room for `rows`. */
  constructor(rows = 0) {
    this.#numbers = chunksFor(rows, BLANK_NUMBERS);
    this.#texts = chunksFor(rows, BLANK_TEXTS);
  }

  get length(): number {
    return this.#length;
  }

  /** How many rows count: who has seen so many of them need not look further. */
  get counting(): number {
    return this.#counting;
  }

  /** Instant by our clock, ms. */
  at(i: number): number {
    return this.#number(i, AT);
  }

  channel(i: number): number {
    return this.#number(i, CHANNEL);
  }

  counts(i: number): boolean {
    return (this.#number(i, FLAGS) & COUNTS) !== 0;
  }

  dispatched(i: number): boolean {
    return (this.#number(i, FLAGS) & DISPATCHED) !== 0;
  }

  /** `actionHash` of its action. */
  actionHash(i: number): number {
    return this.#number(i, ACTION_HASH);
  }

  state(i: number): number {
    return this.#number(i, STATE);
  }

  /** A copy of the row. */
  get(i: number): Contact {
    const slot = slotOf(this.#first + i);
    const row = (slot & CHUNK_MASK) * NUMBERS;
    const text = (slot & CHUNK_MASK) * TEXTS;
    const numbers = this.#numbers[slot >> CHUNK_SHIFT] as number[];
    const texts = this.#texts[slot >> CHUNK_SHIFT] as string[];
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
      marks: Math.floor(flags / MARK),
    };
  }

  /** Copies of all rows, oldest first. */
  toArray(): Contact[] {
    return Array.from({ length: this.#length }, (_, i) => this.get(i));
  }

  /** The place of a choice's contact, -1 when it fell out. The newest are looked at first. */
  find(ref: ChoiceRef): number {
    for (let i = this.#length - 1; i >= 0; i--) {
      const slot = slotOf(this.#first + i);
      const numbers = this.#numbers[slot >> CHUNK_SHIFT] as number[];
      const row = (slot & CHUNK_MASK) * NUMBERS;
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
    if (slot >> CHUNK_SHIFT === this.#numbers.length) {
      this.#numbers = withChunk(this.#numbers, BLANK_NUMBERS);
      this.#texts = withChunk(this.#texts, BLANK_TEXTS);
    }
    const row = (slot & CHUNK_MASK) * NUMBERS;
    const numbers = this.#numbers[slot >> CHUNK_SHIFT] as number[];
    numbers[row + AT] = contact.at;
    numbers[row + CHANNEL] = contact.channel;
    if (contact.counts) this.#counting++;
    numbers[row + FLAGS] =
      (contact.counts ? COUNTS : 0) |
      (contact.promotion ? PROMOTION : 0) |
      ((contact.dispatched ? DISPATCHED : 0) + contact.marks * MARK);
    numbers[row + ACTION_HASH] = actionHash(contact.action);
    numbers[row + STATE] = contact.state;
    numbers[row + NOT_AFTER] = contact.notAfter;
    numbers[row + SEQ] = contact.seq;
    numbers[row + INDEX] = contact.index;
    numbers[row + CHOICE] = contact.choice;
    const text = (slot & CHUNK_MASK) * TEXTS;
    const texts = this.#texts[slot >> CHUNK_SHIFT] as string[];
    texts[text + ACTION] = contact.action;
    texts[text + VARIANT] = contact.variant;
    texts[text + OFFER] = contact.offer;
    texts[text + PRODUCT] = contact.product;
  }

  setState(i: number, state: number): void {
    const slot = slotOf(this.#first + i);
    (this.#numbers[slot >> CHUNK_SHIFT] as number[])[(slot & CHUNK_MASK) * NUMBERS + STATE] = state;
  }

  setCounts(i: number, counts: boolean): void {
    if (this.counts(i) !== counts) this.#counting += counts ? 1 : -1;
    const slot = slotOf(this.#first + i);
    const numbers = this.#numbers[slot >> CHUNK_SHIFT] as number[];
    const place = (slot & CHUNK_MASK) * NUMBERS + FLAGS;
    const flags = numbers[place] as number;
    numbers[place] = counts ? flags | COUNTS : flags & ~COUNTS;
  }

  hasMark(i: number, mark: ContactMark): boolean {
    return (this.#number(i, FLAGS) & (mark * MARK)) !== 0;
  }

  /** True where it was not marked so before. */
  setMark(i: number, mark: ContactMark): boolean {
    if (this.hasMark(i, mark)) return false;
    const slot = slotOf(this.#first + i);
    const numbers = this.#numbers[slot >> CHUNK_SHIFT] as number[];
    const place = (slot & CHUNK_MASK) * NUMBERS + FLAGS;
    numbers[place] = (numbers[place] as number) | (mark * MARK);
    return true;
  }

  dropOldest(): void {
    if (this.#length === 0) return;
    if (this.counts(0)) this.#counting--;
    this.#first = slotOf(this.#first + 1);
    this.#length--;
  }

  clear(): void {
    this.#first = 0;
    this.#length = 0;
    this.#counting = 0;
    this.#numbers = [];
    this.#texts = [];
  }

  #number(i: number, column: number): number {
    const slot = slotOf(this.#first + i);
    return (this.#numbers[slot >> CHUNK_SHIFT] as number[])[(slot & CHUNK_MASK) * NUMBERS + column] as number;
  }
}

function slotOf(at: number): number {
  return at < BOUNDS.contacts ? at : at - BOUNDS.contacts;
}
