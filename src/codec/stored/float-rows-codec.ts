/**
 * What a model saw and said: float32 values in rows of one width. Most are 0 (what is counted and did not happen, the other
 * values of a category), and the rows of one customer are alike, so each row is stored as the bits by which it differs
 * from the row above.
 */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { NAN_BITS } from './float-bits.ts';

// Scratch of one call; grows to the most that was ever stored.
const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);
let words = new Int32Array(1024);

/** Values that are no whole number of rows are one row. */
function widthOf(count: number, rows: number): number {
  return rows > 0 && count % rows === 0 ? count / rows : count;
}

export function writeFloatRows(writer: ByteWriter, values: Float32Array, rows: number): void {
  const count = values.length;
  const width = widthOf(count, rows);
  if (count > words.length) words = new Int32Array(count * 2);
  const bits = words;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    float[0] = value;
    bits[i] = Number.isNaN(value) ? NAN_BITS : (floatBits[0] as number);
  }
  for (let i = count - 1; i >= width; i--) bits[i] = (bits[i] as number) ^ (bits[i - width] as number);
  writer.sparseWords(bits, count);
}

/** `count` was checked against the bytes that are left: at least one for eight values. */
export function readFloatRows(reader: ByteReader, count: number, rows: number): Float32Array {
  const width = widthOf(count, rows);
  const values = new Float32Array(count);
  const bits = new Int32Array(values.buffer);
  reader.sparseWords(bits, count);
  for (let i = width; i < count; i++) bits[i] = (bits[i] as number) ^ (bits[i - width] as number);
  return values;
}
