import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fnv1a, hash128Hex, murmur3, murmur3x128, words128Base64Url } from './hash.ts';

const FOX = 'The quick brown fox jumps over the lazy dog';

test('murmur3 gives the published values', () => {
  expect(murmur3('')).toBe(0);
  expect(murmur3('', 1)).toBe(0x514e28b7);
  expect(murmur3('hello')).toBe(0x248bfa47);
  expect(murmur3('hello, world')).toBe(0x149bbb7f);
  expect(murmur3(FOX, 0x9747b28c)).toBe(0x2fa826cd);
});

test('the 128-bit hash gives the published value in hex', () => {
  expect(hash128Hex('')).toBe('0'.repeat(32));
  expect(hash128Hex(FOX)).toBe('2f1583c3ecee2c675d7bf66ce5e91d2c');
});

test('the base64url form is the same 128 bits', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const hex = hash128Hex(text);
      expect(words128Base64Url(murmur3x128(text))).toBe(Buffer.from(hex, 'hex').toString('base64url'));
    }),
  );
});

test('fnv1a gives the published values', () => {
  expect(fnv1a('')).toBe(0x811c9dc5);
  expect(fnv1a('foobar')).toBe(0xbf9cf968);
});

test('a hash depends on the UTF-8 bytes alone: a lone surrogate counts as the replacement character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
      (text) => {
        expect(murmur3(text)).toBe(
          murmur3(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text))),
        );
        expect(murmur3x128(text)).toEqual(murmur3x128(text.toWellFormed()));
      },
    ),
  );
});

test('64 buckets over 100,000 customers are even: χ² stays below its 0.999 quantile', () => {
  const cells = new Array<number>(64).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const cell = murmur3(`crm:${i}`) & 63;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const expected = 100_000 / 64;
  expect(cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)).toBeLessThan(103.44);
});
