/** Texts in network bytes: ASCII without a decoder's checks, and words that come again and again without an allocation. */
import { isUtf8 } from 'node:buffer';

/** Longer words are not kept: those that come again are names, kinds, places and categories. */
export const WORD_BYTES_MAX = 32;
const WORD_SLOTS = 2_048;

/** The methods of Buffer that decode a slice without checks; @types/node does not declare them. */
interface SliceDecoder {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/** The last word of each slot. Bounded: 2,048 words of 32 bytes. */
const words: string[] = new Array<string>(WORD_SLOTS).fill('');

/** The text when it is ASCII; undefined when it is not. */
export function asciiText(bytes: Buffer, start: number, end: number): string | undefined {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x7f) return undefined;
  return (bytes as unknown as SliceDecoder).latin1Slice(start, end);
}

/** Like `asciiText`, but the same string as last time when the same word came before. */
export function wordText(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  let hash = length;
  let high = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    high |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (high > 0x7f) return undefined;
  const slot = (hash ^ (hash >>> 15)) & (WORD_SLOTS - 1);
  const known = words[slot] as string;
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
    if (i === length) return known;
  }
  const fresh = (bytes as unknown as SliceDecoder).latin1Slice(start, end);
  words[slot] = fresh;
  return fresh;
}

/** The text with U+FFFD in place of what is no UTF-8. */
export function utf8Text(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as SliceDecoder).utf8Slice(start, end);
}

/** Whether the bytes are UTF-8, given what `utf8Text` made of their beginning or all of them. */
export function isText(bytes: Buffer, start: number, end: number, decoded: string): boolean {
  return !decoded.includes('\ufffd') || isUtf8(bytes.subarray(start, end));
}

/** `end`, or the beginning of the character that it would cut in two; never before `start`. */
export function charEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && ((bytes[at] as number) & 0xc0) === 0x80) at--;
  return at;
}
