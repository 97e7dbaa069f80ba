/**
 * Tells one body from another by what it says, whatever wrote it: fields and entries of maps may stand in any order, a default may be
 * written or left out, and fields that the contract does not know do not count. Protobuf promises none of that: Go
 * orders maps anew each time, and a proxy that parses and sends again may drop or write out what it likes. The elements of a list
 * count in their order where that says something (body-shape.ts).
 */
import type { BodyField, BodyShape } from './body-shape.ts';
import { bytesHash } from './bytes-hash.ts';

const scratch = new Uint8Array(10);
let at = 0;

/** 32-bit hash of the message that `bytes` hold from `start` to `end`, unsigned; it must be protobuf. */
export function bodyHash(bytes: Uint8Array, start: number, end: number, shape: BodyShape): number {
  let sum = 0;
  // The last hash of each list: its next element carries those before it.
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let next = start;
  while (next < end) {
    at = next;
    const tag = varint(bytes);
    const type = tag & 7;
    const inner = bodyEnd(bytes, tag, end);
    next = at;
    const field = shape.get(tag);
    if (field === undefined) continue;
    const { slot } = field;
    const before = slot < 0 ? 0 : slot === 0 ? first : slot === 1 ? second : slot === 2 ? third : fourth;
    const seed = before === 0 ? tag : before;
    const hash = fieldHash(bytes, inner, next, type, field, seed);
    if (hash === undefined) continue;
    if (slot === 0) first = hash;
    else if (slot === 1) second = hash;
    else if (slot === 2) third = hash;
    else if (slot === 3) fourth = hash;
    sum = (sum + hash) | 0;
  }
  return sum >>> 0;
}

/** Undefined where the field says its default and so nothing. */
function fieldHash(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: number,
  { nested, always }: BodyField,
  seed: number,
): number | undefined {
  if (nested !== undefined) {
    const inner = bodyHash(bytes, start, end, nested);
    return inner === 0 && !always ? undefined : combined(seed, inner);
  }
  if (!always && isDefault(bytes, start, end, type)) return undefined;
  if (type === 0 && end - start > 1 && bytes[end - 1] === 0) return longVarint(bytes, start, end, seed);
  return bytesHash(bytes, start, end, seed);
}

function isDefault(bytes: Uint8Array, start: number, end: number, type: number): boolean {
  if (type === 2) return start === end;
  for (let i = start; i < end; i++)
    if (((bytes[i] as number) & (type === 0 ? 0x7f : 0xff)) !== 0) return false;
  return true;
}

/** Of a number that was written in more bytes than it needs, as if it had not been. */
function longVarint(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let length = end - start;
  while (length > 1 && ((bytes[start + length - 1] as number) & 0x7f) === 0) length--;
  scratch.set(bytes.subarray(start, start + length));
  scratch[length - 1] = (scratch[length - 1] as number) & 0x7f;
  return bytesHash(scratch, 0, length, seed);
}

/** Where the value begins whose tag was read; `at` is where it ends. */
function bodyEnd(bytes: Uint8Array, tag: number, end: number): number {
  const type = tag & 7;
  if (type === 2) {
    const length = varint(bytes);
    const inner = at;
    at = Math.min(end, inner + length);
    return inner;
  }
  const inner = at;
  if (type === 0) varint(bytes);
  else if (type === 1) at += 8;
  else if (type === 5) at += 4;
  else if (type === 3) skipGroup(bytes, end);
  if (at > end) at = end;
  return inner;
}

/** Groups within groups included. */
function skipGroup(bytes: Uint8Array, end: number): void {
  while (at < end) {
    const tag = varint(bytes);
    if ((tag & 7) === 4) return;
    bodyEnd(bytes, tag, end);
  }
}

/** The varint at `at`, its low 32 bits; `at` is behind it then, and beyond the end of `bytes` when that cuts it short. */
function varint(bytes: Uint8Array): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function combined(seed: number, hash: number): number {
  let mixed = Math.imul(seed ^ Math.imul(hash, 0xcc9e2d51), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
