import { expect, test } from 'vitest';
import { added } from './added.ts';

test('a list grows by what is added, and an empty one is left as it was', () => {
  const none: number[] = [];
  const one = added(none, 1);
  expect(one).toEqual([1]);
  expect(none).toEqual([]);
  expect(added(one, 2)).toBe(one);
  expect(one).toEqual([1, 2]);
});
