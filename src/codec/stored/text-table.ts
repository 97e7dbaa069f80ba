import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** A text's header is 0: none, 1: a new one follows, else the place + 2 of one that was written before. */
const NONE = 0;
const NEW = 1;
const PLACES = 2;
const SLOTS = 256;

/**
 * Texts that occur more than once in one stored value (a category, a product, an action) are written once and named by
 * their place afterwards. Writer and reader count new texts in the same order. One of each per process: `begin` a value.
 */
export class TextTableWriter {
  readonly #texts: string[] = new Array<string>(SLOTS).fill('');
  readonly #places = new Int32Array(SLOTS);
  /** In which value a slot was filled; others count as empty, so equal values give equal bytes. */
  readonly #filledIn = new Int32Array(SLOTS).fill(-1);
  #value = 0;
  #count = 0;

  begin(): void {
    this.#value = (this.#value + 1) | 0;
    this.#count = 0;
  }

  write(writer: ByteWriter, text: string): void {
    const length = text.length;
    if (length === 0) {
      writer.u8(NONE);
      return;
    }
    const slot = slotOf(text, length);
    if (this.#filledIn[slot] === this.#value && this.#texts[slot] === text) {
      writer.varint((this.#places[slot] as number) + PLACES);
      return;
    }
    this.#filledIn[slot] = this.#value;
    this.#texts[slot] = text;
    this.#places[slot] = this.#count++;
    writer.u8(NEW);
    writer.text(text);
  }
}

export class TextTableReader {
  readonly #texts: string[] = [];
  #count = 0;

  begin(): void {
    this.#count = 0;
  }

  read(reader: ByteReader): string {
    const header = reader.varint();
    if (header === NONE) return '';
    if (header === NEW) {
      const text = reader.word();
      this.#texts[this.#count++] = text;
      return text;
    }
    const place = header - PLACES;
    if (place >= this.#count) reader.fail(`a text seen above, not place ${place} of ${this.#count}`);
    return this.#texts[place] as string;
  }
}

/** Cheap and good enough: two texts in one slot are only written more often. */
function slotOf(text: string, length: number): number {
  const hash =
    Math.imul(text.charCodeAt(length - 1), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(length >>> 1), 0x85ebca6b) ^
    Math.imul(text.charCodeAt(0), 0xc2b2ae35) ^
    Math.imul(text.charCodeAt(length > 1 ? length - 2 : 0), 0x27d4eb2f) ^
    Math.imul(length, 0x165667b1);
  return (hash ^ (hash >>> 13) ^ (hash >>> 21)) & (SLOTS - 1);
}
