// Long because one method for each stored primitive.
import {
  ESCAPE_F32,
  ESCAPE_F64,
  ESCAPE_INFINITY,
  ESCAPE_MINUS_INFINITY,
  ESCAPE_MINUS_ZERO,
  ESCAPE_NAN,
  ESCAPE_ZERO_TIME,
  NUMBER_ESCAPE,
  TEXT_ASCII,
  TEXT_HEX,
  TEXT_UTF8,
} from './byte-layout.ts';
import { FORMAT_BYTES, formatOf, type StoredFormat } from './formats.ts';
import { StoredBytesError } from './stored-bytes-error.ts';
import { WordTable } from './word-table.ts';

/** A reader of the body of stored bytes, which knows their format. Throws StoredBytesError when they are not of `format`. */
export function readerOf(format: StoredFormat, bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(new Uint8Array(0));
  resetTo(reader, format, bytes);
  return reader;
}

/** The same with a reader that is there. */
export function resetTo(reader: ByteReader, format: StoredFormat, bytes: Uint8Array): void {
  reader.format = formatOf(format, bytes);
  reader.reset(bytes, FORMAT_BYTES);
}

const words = new WordTable(4096);

/**
 * Reads what `ByteWriter` wrote, front to back. Every read is checked against the end: damaged bytes give
 * `StoredBytesError` or another value, never more memory than a small multiple of their size.
 */
