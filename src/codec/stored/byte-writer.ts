// Long because one method for each stored primitive.
import {
  ESCAPE_F32,
  ESCAPE_F64,
  ESCAPE_INFINITY,
  ESCAPE_MINUS_INFINITY,
  ESCAPE_MINUS_ZERO,
  ESCAPE_NAN,
  ESCAPE_ZERO_TIME,
  HEX_CHARS_MIN,
  NUMBER_ESCAPE,
  TEXT_ASCII,
  TEXT_HEX,
  TEXT_OTHER,
  TEXT_UTF8,
  WHOLE_MAX,
} from './byte-layout.ts';
import { packHex, packUuid, UUID_CHARS } from './packed-digits.ts';
import { isZero } from './same-number.ts';

// Again here, because the engine folds a file's own constants, and imported ones not.
const WHOLE = WHOLE_MAX;
const ESCAPE = NUMBER_ESCAPE;

/** Up to this length a loop over character codes beats the call into Node's own encoders. */
const LOOP_CHARS_MAX = 80;

/**
 * A buffer that grows and is written from front to back; `clear` and write again. Little endian, no alignment.
 * Numbers and texts come back from `ByteReader` exactly as they were; every NaN is stored as the same bits, so that
 * equal values give equal bytes.
 */
export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;

  constructor(capacity = 4096) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = new DataView(this.#bytes.buffer, 0, capacity);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#at;
  }

  clear(): void {
    this.#at = 0;
  }

  /** Drops what was written behind `size`. */
  truncate(size: number): void {
    if (size < this.#at) this.#at = size;
  }

  /** A copy of what was written; a small one shares a pooled ArrayBuffer with others, as Node's buffers do. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafe(this.#at);
    this.#bytes.copy(copy, 0, 0, this.#at);
    return copy;
  }

  /** What was written, where it stands: until the writer is used again. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  u8(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#at++] = value;
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u16(value: number): void {
    this.#room(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** Writes over a byte that was written before. */
  u8At(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  /** Writes over four bytes that were written before. */
  u32At(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  f32(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#at, Number.isNaN(value) ? Number.NaN : value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, Number.isNaN(value) ? Number.NaN : value, true);
    this.#at += 8;
  }

  /** A whole number from 0 to 2^53 − 1, seven bits a byte. Other values are the caller's bug. */
  varint(value: number): void {
    this.#room(8);
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value;
    if (rest >= 0x1000_0000) {
      const high = Math.floor(rest / 0x1000_0000);
      const low = rest - high * 0x1000_0000;
      bytes[at++] = (low & 0x7f) | 0x80;
      bytes[at++] = ((low >>> 7) & 0x7f) | 0x80;
      bytes[at++] = ((low >>> 14) & 0x7f) | 0x80;
      bytes[at++] = (low >>> 21) | 0x80;
      rest = high;
    }
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#at = at;
  }

  /** Any number, exactly; whole numbers are short (one byte from −63 to 63), fractions take 6 or 10 bytes. */
  number(value: number): void {
    if (value > 0 && value <= WHOLE && Math.floor(value) === value) this.varint(value * 2);
    else this.#rareNumber(value);
  }

  /** Any number, exactly; one with at most two decimals is as short as its cents. */
  money(value: number): void {
    const cents = Math.round(value * 100);
    if (cents / 100 === value && cents <= WHOLE && cents >= -WHOLE) {
      this.number(cents === 0 ? value : cents);
    } else {
      this.varint(ESCAPE);
      this.#escaped(value);
    }
  }

  /** Any number, exactly; a time near `base` is short, and so is 0. Read it with the same base. */
  near(value: number, base: number): void {
    const delta = value - base;
    if (
      value !== 0 &&
      delta <= WHOLE &&
      delta >= -WHOLE &&
      Math.floor(delta) === delta &&
      base + delta === value
    ) {
      this.varint(delta >= 0 ? delta * 2 : 1 - delta * 2);
    } else {
      this.#rareNear(value, base);
    }
  }

  /** Any string, exactly. ASCII is fastest. */
  text(value: string): void {
    const length = value.length;
    if (length > LOOP_CHARS_MAX) {
      this.#longText(value);
      return;
    }
    this.#room(length + 2);
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    // Two bytes hold the header of all texts up to LOOP_CHARS_MAX characters.
    if (length < 32) bytes[at++] = length << 2;
    else {
      bytes[at++] = ((length << 2) & 0x7f) | 0x80;
      bytes[at++] = length >>> 5;
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#longText(value);
        return;
      }
      bytes[at++] = code;
    }
    this.#at = at;
  }

  /** Like `text`, and half as long for lower-case hexadecimal digits and UUIDs: for ids and hashes. */
  token(value: string): void {
    const length = value.length;
    const start = this.#at;
    this.#room(length + 2);
    let end = -1;
    if (length === UUID_CHARS) {
      this.u8(TEXT_OTHER);
      end = packUuid(value, this.#bytes, this.#at);
    } else if (length >= HEX_CHARS_MIN && (length & 1) === 0) {
      this.varint(length * 2 + TEXT_HEX);
      end = packHex(value, this.#bytes, this.#at);
    }
    this.#at = end < 0 ? start : end;
    if (end < 0) this.text(value);
  }

  /** ASCII characters without a length; the reader must know it. */
  fixedAscii(value: string): void {
    const length = value.length;
    this.#room(length);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < length; i++) bytes[at + i] = value.charCodeAt(i);
    this.#at = at + length;
  }

  /** A length and the bytes. */
  block(value: Uint8Array): void {
    this.varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** The first `length` bytes, without a length. */
  rawBytes(value: Uint8Array, length: number): void {
    this.#room(length);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < length; i++) bytes[at++] = value[i] as number;
    this.#at = at;
  }

  /** The first `length` floats, without a length. */
  rawFloats(value: Float32Array, length: number): void {
    this.#room(length * 4);
    const view = this.#view;
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const float = value[i] as number;
      view.setFloat32(at, Number.isNaN(float) ? Number.NaN : float, true);
      at += 4;
    }
    this.#at = at;
  }

  /** The first `count` words, of which many are 0: a bit each that says which are not, then those. */
  sparseWords(words: Int32Array, count: number): void {
    let maskAt = this.#at;
    let at = maskAt + ((count + 7) >>> 3);
    this.#room(at - maskAt + count * 4);
    const bytes = this.#bytes;
    const view = this.#view;
    let mask = 0;
    for (let i = 0; i < count; i++) {
      const word = words[i] as number;
      if (word !== 0) {
        mask |= 1 << (i & 7);
        view.setInt32(at, word, true);
        at += 4;
      }
      if ((i & 7) === 7) {
        bytes[maskAt++] = mask;
        mask = 0;
      }
    }
    if ((count & 7) !== 0) bytes[maskAt] = mask;
    this.#at = at;
  }

  #rareNumber(value: number): void {
    if (value < 0 && value >= -WHOLE && Math.floor(value) === value) {
      this.varint(1 - value * 2);
    } else if (isZero(value)) {
      this.u8(0);
    } else {
      this.u8(ESCAPE);
      this.#escaped(value);
    }
  }

  #rareNear(value: number, base: number): void {
    if (value === 0 && base === 0) {
      this.number(value);
      return;
    }
    this.u8(ESCAPE);
    if (isZero(value)) this.u8(ESCAPE_ZERO_TIME);
    else this.#escaped(value);
  }

  #escaped(value: number): void {
    if (Number.isNaN(value)) this.u8(ESCAPE_NAN);
    else if (value === 0) this.u8(ESCAPE_MINUS_ZERO);
    else if (value === Number.POSITIVE_INFINITY) this.u8(ESCAPE_INFINITY);
    else if (value === Number.NEGATIVE_INFINITY) this.u8(ESCAPE_MINUS_INFINITY);
    else if (Math.fround(value) === value) {
      this.u8(ESCAPE_F32);
      this.f32(value);
    } else {
      this.u8(ESCAPE_F64);
      this.f64(value);
    }
  }

  #longText(value: string): void {
    const length = Buffer.byteLength(value);
    if (length === value.length) {
      this.varint(length * 4 + TEXT_ASCII);
      this.#room(length);
      this.#at += this.#bytes.write(value, this.#at, length, 'latin1');
    } else if (value.isWellFormed()) {
      this.varint(length * 4 + TEXT_UTF8);
      this.#room(length);
      this.#at += this.#bytes.write(value, this.#at, length, 'utf8');
    } else {
      this.varint(value.length * 8 + TEXT_OTHER);
      this.#room(value.length * 2);
      this.#at += this.#bytes.write(value, this.#at, value.length * 2, 'utf16le');
    }
  }

  #room(more: number): void {
    if (this.#at + more > this.#bytes.length) this.#grow(more);
  }

  #grow(more: number): void {
    const capacity = Math.max(this.#bytes.length * 2, this.#at + more);
    const bytes = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, 0, capacity);
  }
}
