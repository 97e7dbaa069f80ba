import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const TEXTS_MAX = 16;

/** The first few texts of one stored value, not ''; a repeated one is named by its place. `begin` a value. */
export class SeenTexts {
  readonly #texts = new Array<string>(TEXTS_MAX).fill('');
  /** Of each text, for a quick no. */
  readonly #marks = new Int32Array(TEXTS_MAX);
  #count = 0;

  begin(): void {
    this.#count = 0;
  }

  write(writer: ByteWriter, text: string): void {
    const mark = markOf(text);
    const count = this.#count;
    for (let place = 0; place < count; place++) {
      if (this.#marks[place] === mark && this.#texts[place] === text) {
        writer.u8(place + 1);
        return;
      }
    }
    writer.u8(0);
    writer.text(text);
    if (count === TEXTS_MAX) return;
    this.#marks[count] = mark;
    this.#texts[count] = text;
    this.#count++;
  }

  read(reader: ByteReader): string {
    const place = reader.u8() - 1;
    if (place >= this.#count) reader.fail('a text that was seen above');
    if (place >= 0) return this.#texts[place] as string;
    const text = reader.word();
    if (this.#count < TEXTS_MAX) this.#texts[this.#count++] = text;
    return text;
  }
}

/** Tells most texts apart by one number: ids of a shop are alike in length and beginning, and comparing them is dear. */
function markOf(text: string): number {
  const { length } = text;
  return (length << 16) ^ (text.charCodeAt(length - 1) << 8) ^ text.charCodeAt(length >> 1);
}
