// Long because one method for each primitive of the wire.
/**
 * Reads protobuf's wire format from a view of network bytes, forward, without a throw and without a byte beyond the end.
 *
 * I1  `#at` never passes `#end`, and `#end` never the end of the message: a nested message cannot read its neighbour.
 * I2  After the first malformed byte every read gives 0, false or '' and `more` is false, so that all loops end.
 * I3  Used synchronously: one reader serves all messages of a process, one after the other.
 */

import { WARNINGS_MAX } from '../../core/event/event-warning.ts';
import { bodyHash } from './body-hash.ts';
import type { BodyShape } from './body-shape.ts';
import { bytesHash } from './bytes-hash.ts';
import { asciiText, charEnd, isText, utf8Text, WORD_BYTES_MAX, wordText } from './text-bytes.ts';
import { type Violation, violation, within } from './violation.ts';

const VIOLATIONS_MAX = 100;
const GROUP_DEPTH_MAX = 16;
/** Up to this many bytes a loop decides whether a text is ASCII; beyond it the decoder of Node is as fast. */
const ASCII_LOOP_BYTES_MAX = 64;
/** A longer text than any field may hold is not decoded beyond its first bytes. */
const DECODED_BYTES_MAX = 4_096;
const SHOWN_BYTES_MAX = 64;
/** `~` and eight hexadecimal digits. */
const ID_HASH_BYTES = 9;
const TWO_32 = 0x1_0000_0000;
const NO_VIOLATIONS: readonly Violation[] = [];

const doubleBytes = new Uint8Array(8);
const doubleValue = new Float64Array(doubleBytes.buffer);

