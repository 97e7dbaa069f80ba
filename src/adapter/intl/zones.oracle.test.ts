/** Zones against `temporal-polyfill`, which reads the same tables by code of its own. */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { instantOf, nextAtMinute } from '../../core/calendar/civil-time.ts';
import { NamedZoneClock } from '../../core/calendar/zone-clock.ts';
import { IntlZones } from './zones.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = Date.parse('1975-01-01T00:00Z');
const TO = Date.parse('2040-01-01T00:00Z');

const zones = new IntlZones();
const names = Intl.supportedValuesOf('timeZone');
const anyZone = fc.constantFrom(...names);
const anywhen = fc.integer({ min: FROM, max: TO });
/** Within some hours of a change of the clocks, where the zone has one. */
const nearChange = fc
  .tuple(anyZone, anywhen, fc.integer({ min: -30 * HOUR, max: 30 * HOUR }))
  .map(([name, at, by]) => [name, changeBefore(name, at) + by] as const);
const pairs = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(anyZone, anywhen) },
  { weight: 2, arbitrary: nearChange },
);

test('the offset of each zone at each instant is the oracle’s, over 100,000 pairs', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(pairs, ([name, at]) => zones.offsetMin(name, at) === oracleOffset(name, at)),
    { numRuns: 100_000 },
  );
  expect(names.length).toBeGreaterThan(400);
});

test('the instant of a local time is the oracle’s, and the end of the gap where the clocks leave it out', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(nearChange, fc.integer({ min: -3 * 60, max: 3 * 60 }), ([name, at], by) => {
      const wall = Math.floor(at / MINUTE + by + oracleOffset(name, at)) * MINUTE;
      expect(instantOf(new NamedZoneClock(zones, name), wall)).toBe(oracleInstant(name, wall));
    }),
    { numRuns: 5_000 },
  );
});

test('the next instant of a local minute is the first that shows it, or the end of the gap of its day', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(nearChange, fc.integer({ min: 0, max: 1_439 }), ([name, from], minute) => {
      const clock = new NamedZoneClock(zones, name);
      const at = nextAtMinute(from, clock, minute);
      expect(at).toBe(plainNext(name, from, minute));
    }),
    { numRuns: 5_000 },
  );
});

function oracleOffset(name: string, at: number): number {
  return zoned(name, at).offsetNanoseconds / 60e9;
}

function zoned(name: string, at: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
}

function changeBefore(name: string, at: number): number {
  const change = zoned(name, at).getTimeZoneTransition('previous')?.epochMilliseconds ?? at;
  return change < FROM ? at : change;
}

function oracleInstant(name: string, wall: number): number {
  const local = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  const earlier = local.toZonedDateTime(name, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(local)) return earlier.epochMilliseconds;
  // Left out: one stands before the gap, one behind it.
  return earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.NaN;
}

/** Steps to the minute, and takes the end of a gap in which it lies. */
function plainNext(name: string, from: number, minute: number): number {
  const shown = (at: number): number => {
    const { hour, minute: past } = zoned(name, at);
    return hour * 60 + past;
  };
  if (shown(from) === minute) return from;
  const day = zoned(name, from).toPlainDate();
  for (let days = 0; days < 3; days++) {
    const on = day.add({ days });
    const wall = Date.parse(`${on.toString()}T00:00Z`) + minute * MINUTE;
    const first = oracleInstant(name, wall);
    if (first >= from) return first;
    // It may come a second time.
    const local = on.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
    const again = local.toZonedDateTime(name, { disambiguation: 'later' }).epochMilliseconds;
    if (again >= from && shown(again) === minute && again - first < DAY) return again;
  }
  return Number.NaN;
}
