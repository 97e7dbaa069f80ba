/**
 * Writes protobuf's wire format into one buffer that grows and is used again. Fields are numbered 1 to 15 (a tag of one
 * byte); fields with their default value are left out, as proto3 has it. Lengths are minimal varints.
 *
 * I1  Used synchronously: one writer serves all messages of a process, one after the other.
 * I2  `#at` is where the next byte goes; every write first makes room.
 */

const ASCII_LOOP_CHARS_MAX = 64;
const TWO_32 = 0x1_0000_0000;
/** The buffer that one enormous message made is not kept for the small ones. */
const KEPT_BYTES_MAX = 1 << 20;
const FIRST_BYTES = 16_384;
/** Of 2^53 − 1 in base 36. */
const DIGITS_MAX = 11;

/** A method of Buffer that @types/node does not declare. */
interface Utf8Target {
  utf8Write(text: string, at: number): number;
}

export class WireWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view: DataView = viewOf(this.#bytes);
  #at = 0;

  /** Begins a message. */
  open(): void {
    this.#at = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#use(Buffer.allocUnsafeSlow(FIRST_BYTES));
  }

  /** The message, as a view that holds until the next one is begun: who sends it copies it anyway. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Opens a nested message whose length will take about `guess` bytes (1 to 3); pass what it returns to `close`. */
  nest(tag: number, guess: number): number {
    this.#room(1 + guess);
    this.#bytes[this.#at] = tag;
    const body = this.#at + 1 + guess;
    this.#at = body;
    return body;
  }

  /** Closes a nested message: writes its length in front, moving the body when the guess was wrong. */
  close(body: number, guess: number): void {
    const length = this.#at - body;
    const need = varintSize(length);
    if (need !== guess) {
      this.#room(need);
      this.#bytes.copyWithin(body + need - guess, body, this.#at);
      this.#at += need - guess;
    }
    this.#putLength(body - guess, length);
  }

  text(tag: number, value: string): void {
    if (value.length > 0) this.item(tag, value);
  }

  /** A text that is written even when it is empty: an item of a repeated field. */
  item(tag: number, value: string): void {
    const chars = value.length;
    this.#room(chars * 3 + 6);
    const bytes = this.#bytes;
    const start = this.#at;
    bytes[start] = tag;
    if (chars <= ASCII_LOOP_CHARS_MAX) {
      let at = start + 2;
      let high = 0;
      for (let i = 0; i < chars; i++) {
        const code = value.charCodeAt(i);
        high |= code;
        bytes[at++] = code;
      }
      if (high <= 0x7f) {
        bytes[start + 1] = chars;
        this.#at = at;
        return;
      }
    }
    this.#wide(start, value);
  }

  /** A piece of a text that was opened with `nest`: ASCII characters, 64 at most. */
  ascii(piece: string): void {
    const chars = piece.length;
    this.#room(chars);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < chars; i++) bytes[at + i] = piece.charCodeAt(i);
    this.#at = at + chars;
  }

  /** A piece of a text that was opened with `nest`: a whole number from 0 to 2^53 − 1 in base 36. */
  base36(value: number): void {
    this.#room(DIGITS_MAX);
    const bytes = this.#bytes;
    let digits = 1;
    for (let bound = 36; value >= bound; bound *= 36) digits++;
    let rest = value;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = Math.floor(rest / 36);
      const digit = rest - next * 36;
      bytes[at] = digit < 10 ? 0x30 + digit : 0x57 + digit;
      rest = next;
    }
    this.#at += digits;
  }

  blob(tag: number, value: Uint8Array): void {
    const guess = varintSize(value.length);
    const body = this.nest(tag, guess);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    this.close(body, guess);
  }

  bool(tag: number, value: boolean): void {
    if (!value) return;
    this.#room(2);
    this.#bytes[this.#at++] = tag;
    this.#bytes[this.#at++] = 1;
  }

  /** A whole number from 0 to 2^53 − 1. */
  whole(tag: number, value: number): void {
    if (value === 0) return;
    this.#room(11);
    this.#bytes[this.#at++] = tag;
    this.#varint(value);
  }

  double(tag: number, value: number): void {
    if (value === 0 && !Object.is(value, -0)) return;
    this.#room(9);
    this.#bytes[this.#at] = tag;
    this.#view.setFloat64(this.#at + 1, value, true);
    this.#at += 9;
  }

  /** Milliseconds since 1970 UTC, not before it, as a google.protobuf.Timestamp. */
  time(tag: number, ms: number): void {
    this.#secondsAndNanos(tag, ms);
  }

  /** Milliseconds, not negative, as a google.protobuf.Duration. */
  duration(tag: number, ms: number): void {
    this.#secondsAndNanos(tag, ms);
  }

  #secondsAndNanos(tag: number, ms: number): void {
    this.#room(20);
    const seconds = Math.floor(ms / 1_000);
    const nanos = Math.round((ms - seconds * 1_000) * 1_000_000);
    const bytes = this.#bytes;
    bytes[this.#at] = tag;
    const length = this.#at + 1;
    this.#at += 2;
    if (seconds > 0) {
      bytes[this.#at++] = 8;
      this.#varint(seconds);
    }
    if (nanos > 0) {
      bytes[this.#at++] = 16;
      this.#varint(nanos);
    }
    bytes[length] = this.#at - length - 1;
  }

  /** Room was made. */
  #varint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let low = value >>> 0;
    if (value >= TWO_32) {
      let high = (value - low) / TWO_32;
      // Four groups of seven bits from the low word, one of both, the rest from the high word.
      for (let i = 0; i < 4; i++) {
        bytes[at++] = (low & 0x7f) | 0x80;
        low >>>= 7;
      }
      low |= (high & 0x07) << 4;
      high >>>= 3;
      if (high === 0) {
        bytes[at++] = low;
        this.#at = at;
        return;
      }
      bytes[at++] = low | 0x80;
      low = high;
    }
    while (low >= 0x80) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    bytes[at++] = low;
    this.#at = at;
  }

  /** A text that is long or not ASCII; `start` is where its tag stands. */
  #wide(start: number, value: string): void {
    const guess = varintSize(value.length);
    const body = start + 1 + guess;
    this.#at = body + (this.#bytes as unknown as Utf8Target).utf8Write(value, body);
    this.close(body, guess);
  }

  #putLength(at: number, length: number): void {
    const bytes = this.#bytes;
    let place = at;
    let rest = length;
    while (rest >= 0x80) {
      bytes[place++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[place] = rest;
  }

  #room(need: number): void {
    if (this.#at + need > this.#bytes.length) this.#grow(need);
  }

  #grow(need: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + need));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes of a length up to 2^28 − 1. */
function varintSize(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  return length < 0x20_0000 ? 3 : 4;
}