export class WireReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #malformed = false;
  #low = 0;
  #high = 0;
  #violations: Violation[] = [];
  /** What is odd and no fault: counted apart, so that many of them hide no violation. */
  #warnings: Violation[] = [];

  /** Begins a message. */
  open(bytes: Uint8Array): void {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
    this.#malformed = false;
    if (this.#violations.length > 0) this.#violations = [];
    if (this.#warnings.length > 0) this.#warnings = [];
  }

  get malformed(): boolean {
    return this.#malformed;
  }

  get at(): number {
    return this.#at;
  }

  get end(): number {
    return this.#end;
  }

  /** More fields follow in the message that is being read. */
  more(): boolean {
    return this.#at < this.#end;
  }

  /** 32-bit hash of the message from `start` to where the reader stands; 0 when it is malformed. */
  hashFrom(start: number, shape: BodyShape): number {
    return this.#malformed ? 0 : bodyHash(this.#bytes, start, this.#at, shape);
  }

  /** Number and wire type of the next field, as one number: `number << 3 | type`. */
  tag(): number {
    const byte = this.#bytes[this.#at] as number;
    if (byte < 0x80) {
      this.#at++;
      return byte;
    }
    this.#varint();
    if (this.#high !== 0) this.#fail();
    return this.#low >>> 0;
  }

  /** Enters a nested message; pass what it returns to `leave`. */
  enter(): number {
    const outer = this.#end;
    const length = this.#length();
    if (!this.#malformed) this.#end = this.#at + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = this.#malformed ? this.#at : outer;
  }

  /** Steps over the rest of the nested message that was entered. */
  toEnd(): void {
    this.#at = this.#end;
  }

  bool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  /** Low 32 bits, signed: int32 and enums. */
  int32(): number {
    this.#varint();
    return this.#low | 0;
  }

  uint32(): number {
    this.#varint();
    return this.#low >>> 0;
  }

  /** Exact up to 2^53 in either direction, rounded beyond. */
  int64(): number {
    this.#varint();
    return (this.#high | 0) * TWO_32 + (this.#low >>> 0);
  }

  /** Exact up to 2^53, rounded beyond. */
  uint64(): number {
    this.#varint();
    return (this.#high >>> 0) * TWO_32 + (this.#low >>> 0);
  }

  double(): number {
    const at = this.#at;
    if (at + 8 > this.#end) {
      this.#fail();
      return 0;
    }
    const bytes = this.#bytes;
    for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at + i] as number;
    this.#at = at + 8;
    return doubleValue[0] as number;
  }

  /** A text of the field `field`; one longer than `bytesMax` or that is no UTF-8 is a violation. */
  text(field: string, bytesMax: number): string {
    const length = this.#length();
    const start = this.#at;
    this.#at = start + length;
    if (length === 0) return '';
    const short = length <= bytesMax && length <= ASCII_LOOP_BYTES_MAX;
    const ascii = short ? asciiText(this.#bytes, start, this.#at) : undefined;
    return ascii ?? this.#longText(field, start, bytesMax);
  }

  /** Like `text`, for a field with few different values: those come back as the same string, without an allocation. */
  word(field: string, bytesMax: number): string {
    const length = this.#length();
    const start = this.#at;
    this.#at = start + length;
    if (length === 0) return '';
    const short = length <= bytesMax && length <= WORD_BYTES_MAX;
    const word = short ? wordText(this.#bytes, start, this.#at) : undefined;
    return word ?? this.#longText(field, start, bytesMax);
  }

  /** Steps over a field that is not known; one of a known number with another wire type counts as unknown. */
  skip(tag: number): void {
    this.#skip(tag, 0);
  }

  /** Like `text`, for an optional text: of one longer than `bytesMax` the beginning is kept, with a warning. */
  cutText(field: string, bytesMax: number): string {
    return this.#fits(bytesMax) ? this.text(field, bytesMax) : this.#cut(field, bytesMax, false);
  }

  /** Like `word`, cut as `cutText` cuts. */
  cutWord(field: string, bytesMax: number): string {
    return this.#fits(bytesMax) ? this.word(field, bytesMax) : this.#cut(field, bytesMax, false);
  }

  /**
   * Like `text`, for an id: one longer than `bytesMax` becomes its beginning and a hash of the whole, so that two long ones stay two,
   * with a warning.
   */
  cutId(field: string, bytesMax: number): string {
    return this.#fits(bytesMax) ? this.text(field, bytesMax) : this.#cut(field, bytesMax, true);
  }

  /** The text that is next, whole, where it is longer than `bytesMax` bytes; it stays the next one. Undefined: `cutId` keeps it. */
  wholeId(bytesMax: number): string | undefined {
    if (this.#fits(bytesMax)) return undefined;
    const at = this.#at;
    const [start, end] = this.#span();
    if (this.#malformed) return undefined;
    this.#at = at;
    return utf8Text(this.#bytes, start, end);
  }

  /** The beginning of a text, at most `bytesMax` bytes, without a word about the rest. */
  head(field: string, bytesMax: number): string {
    if (this.#fits(bytesMax)) return this.text(field, bytesMax);
    const [start, end] = this.#span();
    if (this.#malformed) return '';
    if (!isText(this.#bytes, start, end, '\ufffd')) this.fault(field, 'string.utf8', '');
    return utf8Text(this.#bytes, start, charEnd(this.#bytes, start, start + bytesMax));
  }

  /** Like `word`, the beginning only, as `head`. */
  headWord(field: string, bytesMax: number): string {
    return this.#fits(bytesMax) ? this.word(field, bytesMax) : this.head(field, bytesMax);
  }

  /** A warning. `bound` completes a sentence that begins with the field. */
  warn(field: string, rule: string, value: string | number | boolean, bound: string): void {
    if (this.#warnings.length < WARNINGS_MAX)
      this.#warnings.push(violation(field, rule, String(value), bound));
  }

  /** How many warnings there are: a mark for `oddWithin` and `takeWarnings`. */
  oddMark(): number {
    return this.#warnings.length;
  }

  /** Puts the warnings since `mark` under the path `at`. */
  oddWithin(mark: number, at: string): void {
    const all = this.#warnings;
    for (let i = mark; i < all.length; i++) all[i] = within(at, all[i] as Violation);
  }

  /** Takes the warnings since `mark` out; undefined: there is none. */
  takeWarnings(mark: number): readonly Violation[] | undefined {
    return this.#warnings.length === mark ? undefined : this.#warnings.splice(mark);
  }

  /** How many violations there are: a mark for `within` and `takeFrom`. */
  mark(): number {
    return this.#violations.length;
  }

  fault(field: string, rule: string, value: string | number | boolean, bound?: string): void {
    if (this.#violations.length < VIOLATIONS_MAX) {
      this.#violations.push(violation(field, rule, String(value), bound));
    }
  }

  /** Puts the violations since `mark` under the path `at`. */
  within(mark: number, at: string): void {
    const all = this.#violations;
    for (let i = mark; i < all.length; i++) all[i] = within(at, all[i] as Violation);
  }

  /** Takes the violations since `mark` out. */
  takeFrom(mark: number): readonly Violation[] {
    return this.#violations.length === mark ? NO_VIOLATIONS : this.#violations.splice(mark);
  }

  #longText(field: string, start: number, bytesMax: number): string {
    const end = this.#at;
    const length = end - start;
    const text = utf8Text(this.#bytes, start, length > DECODED_BYTES_MAX ? start + SHOWN_BYTES_MAX : end);
    if (length > bytesMax) this.fault(field, 'string.max_bytes', text, `is longer than ${bytesMax} bytes`);
    if (!isText(this.#bytes, start, end, text)) this.fault(field, 'string.utf8', '');
    return text;
  }

  /** Whether the text that comes next holds at most `bytesMax` bytes; nothing is read. */
  #fits(bytesMax: number): boolean {
    const byte = this.#bytes[this.#at] as number;
    if (byte < 0x80) return byte <= bytesMax;
    const at = this.#at;
    const end = this.#end;
    const [start, behind] = this.#span();
    const fits = this.#malformed || behind - start <= bytesMax;
    if (!this.#malformed) {
      this.#at = at;
      this.#end = end;
    }
    return fits;
  }

  /** Steps over a text: where it begins and ends. */
  #span(): [number, number] {
    const length = this.#length();
    const start = this.#at;
    this.#at = start + length;
    return [start, this.#at];
  }

  #cut(field: string, bytesMax: number, isId: boolean): string {
    const [start, end] = this.#span();
    if (this.#malformed) return '';
    if (!isText(this.#bytes, start, end, '\ufffd')) this.fault(field, 'string.utf8', '');
    const kept = isId ? bytesMax - ID_HASH_BYTES : bytesMax;
    const text = utf8Text(this.#bytes, start, charEnd(this.#bytes, start, start + kept));
    const became = isId ? 'a hash stands for the rest' : 'the rest was cut';
    this.warn(field, 'string.max_bytes', text, `is longer than ${bytesMax} bytes; ${became}`);
    return isId ? `${text}~${bytesHash(this.#bytes, start, end).toString(16).padStart(8, '0')}` : text;
  }

  #length(): number {
    const at = this.#at;
    if (at < this.#end) {
      const byte = this.#bytes[at] as number;
      if (byte < 0x80 && at + 1 + byte <= this.#end) {
        this.#at = at + 1;
        return byte;
      }
    }
    this.#varint();
    const length = this.#low >>> 0;
    if (this.#malformed || this.#high !== 0 || length > this.#end - this.#at) {
      this.#fail();
      return 0;
    }
    return length;
  }

  /** The next varint in `#low` and `#high`, two words of 32 bits. */
  #varint(): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    this.#low = 0;
    this.#high = 0;
    if (at >= end) {
      this.#fail();
      return;
    }
    let byte = bytes[at++] as number;
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (at >= end || shift > 63) {
        this.#fail();
        return;
      }
      byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
    }
    this.#at = at;
    this.#low = low;
    this.#high = high;
  }

  #skip(tag: number, depth: number): void {
    if (tag >>> 3 === 0) {
      this.#fail();
      return;
    }
    switch (tag & 7) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#step(8);
        return;
      case 2: {
        const length = this.#length();
        this.#step(length);
        return;
      }
      case 3:
        this.#skipGroup(tag, depth);
        return;
      case 5:
        this.#step(4);
        return;
      default:
        this.#fail();
    }
  }

  #skipGroup(start: number, depth: number): void {
    if (depth >= GROUP_DEPTH_MAX) {
      this.#fail();
      return;
    }
    while (this.more()) {
      const tag = this.tag();
      if ((tag & 7) === 4) {
        if (tag >>> 3 !== start >>> 3) this.#fail();
        return;
      }
      this.#skip(tag, depth + 1);
    }
    this.#fail();
  }

  #step(bytes: number): void {
    if (bytes > this.#end - this.#at) this.#fail();
    else this.#at += bytes;
  }

  #fail(): void {
    this.#malformed = true;
    this.#low = 0;
    this.#high = 0;
    this.#end = this.#at;
  }
}
