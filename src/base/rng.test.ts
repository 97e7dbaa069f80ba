import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rng, seedRng } from './rng.ts';

function draws(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.uint32());
}

test('the same seeds give the same draws, on every machine and in every version', () => {
  expect(draws(seedRng(1, 2), 4)).toEqual([2238190143, 61101710, 3916794307, 919126261]);
});

test('forks with other labels draw otherwise, the same label draws the same, and the parent does not move', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.string(), (seed, left, right) => {
      fc.pre(left !== right);
      const rng = seedRng(seed);
      expect(draws(rng.fork(left), 8)).not.toEqual(draws(rng.fork(right), 8));
      expect(draws(rng.fork(left), 8)).toEqual(draws(rng.fork(left), 8));
      expect(draws(rng, 8)).toEqual(draws(seedRng(seed), 8));
    }),
  );
});

test('intBelow stays below and float stays in [0, 1)', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
      const rng = seedRng(seed);
      const whole = rng.intBelow(n);
      expect(Number.isInteger(whole) && whole >= 0 && whole < n).toBe(true);
      const part = rng.float();
      expect(part >= 0 && part < 1).toBe(true);
    }),
  );
});

test('intBelow refuses what is not a whole number from 1 to 2^32', () => {
  for (const n of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
    expect(() => seedRng(1).intBelow(n)).toThrow(RangeError);
});

test('draws are uniform: χ² over 64 cells of a million draws stays below its 0.999 quantile', () => {
  const chiSquared = (draw: (rng: Rng) => number): number => {
    const rng = seedRng(20_26, 7);
    const cells = new Array<number>(64).fill(0);
    const count = 1_000_000;
    for (let i = 0; i < count; i++) {
      const cell = draw(rng);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const expected = count / 64;
    return cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
  };
  const quantile = 103.44; // χ², 63 degrees of freedom, 0.999
  expect(chiSquared((rng) => rng.intBelow(64))).toBeLessThan(quantile);
  expect(chiSquared((rng) => Math.floor(rng.float() * 64))).toBeLessThan(quantile);
  expect(chiSquared((rng) => rng.uint32() >>> 26)).toBeLessThan(quantile);
  expect(chiSquared((rng) => rng.uint32() & 63)).toBeLessThan(quantile);
});
