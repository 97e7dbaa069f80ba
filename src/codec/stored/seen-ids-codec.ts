import { assert } from '../../base/assert.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { SEEN_DECIDE_WIDTH, SEEN_WIDTH, type SeenDecides, type SeenIds } from '../../core/profile/profile.ts';
import { seenFrom } from '../../core/profile/seen.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isZero } from './same-number.ts';

/** All ids are hashes of 48 bits and all bodies of 32, which take 10 bytes together; else they are any numbers. */
const HASHES = 0;
const NUMBERS = 1;
const TWO_32 = 0x1_0000_0000;

/** Of the rows those that are remembered: the last `max`. */
export function writeSeenIds(writer: ByteWriter, seen: SeenIds, max: number, base: number): void {
  writeRows(writer, seen, seenFrom(seen, SEEN_WIDTH, max), SEEN_WIDTH, base);
}

export function readSeenIds(reader: ByteReader, base: number): SeenIds {
  return readRows(reader, SEEN_WIDTH, base);
}

export function writeSeenDecides(writer: ByteWriter, seen: SeenDecides, base: number): void {
  const from = seenFrom(seen, SEEN_DECIDE_WIDTH, BOUNDS.seenDecides);
  writeRows(writer, seen, from, SEEN_DECIDE_WIDTH, base);
  let near = 0;
  for (let row = from; row < seen.length; row += SEEN_DECIDE_WIDTH) {
    writer.near(seen[row + 3] as number, near);
    writer.number(seen[row + 4] as number);
    near = seen[row + 3] as number;
  }
}

export function readSeenDecides(reader: ByteReader, base: number): SeenDecides {
  const rows = readRows(reader, SEEN_DECIDE_WIDTH, base);
  let near = 0;
  for (let row = 0; row < rows.length; row += SEEN_DECIDE_WIDTH) {
    near = reader.near(near);
    rows[row + 3] = near;
    rows[row + 4] = reader.number();
  }
  return rows;
}

/** The first three numbers of each row from `from` on: id, body, at. */
function writeRows(
  writer: ByteWriter,
  rows: readonly number[],
  from: number,
  width: number,
  base: number,
): void {
  assert(rows.length % width === 0, 'seen ids are whole rows');
  const form = areHashes(rows, from, width) ? HASHES : NUMBERS;
  writer.varint((rows.length - from) / width);
  writer.u8(form);
  let near = base;
  for (let row = from; row < rows.length; row += width) {
    const id = rows[row] as number;
    const body = rows[row + 1] as number;
    if (form === HASHES) {
      const high = Math.floor(id / TWO_32);
      writer.u16(high);
      writer.u32(id - high * TWO_32);
      writer.u32(body);
    } else {
      writer.number(id);
      writer.number(body);
    }
    writer.near(rows[row + 2] as number, near);
    near = rows[row + 2] as number;
  }
}

function readRows(reader: ByteReader, width: number, base: number): number[] {
  const count = reader.count(3, 'seen ids');
  const form = reader.code(2, 'a form of seen ids');
  const rows = new Array<number>(count * width);
  let near = base;
  for (let row = 0; row < rows.length; row += width) {
    if (form === HASHES) {
      const high = reader.u16();
      rows[row] = high * TWO_32 + reader.u32();
      rows[row + 1] = reader.u32();
    } else {
      rows[row] = reader.number();
      rows[row + 1] = reader.number();
    }
    near = reader.near(near);
    rows[row + 2] = near;
  }
  return rows;
}

function areHashes(rows: readonly number[], from: number, width: number): boolean {
  for (let row = from; row < rows.length; row += width) {
    if (!isHash(rows[row] as number, 2 ** 48) || !isHash(rows[row + 1] as number, TWO_32)) return false;
  }
  return true;
}

function isHash(value: number, end: number): boolean {
  return (value > 0 || isZero(value)) && value < end && Math.floor(value) === value;
}
