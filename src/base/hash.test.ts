import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from './crc32.ts';
import { fnv1a, hash128Base32, hash128Base64Url, hash128Hex, murmur3, murmur3x128 } from './hash.ts';

const FOX = 'The quick brown fox jumps over the lazy dog';

test('murmur3 gives the published values', () => {
  expect(murmur3('')).toBe(0);
  expect(murmur3('', 1)).toBe(0x514e28b7);
  expect(murmur3('hello')).toBe(0x248bfa47);
  expect(murmur3('hello, world')).toBe(0x149bbb7f);
  expect(murmur3(FOX, 0x9747b28c)).toBe(0x2fa826cd);
});

test('the 128-bit hash gives the published value, in hex and in base32', () => {
  expect(hash128Hex('')).toBe('0'.repeat(32));
  expect(hash128Hex(FOX)).toBe('2f1583c3ecee2c675d7bf66ce5e91d2c');
  expect(BigInt(`0x${hash128Hex(FOX)}`) << 2n).toBe(fromBase32(hash128Base32(FOX)));
});

test('the base64url form is the same 128 bits', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const hex = hash128Hex(text);
      expect(hash128Base64Url(text)).toBe(Buffer.from(hex, 'hex').toString('base64url'));
      expect(hash128Base32(text)).toHaveLength(26);
    }),
  );
});

test('fnv1a and crc32 give the published values', () => {
  expect(fnv1a('')).toBe(0x811c9dc5);
  expect(fnv1a('foobar')).toBe(0xbf9cf968);
  const bytes = new TextEncoder().encode(FOX);
  expect(crc32(bytes)).toBe(0x414fa339);
  expect(crc32(bytes.subarray(9), crc32(bytes.subarray(0, 9)))).toBe(0x414fa339);
});

test('crc32 notices every single flipped bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, nat) => {
      const at = nat % (bytes.length * 8);
      const flipped = bytes.slice();
      flipped[at >>> 3] = (flipped[at >>> 3] ?? 0) ^ (1 << (at & 7));
      expect(crc32(flipped)).not.toBe(crc32(bytes));
    }),
  );
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

function fromBase32(digits: string): bigint {
  return [...digits].reduce(
    (value, digit) => value * 32n + BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(digit)),
    0n,
  );
}
