import { expect, test } from 'vitest';
import type { Asked } from './shop-tally.ts';
import { waitsOf } from './waits.ts';

function asked(customer: number, at: number, ms: number, more: Partial<Asked> = {}): Asked {
  return { customer, shard: 1, at, ms, text: `at ${at}`, decisionId: '', fault: '', ...more };
}

const MINE = new Set([1]);
const DEAD = { from: 10_000, to: 14_000 };

test('who waited is counted once, with their longest wait, from the death on', () => {
  const all = [
    asked(1, 9_000, 3_000),
    asked(1, 12_100, 700),
    asked(2, 10_100, 3_900),
    asked(3, 11_000, 1_000),
  ];
  expect(waitsOf(all, MINE, DEAD)).toEqual({ customers: 3, medianMs: 2_000, longestMs: 3_900, failed: 0 });
});

test('who was quick, asked before or after, or has another node, has not waited', () => {
  const all = [
    asked(1, 11_000, 40),
    asked(2, 8_000, 1_900),
    asked(3, 14_100, 900),
    asked(4, 11_000, 3_000, { shard: 2 }),
  ];
  expect(waitsOf(all, MINE, DEAD)).toEqual({ customers: 0, medianMs: 0, longestMs: 0, failed: 0 });
});

test('a request that was given up is told', () => {
  expect(waitsOf([asked(1, 10_500, 100, { fault: 'away' })], MINE, DEAD).failed).toBe(1);
});
