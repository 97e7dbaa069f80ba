import fc from 'fast-check';
import { expect, test } from 'vitest';
import { civilText, minuteOfDay, nextAtMinute, weekday } from './civil-time.ts';

const instants = fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 });
/** Kathmandu's quarter, Lord Howe's half, both ends of the world. */
const offsets = fc.constantFrom(0, 60, -300, 345, 630, 660, 840, -720);

test('local minute, weekday and date are those of the platform', () => {
  fc.assert(
    fc.property(instants, offsets, (at, offset) => {
      const local = new Date(at + offset * 60_000);
      expect(minuteOfDay(at, offset)).toBe(local.getUTCHours() * 60 + local.getUTCMinutes());
      expect(weekday(at, offset)).toBe((local.getUTCDay() + 6) % 7);
      expect(civilText(at, offset)).toBe(local.toISOString().slice(0, 16).replace('T', ' '));
    }),
  );
});

test('an unknown offset is shown as UTC', () => {
  expect(civilText(0, Number.NaN)).toBe('1970-01-01 00:00');
});

test('the next instant of a local minute shows that minute, is not before, and is less than a day away', () => {
  fc.assert(
    fc.property(instants, offsets, fc.integer({ min: 0, max: 1439 }), (from, offset, minute) => {
      const at = nextAtMinute(from, { offsetAt: () => offset }, minute);
      expect(minuteOfDay(at, offset)).toBe(minute);
      expect(at).toBeGreaterThanOrEqual(from);
      expect(at - from).toBeLessThan(86_400_000);
    }),
  );
});
