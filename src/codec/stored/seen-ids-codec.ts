import { assert } from '../../base/assert.ts';
import type { SeenDecides, SeenIds } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isZero } from './same-number.ts';

/** All ids are hashes of 48 bits and all bodies of 32, which take 10 bytes together; else they are any numbers. */
const HASHES = 0;
const NUMBERS = 1;
const TWO_32 = 0x1_0000_0000;

export function writeSeenIds(writer: ByteWriter, seen: SeenIds, base: number): void {
  const { id, body, at } = seen;
  const count = id.length;
  assert(body.length === count && at.length === count, 'seen ids have a body and a time each');
  const form = areHashes(id, 2 ** 48) && areHashes(body, TWO_32) ? HASHES : NUMBERS;
  writer.varint(count);
  writer.u8(form);
  let near = base;
  for (let i = 0; i < count; i++) {
    const idHash = id[i] as number;
    if (form === HASHES) {
      const high = Math.floor(idHash / TWO_32);
      writer.u16(high);
      writer.u32(idHash - high * TWO_32);
      writer.u32(body[i] as number);
    } else {
      writer.number(idHash);
      writer.number(body[i] as number);
    }
    writer.near(at[i] as number, near);
    near = at[i] as number;
  }
}

export function readSeenIds(reader: ByteReader, base: number): SeenIds {
  const count = reader.count(3, 'seen ids');
  const form = reader.code(2, 'a form of seen ids');
  const id = new Array<number>(count);
  const body = new Array<number>(count);
  const at = new Array<number>(count);
  let near = base;
  for (let i = 0; i < count; i++) {
    if (form === HASHES) {
      const high = reader.u16();
      id[i] = high * TWO_32 + reader.u32();
      body[i] = reader.u32();
    } else {
      id[i] = reader.number();
      body[i] = reader.number();
    }
    near = reader.near(near);
    at[i] = near;
  }
  return { id, body, at };
}

export function writeSeenDecides(writer: ByteWriter, seen: SeenDecides, base: number): void {
  writeSeenIds(writer, seen, base);
  let near = 0;
  for (let i = 0; i < seen.id.length; i++) {
    writer.near(seen.seq[i] as number, near);
    writer.number(seen.index[i] as number);
    near = seen.seq[i] as number;
  }
}

export function readSeenDecides(reader: ByteReader, base: number): SeenDecides {
  const { id, body, at } = readSeenIds(reader, base);
  const seq = new Array<number>(id.length);
  const index = new Array<number>(id.length);
  let near = 0;
  for (let i = 0; i < id.length; i++) {
    near = reader.near(near);
    seq[i] = near;
    index[i] = reader.number();
  }
  return { id, body, at, seq, index };
}

function areHashes(values: readonly number[], end: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value > 0 || isZero(value)) || value >= end || Math.floor(value) !== value) return false;
  }
  return true;
}
