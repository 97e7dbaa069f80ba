import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

const micros = fc.array(fc.integer({ min: 0, max: 50_000_000 }), { minLength: 1, maxLength: 300 });
const quantile = fc.double({ min: 0.001, max: 1, noNaN: true });

test('a quantile is at most 1.6 % above the nearest-rank value, and never below it', () => {
  fc.assert(
    fc.property(micros, quantile, (values, q) => {
      const histogram = new Histogram();
      for (const value of values) histogram.addMs(value / 1000);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
      const found = histogram.quantileMs(q) * 1000;
      expect(found).toBeGreaterThanOrEqual(exact - 0.001);
      expect(found).toBeLessThanOrEqual(exact * 1.016 + 0.001);
    }),
  );
});

test('two histograms merged equal one that saw everything', () => {
  fc.assert(
    fc.property(micros, micros, quantile, (left, right, q) => {
      const [a, b, whole] = [new Histogram(), new Histogram(), new Histogram()];
      for (const value of left) a.addMs(value / 1000);
      for (const value of right) b.addMs(value / 1000);
      for (const value of [...left, ...right]) whole.addMs(value / 1000);
      a.merge(b);
      expect([a.count, a.maxMs, a.meanMs, a.quantileMs(q)]).toEqual([
        whole.count,
        whole.maxMs,
        whole.meanMs,
        whole.quantileMs(q),
      ]);
    }),
  );
});

test('a value beyond the range keeps its maximum', () => {
  const histogram = new Histogram();
  histogram.addMs(500_000);
  expect([histogram.maxMs, histogram.quantileMs(1)]).toEqual([500_000, 134_217.727]);
});
