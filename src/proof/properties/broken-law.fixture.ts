/** A test file that only properties.e2e.test.ts runs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('a law that holds', () => {
  fc.assert(fc.property(fc.nat(), (n) => n >= 0));
});

test('a law that is broken', () => {
  fc.assert(
    fc.property(fc.nat(), (n) => {
      expect(n).toBeLessThan(50);
    }),
  );
});

test('a law with a seed of its own', () => {
  fc.assert(
    fc.property(fc.nat(), (n) => n >= 0),
    { seed: 1 },
  );
});

test('nothing that could fail', () => {});

test('no law, and it fails', () => {
  throw new Error('for a reason of its own');
});
