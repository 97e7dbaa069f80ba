import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSize } from './sample-size.ts';

const Z_95 = 1.644853627;
const Z_90 = 1.281551566;
const Z_99_TWO_SIDED = 2.575829304;

test('Fleiss’s example: 25 % against 40 % at 1 % and a power of 95 % take 344 a group', () => {
  const both = sampleSize({
    control: 0.25,
    treated: 0.4,
    controlShare: 0.5,
    zAlpha: Z_99_TWO_SIDED,
    zPower: Z_95,
  });
  expect(both / 2).toBeCloseTo(344, 0);
});

test('the example of power.prop.test in R: 50 % against 75 % at 5 % and a power of 90 % take 76.7 a group', () => {
  const both = sampleSize({ control: 0.5, treated: 0.75, controlShare: 0.5, zPower: Z_90 });
  expect(both).toBe(Math.ceil(2 * 76.7));
});

test('what is found has the power that was asked for, when the experiment is run many times', () => {
  const [control, treated, controlShare] = [0.1, 0.13, 0.25];
  const all = sampleSize({ control, treated, controlShare });
  const [n, m] = [Math.round(all * controlShare), Math.round(all * (1 - controlShare))];
  // A fixed generator (mulberry32): the same draws on every machine.
  let state = 5;
  const chance = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const buyers = (count: number, share: number): number => {
    let bought = 0;
    for (let i = 0; i < count; i++) if (chance() < share) bought++;
    return bought;
  };
  let shown = 0;
  const runs = 1_000;
  for (let run = 0; run < runs; run++) {
    const [a, b] = [buyers(n, control), buyers(m, treated)];
    const pooled = (a + b) / (n + m);
    const z = (b / m - a / n) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    if (Math.abs(z) > 1.959964) shown++;
  }
  expect(shown / runs).toBeGreaterThan(0.77);
  expect(shown / runs).toBeLessThan(0.83);
});

test('a smaller difference and a smaller holdout take more; no difference can not be shown', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.4, noNaN: true }), (control) => {
      const of = (added: number, controlShare: number): number =>
        sampleSize({ control, treated: control + added, controlShare });
      expect(of(0.01, 0.5)).toBeGreaterThan(of(0.02, 0.5));
      expect(of(0.01, 0.02)).toBeGreaterThan(of(0.01, 0.5));
    }),
  );
  expect(sampleSize({ control: 0.1, treated: 0.1, controlShare: 0.5 })).toBe(Number.POSITIVE_INFINITY);
});
