import { expect, test } from 'vitest';
import { momentIn } from './moment-flag.ts';
import { numberIn } from './number-flag.ts';

test('a moment is a day with or without a time, or milliseconds; text that only holds one is refused', () => {
  const moment = (at: string) => momentIn({ at }, 'at')?.toISOString();
  expect(moment('2026-03-02T09:30:00Z')).toBe('2026-03-02T09:30:00.000Z');
  expect(moment('2026-03-02T09:30:00+02:00')).toBe('2026-03-02T07:30:00.000Z');
  expect(moment('2026-03-02')).toBe(new Date(2026, 2, 2).toISOString());
  expect(moment('2026-03-02T09:30')).toBe(new Date(2026, 2, 2, 9, 30).toISOString());
  expect(moment('1772443800000')).toBe('2026-03-02T09:30:00.000Z');
  for (const odd of ['week 1', '1', '2026-02-31', '2026-03-02 or so', '2026-03-02T25:00', '02.03.2026', ''])
    expect(() => moment(odd), odd).toThrow('--at must be a time such as');
});

test('a number is written in digits; another notation or text behind it is refused', () => {
  const number = (limit: string) => numberIn({ limit }, 'limit', 0, 1_000);
  expect([number('7'), number('0.5'), number(' 12 ')]).toEqual([7, 0.5, 12]);
  for (const odd of ['', ' ', '0x10', '1e2', '7a', '+7', 'Infinity'])
    expect(() => number(odd), odd).toThrow('--limit must be a number from 0 to 1000');
});
