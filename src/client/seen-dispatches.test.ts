import { expect, test } from 'vitest';
import { SeenDispatches } from './seen-dispatches.ts';

const DAY_MS = 86_400_000;

test('a dispatch is remembered with its answer until a day after its end', () => {
  const seen = new SeenDispatches();
  seen.add('a', 1_000, 0);
  expect(seen.get('a')).toBe('pending');
  seen.setAnswer('a', 'accepted');
  seen.add('b', 9e9, 1_000 + DAY_MS - 1);
  expect(seen.get('a')).toBe('accepted');
  seen.add('c', 9e9, 1_000 + DAY_MS);
  expect([seen.get('a'), seen.get('b'), seen.size]).toEqual([undefined, 'pending', 2]);
});

test('a refused one that may come again is new again', () => {
  const seen = new SeenDispatches();
  seen.add('a', 1_000, 0);
  seen.forget('a');
  seen.setAnswer('a', 'accepted');
  expect(seen.get('a')).toBeUndefined();
});

test('it holds no more than its bound, and gives the oldest away', () => {
  const seen = new SeenDispatches(3);
  for (const id of ['a', 'b', 'c', 'd', 'e']) seen.add(id, 9e9, 0);
  expect(['a', 'b', 'c', 'd', 'e'].map((id) => seen.get(id) !== undefined)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});
