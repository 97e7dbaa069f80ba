import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { civilDate, dayOf } from '../calendar/civil-time.ts';
import { dayOfDate, daysUntil, isDate } from './attribute.ts';

const at = (date: string, hours = 0): number => dayOfDate(date) * DAY_MS + hours * HOUR_MS;

describe('a date', () => {
  test.each(['1990-05-17', '2000-02-29', '1969-12-31', '0001-01-01'])('%s is one', (text) => {
    expect(isDate(text)).toBe(true);
  });

  test.each([
    '',
    '17.05.1990',
    '1990-5-17',
    '2001-02-29',
    '1990-13-01',
    '1990-00-10',
    '1990-05-17T10:00:00Z',
  ])('%j is none', (text) => {
    expect(isDate(text)).toBe(false);
    expect(dayOfDate(text)).toBeNaN();
    expect(daysUntil(text, 0, 0)).toBe(9_999);
  });

  test('a day of the calendar and its number name each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
        const [year, month, ofMonth] = civilDate(day).split('-').map(Number) as [number, number, number];
        expect(dayOf(year, month, ofMonth)).toBe(day);
      }),
    );
  });
});

describe('days until a birthday', () => {
  test.each([
    ['1990-05-17', '2026-05-17', 0],
    ['1990-05-17', '2026-05-16', 1],
    ['1990-05-17', '2026-05-18', 364],
    ['1990-01-01', '2027-12-31', 1],
    ['1990-03-01', '2027-03-02', 365],
    ['2000-02-29', '2026-02-27', 1],
    ['2000-02-29', '2026-02-28', 0],
    ['2000-02-29', '2028-02-28', 1],
    ['2000-02-29', '2028-02-29', 0],
  ])('of %s are on %s %i', (birthday, today, days) => {
    expect(daysUntil(birthday, at(today, 12), 0)).toBe(days);
  });

  test('are counted on the customer’s clock, and on that of UTC where it is not known', () => {
    const evening = at('2026-05-16', 23);
    expect(daysUntil('1990-05-17', evening, 120)).toBe(0);
    expect(daysUntil('1990-05-17', evening, Number.NaN)).toBe(1);
    expect(daysUntil('1990-05-17', at('2026-05-17', 2), -180)).toBe(1);
  });

  test('are never more than a year', () => {
    fc.assert(
      fc.property(fc.nat(40_000), fc.nat(40_000), (birth, today) => {
        const days = daysUntil(civilDate(birth), today * DAY_MS, 0);
        expect(days >= 0 && days <= 365).toBe(true);
        const then = civilDate(today + days).slice(5);
        expect([civilDate(birth).slice(5), civilDate(birth).endsWith('02-29') ? '02-28' : '']).toContain(
          then,
        );
      }),
    );
  });
});
