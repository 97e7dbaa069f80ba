/**
 * Tells one body from another whatever order its fields and the entries of its maps were written in: protobuf promises none,
 * and Go writes another one each time. The elements of a repeated field keep their order.
 */
import { bytesHash } from './bytes-hash.ts';

/** What the hash has to know of a message. Tags are `number << 3 | type`. */
export interface BodyShape {
  /** Nested messages by their tag. */
  readonly nested: Readonly<Record<number, BodyShape>>;
  /** The tag of a map. */
  readonly map?: number;
  /** The tag of a field that does not belong to the body. */
  readonly without?: number;
}

const FLAT: BodyShape = { nested: {} };
const PROPERTY: BodyShape = { nested: { 18: FLAT } };
const TIMED_EVENT: BodyShape = {
  nested: { 26: FLAT, 42: FLAT, 66: FLAT, 74: FLAT, 90: PROPERTY, 98: FLAT },
  map: 90,
};

/** attune.v1.Event without the time: a producer that sends an event again may have stamped it again. */
export const EVENT_BODY: BodyShape = { ...TIMED_EVENT, without: 42 };
/** attune.v1.DecideRequest. */
export const DECIDE_BODY: BodyShape = { nested: { 18: FLAT, 26: TIMED_EVENT, 50: FLAT } };
/** attune.v1.Feedback. */
export const FEEDBACK_BODY: BodyShape = { nested: { 42: FLAT, 82: FLAT } };

let at = 0;

/**
 * 32-bit hash of the message that `bytes` hold from `start` to `end`, unsigned. What is no protobuf is hashed as it stands.
 */
export function bodyHash(bytes: Uint8Array, start: number, end: number, shape: BodyShape): number {
  let sum = 0;
  let before = 0;
  let hash = 0;
  let next = start;
  while (next < end) {
    const from = next;
    at = from;
    const tag = varint(bytes);
    const type = tag & 7;
    const length = type === 2 ? varint(bytes) : 0;
    const inner = at;
    if (type === 0) varint(bytes);
    next = type === 0 ? at : inner + (type === 1 ? 8 : type === 5 ? 4 : length);
    if (next > end || type === 3 || type === 4) return (sum + bytesHash(bytes, from, end)) >>> 0;
    if (tag === shape.without) continue;
    // Elements of one field stand one after the other, and each carries those before it.
    const seed = tag === before && tag !== shape.map ? hash : tag;
    const nested = type === 2 ? shape.nested[tag] : undefined;
    hash =
      nested === undefined
        ? bytesHash(bytes, inner, next, seed)
        : combined(seed, bodyHash(bytes, inner, next, nested));
    before = tag;
    sum = (sum + hash) | 0;
  }
  return sum >>> 0;
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
