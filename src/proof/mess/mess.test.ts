import { expect, test } from 'vitest';
import { ALL_KINDS } from './all-kinds.ts';
import { cleanHistories } from './clean-history.ts';
import { englishAmount, germanAmount, withOffset } from './line-of.ts';

test('kinds of mess have names of their own', () => {
  expect(new Set(ALL_KINDS.map(({ name }) => name)).size).toBe(ALL_KINDS.length);
});

test('a seed gives the same histories each time', () => {
  expect(cleanHistories(3, 0)).toEqual(cleanHistories(3, 0));
});

test('amounts and times are written as people write them', () => {
  expect([
    englishAmount(1_299.5),
    germanAmount(1_299.5),
    englishAmount(0.1),
    englishAmount(1_234_567),
  ]).toEqual(['1,299.50', '1.299,50', '0.10', '1,234,567.00']);
  expect([withOffset(0, 330), withOffset(0, -210)]).toEqual([
    '1970-01-01T05:30:00.000+05:30',
    '1969-12-31T20:30:00.000-03:30',
  ]);
});
