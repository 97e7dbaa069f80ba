import { TEXT_HEX } from './byte-layout.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

// A repeated text is its place in the form of a text's header, with the low bits that `ByteWriter.text` never uses.
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
      writer.u8(0);
      return;
    }
    const slot = slotOf(text, length);
    if (this.#filledIn[slot] === this.#value && this.#texts[slot] === text) {
      writer.varint((this.#places[slot] as number) * 4 + TEXT_HEX);
      return;
    }
    this.#filledIn[slot] = this.#value;
    this.#texts[slot] = text;
    this.#places[slot] = this.#count++;
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
    if (header === 0) return '';
    if (header % 4 !== TEXT_HEX) {
      const text = reader.wordOf(header);
      this.#texts[this.#count++] = text;
      return text;
    }
    const place = (header - TEXT_HEX) / 4;
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
