import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../core/channel.ts';
import type { Scorer } from './scorer.ts';

const HEADS = 3;

/** The laws of a Scorer; every adapter's test calls this with a maker of scorers. */
export function scorerContract(name: string, makeScorer: () => Promise<Scorer>): void {
  const withScorer = async (body: (scorer: Scorer) => Promise<void>): Promise<void> => {
    const scorer = await makeScorer();
    try {
      await body(scorer);
    } finally {
      await scorer.close();
    }
  };

  describe(`${name} is a Scorer`, () => {
    test('it has a version, base rates for each channel and head, and a calibration for each head', () =>
      withScorer(async ({ info }) => {
        expect(info.version).not.toBe('');
        expect(info.features).toBeGreaterThan(0);
        expect(info.fallbackLogits).toHaveLength(CHANNELS.length * HEADS);
        expect(info.fallbackLogits.every(Number.isFinite)).toBe(true);
        expect(info.calibration).toHaveLength(HEADS);
        expect(info.buysPerWeek > 0 && info.buysPerWeek < 1).toBe(true);
        for (const { a, b } of info.calibration) expect(Number.isFinite(a) && Number.isFinite(b)).toBe(true);
      }));

    test('it answers each row with three finite logits, and none with none', () =>
      withScorer(async (scorer) => {
        for (const count of [0, 1, 12, 700]) {
          const logits = await scorer.run(rowsOf(scorer, count), count);
          expect(logits).toHaveLength(count * HEADS);
          expect(logits.every(Number.isFinite)).toBe(true);
        }
      }));

    test('a row’s logits do not depend on the rows beside it', () =>
      withScorer(async (scorer) => {
        const width = scorer.info.features;
        const rows = rowsOf(scorer, 600);
        const together = await scorer.run(rows, 600);
        for (const row of [0, 5, 255, 256, 257, 599]) {
          const alone = await scorer.run(rows.slice(row * width, (row + 1) * width), 1);
          for (let head = 0; head < HEADS; head++) {
            expect(alone[head]).toBeCloseTo(together[row * HEADS + head] as number, 5);
          }
        }
      }));

    test('runs that overlap do not disturb one another', () =>
      withScorer(async (scorer) => {
        const counts = [3, 40, 1, 300];
        const single = [];
        for (const count of counts) single.push([...(await scorer.run(rowsOf(scorer, count), count))]);
        const atOnce = await Promise.all(counts.map((count) => scorer.run(rowsOf(scorer, count), count)));
        expect(atOnce.map((logits) => [...logits])).toEqual(single);
      }));

    test('the buffer of the rows may be longer than them', () =>
      withScorer(async (scorer) => {
        const rows = rowsOf(scorer, 10);
        const width = scorer.info.features;
        expect(await scorer.run(rows, 4)).toEqual(await scorer.run(rows.slice(0, 4 * width), 4));
      }));
  });
}

function rowsOf(scorer: Scorer, count: number): Float32Array {
  return Float32Array.from({ length: count * scorer.info.features }, (_, i) => Math.sin(i + count) * 2);
}
