import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readFloatRows, writeFloatRows } from './float-rows-codec.ts';

const arbFloat = fc.oneof(fc.constantFrom(0, 0, 0, -0, 1, Number.NaN), fc.float());

function stored(values: Float32Array, rows: number): Buffer {
  const writer = new ByteWriter(16);
  writeFloatRows(writer, values, rows);
  return writer.copy();
}

test('floats come back exactly, in any number of rows, and a NaN of any form gives the same bytes', () => {
  fc.assert(
    fc.property(fc.array(arbFloat, { maxLength: 2_500 }), fc.integer({ min: 0, max: 5 }), (list, rows) => {
      const values = Float32Array.from(list);
      const reader = new ByteReader(stored(values, rows));
      const back = readFloatRows(reader, values.length, rows);
      reader.atEnd('the floats');
      expect(back.every((value, i) => Object.is(value, values[i]))).toBe(true);
      const odd = new Uint32Array(values.buffer.slice(0));
      for (const [i, value] of values.entries()) if (Number.isNaN(value)) odd[i] = 0xffc0_1234;
      expect(Buffer.compare(stored(new Float32Array(odd.buffer), rows), stored(values, rows))).toBe(0);
    }),
  );
});

it('spends a bit on a zero, and on what the row above has', () => {
  expect(stored(new Float32Array(800), 1).length).toBe(100);
  const twice = Float32Array.from({ length: 80 }, (_, i) => i % 40);
  expect(stored(twice, 2).length).toBe(10 + 39 * 4);
});

it('refuses bits behind the last value and values that are not there', () => {
  expect(() => readFloatRows(new ByteReader(Uint8Array.of(2, 0, 0, 0, 0)), 1, 1)).toThrow('1 words');
  expect(() => readFloatRows(new ByteReader(Uint8Array.of(1, 0, 0)), 1, 1)).toThrow('four bytes');
  expect(() => readFloatRows(new ByteReader(new Uint8Array(2)), 17, 1)).toThrow('3 bytes');
});
