import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../base/clock.ts';
import { considerText } from '../core/consideration/consider-text.ts';
import { CONSIDER_PATTERN, considerTimes, weekTimes } from './consider-times.ts';

const NEVER_QUIET = { from: 0, to: 0 };
const at = (hour: number, minute = 0): number => hour * 60 + minute;

describe('hours at which customers are considered', () => {
  test.each([
    ['daily at 09:00', [{ weekdays: 127, minute: at(9) }]],
    [
      'daily at 09:00, 17:30',
      [
        { weekdays: 127, minute: at(9) },
        { weekdays: 127, minute: at(17, 30) },
      ],
    ],
    ['mondays at 10:00', [{ weekdays: 1, minute: at(10) }]],
    ['mondays,thursdays  at 10:00', [{ weekdays: 9, minute: at(10) }]],
    ['sundays at 23:59', [{ weekdays: 64, minute: at(23, 59) }]],
  ])('%s', (text, times) => {
    expect(weekTimes(text)).toEqual(times);
    expect(considerText(considerTimes(weekTimes(text), [NEVER_QUIET]))).toBe(
      text.replace(',thursdays  at', ', thursdays at'),
    );
  });

  test.each([
    '',
    'weekly',
    'weekly at 09:00',
    'daily',
    'daily at 9:00',
    'daily at 24:00',
    'monday at 10:00',
    'Daily at 09:00',
    'daily at 09:00,',
    'daily, mondays at 09:00',
  ])('"%s" is none', (text) => {
    expect([CONSIDER_PATTERN.test(text), weekTimes(text)]).toEqual([false, []]);
  });

  test('several are one list, in order of the minute and each minute once', () => {
    const said = ['thursdays at 18:00', 'daily at 09:00', 'mondays at 18:00'].flatMap(weekTimes);
    expect(considerTimes(said, [NEVER_QUIET]).map(({ weekdays, minute }) => [weekdays, minute])).toEqual([
      [127, at(9)],
      [9, at(18)],
    ]);
    expect(considerText(considerTimes(said, [NEVER_QUIET]))).toBe(
      'daily at 09:00; mondays, thursdays at 18:00',
    );
    expect(considerText(considerTimes(weekTimes('never'), [NEVER_QUIET]))).toBe('never');
  });

  test('customers are spread over half an hour at most, and not over an edge of quiet hours or another time', () => {
    const spread = (text: string, from = at(21), to = at(8)): number[] =>
      considerTimes(weekTimes(text), [{ from, to }]).map(({ spreadMs }) => spreadMs / MINUTE_MS);
    expect(spread('daily at 09:00')).toEqual([30]);
    expect(spread('daily at 09:00, 09:20')).toEqual([20, 30]);
    expect(spread('daily at 20:50')).toEqual([10]);
    expect(spread('daily at 07:59')).toEqual([1]);
    expect(spread('daily at 00:05, 23:55')).toEqual([30, 10]);
    expect(spread('daily at 08:00, 21:00')).toEqual([30, 30]);
    expect(spread('daily at 23:50', 0, 0)).toEqual([30]);
  });
});