export class ByteReader {
  /** The stored format of what is read, for fields that an older one did not have; 0: not said. */
  format = 0;
  #bytes: Buffer;
  #view: DataView | undefined;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = asBuffer(bytes);
    this.#at = at;
    this.#end = end;
  }

  /** Starts over on other bytes. */
  reset(bytes: Uint8Array, at = 0, end = bytes.length): void {
    this.#bytes = asBuffer(bytes);
    this.#view = undefined;
    this.#at = at;
    this.#end = end;
  }

  /** Where the next read starts. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** Always throws: the place, and what should have been there. */
  fail(what: string): never {
    throw new StoredBytesError(this.#at, what);
  }

  /** Moves over `length` bytes without reading them. */
  skip(length: number): void {
    this.#need(length, 'bytes to skip');
    this.#at += length;
  }

  /** Throws unless all was read. */
  atEnd(what: string): void {
    if (this.#at !== this.#end) this.fail(`${this.#end - this.#at} bytes behind the end of ${what}`);
  }

  u8(): number {
    if (this.#at >= this.#end) this.fail('a byte');
    return this.#bytes[this.#at++] as number;
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) this.fail(`a flag, not ${value}`);
    return value === 1;
  }

  /** An index below `count`. */
  code(count: number, what: string): number {
    const value = this.u8();
    if (value >= count) this.fail(`${what} below ${count}, not ${value}`);
    return value;
  }

  u16(): number {
    this.#need(2, 'two bytes');
    const at = this.#at;
    this.#at = at + 2;
    return (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8);
  }

  u32(): number {
    this.#need(4, 'four bytes');
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return (
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)) >>>
      0
    );
  }

  f32(): number {
    this.#need(4, 'a float');
    const value = this.#floats().getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }

  f64(): number {
    this.#need(8, 'a double');
    const value = this.#floats().getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  varint(): number {
    if (this.#at >= this.#end) this.fail('a whole number');
    const first = this.#bytes[this.#at] as number;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    return this.#longVarint();
  }

  number(): number {
    const code = this.varint();
    if (code === NUMBER_ESCAPE) return this.#escaped();
    return (code & 1) === 0 ? code / 2 : (1 - code) / 2;
  }

  money(): number {
    const code = this.varint();
    if (code === NUMBER_ESCAPE) return this.#escaped();
    return ((code & 1) === 0 ? code / 2 : (1 - code) / 2) / 100;
  }

  near(base: number): number {
    const code = this.varint();
    if (code === NUMBER_ESCAPE) return this.#escaped();
    return base + ((code & 1) === 0 ? code / 2 : (1 - code) / 2);
  }

  /** A number of items that take at least `bytesEach` bytes each, so a damaged one cannot ask for much memory. */
  count(bytesEach: number, what: string): number {
    const count = this.varint();
    if (count * bytesEach > this.#end - this.#at) this.fail(`${count} ${what} in ${this.left} bytes`);
    return count;
  }

  /** A string of one customer only, not from the table of texts. */
  text(): string {
    const header = this.varint();
    if ((header & 3) === TEXT_ASCII) {
      const length = header / 4;
      const from = this.#take(length);
      return length === 0 ? '' : this.#bytes.toString('latin1', from, from + length);
    }
    return this.#otherText(header);
  }

  /** A string that many records share (a name, a category, a version): one copy in memory for all, and faster. */
  word(): string {
    return this.wordOf(this.varint());
  }

  /** A word whose header was read already. */
  wordOf(header: number): string {
    if ((header & 3) === TEXT_ASCII) {
      const length = header / 4;
      const from = this.#take(length);
      return length === 0 ? '' : words.at(this.#bytes, from, length);
    }
    return this.#otherText(header);
  }

  fixedAscii(length: number): string {
    const from = this.#take(length);
    return this.#bytes.toString('latin1', from, from + length);
  }

  /** True when the next characters are `value`; does not move. */
  nextIs(value: string): boolean {
    if (value.length > this.#end - this.#at) return false;
    for (let i = 0; i < value.length; i++) {
      if (this.#bytes[this.#at + i] !== value.charCodeAt(i)) return false;
    }
    return true;
  }

  /** A copy. */
  block(): Uint8Array {
    const length = this.varint();
    const from = this.#take(length);
    const copy = new Uint8Array(length);
    this.#bytes.copy(copy, 0, from, from + length);
    return copy;
  }

  rawBytes(into: Uint8Array, length: number): void {
    const from = this.#take(length);
    for (let i = 0; i < length; i++) into[i] = this.#bytes[from + i] as number;
  }

  rawFloats(length: number): Float32Array {
    this.#need(length * 4, `${length} floats`);
    const floats = new Float32Array(length);
    const view = this.#floats();
    const from = this.#at;
    for (let i = 0; i < length; i++) floats[i] = view.getFloat32(from + i * 4, true);
    this.#at = from + length * 4;
    return floats;
  }

  /** Into the first `count` words. Bits behind the last one must be 0, so that equal words have equal bytes. */
  sparseWords(into: Int32Array, count: number): void {
    let mask = 0;
    let maskAt = this.#take((count + 7) >>> 3);
    for (let i = 0; i < count; i++) {
      if ((i & 7) === 0) mask = this.#bytes[maskAt++] as number;
      into[i] = (mask & 1) === 0 ? 0 : this.u32();
      mask >>>= 1;
    }
    if (mask !== 0) this.fail(`${count} words`);
  }

  #floats(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    return this.#view;
  }

  #take(length: number): number {
    const from = this.#at;
    this.#need(length, `${length} bytes of text`);
    this.#at = from + length;
    return from;
  }

  #need(length: number, what: string): void {
    if (length > this.#end - this.#at) this.fail(`${what}, but only ${this.#end - this.#at} bytes are left`);
  }

  #longVarint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      if (this.#at >= this.#end) this.fail('the rest of a whole number');
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) this.fail('a whole number below 2^53');
        return value;
      }
      scale *= 0x80;
    }
    return this.fail('a whole number of at most 8 bytes');
  }

  #escaped(): number {
    const code = this.u8();
    switch (code) {
      case ESCAPE_F64:
        return this.f64();
      case ESCAPE_F32:
        return this.f32();
      case ESCAPE_NAN:
        return Number.NaN;
      case ESCAPE_INFINITY:
        return Number.POSITIVE_INFINITY;
      case ESCAPE_MINUS_INFINITY:
        return Number.NEGATIVE_INFINITY;
      case ESCAPE_MINUS_ZERO:
        return -0;
      case ESCAPE_ZERO_TIME:
        return 0;
      default:
        return this.fail(`a kind of number, not ${code}`);
    }
  }

  #otherText(header: number): string {
    const mode = header % 4;
    const length = (header - mode) / 4;
    if (mode === TEXT_UTF8) {
      const from = this.#take(length);
      return this.#bytes.toString('utf8', from, from + length);
    }
    if (mode === TEXT_HEX) {
      const from = this.#take(length);
      return this.#bytes.toString('hex', from, from + length);
    }
    if (length === 0) {
      const from = this.#take(16);
      const hex = this.#bytes.toString('hex', from, from + 16);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    }
    const from = this.#take(length);
    return this.#bytes.toString('utf16le', from, from + length);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
