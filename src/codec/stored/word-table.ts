/** Longer strings are rarely shared, and comparing them costs more than making them. */
const WORD_CHARS_MAX = 40;

/**
 * Strings that were read before, by their bytes: a slot each, the last one wins. Bounded: `slots` strings of at most 40
 * characters. What it returns never depends on what it holds.
 */
export class WordTable {
  readonly #words: string[];
  readonly #mask: number;

  /** `slots` is a power of two. */
  constructor(slots: number) {
    this.#words = new Array<string>(slots).fill('');
    this.#mask = slots - 1;
  }

  /** The ASCII string of `length` bytes from `from`, which must be inside `bytes`. */
  at(bytes: Buffer, from: number, length: number): string {
    if (length > WORD_CHARS_MAX) return bytes.toString('latin1', from, from + length);
    let hash = length;
    for (let i = from; i < from + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & this.#mask;
    const known = this.#words[slot] as string;
    if (known.length === length && isSame(known, bytes, from)) return known;
    const made = bytes.toString('latin1', from, from + length);
    this.#words[slot] = made;
    return made;
  }
}

function isSame(word: string, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
