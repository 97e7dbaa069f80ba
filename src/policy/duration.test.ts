import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, parseMinuteOfDay, renderDuration, renderMinuteOfDay } from './duration.ts';

describe('durations and local times', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['2w', 1_209_600_000],
    ['5ms', 5],
    ['24', Number.NaN],
    ['1.5h', Number.NaN],
    ['-1h', Number.NaN],
    ['1 h', Number.NaN],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it('what is rendered reads back as the same duration', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), (ms) => {
        expect(durationMs(renderDuration(ms))).toBe(ms);
      }),
    );
  });

  it('every minute of the day reads back as itself, and nothing beyond it is one', () => {
    for (let minute = 0; minute < 1_440; minute++)
      expect(parseMinuteOfDay(renderMinuteOfDay(minute))).toBe(minute);
    for (const text of ['24:00', '9:00', '12:60', 'noon']) expect(parseMinuteOfDay(text)).toBeNaN();
  });
});
