import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR_MS } from '../../base/clock.ts';
import { nextAtMinute } from './civil-time.ts';
import { CustomerClock } from './customer-clock.ts';
import { fixedZones, shiftingZone } from './fixed-zones.fixture.ts';
import type { Zones } from './zones.ts';

const NOW = Date.UTC(2026, 9, 31, 18);
/** For replays: whoever asks has no record. */
const noTables: Zones = {
  offsetMin: () => {
    throw new Error('a replay asked the tables of zones');
  },
};

const change = fc.tuple(
  fc.integer({ min: -2, max: 40 }),
  fc.constantFrom(-300, 0, 60, 345),
  fc.constantFrom(-60, -30, 30, 60),
);

test('what a record holds answers each question again, without the tables of zones', () => {
  fc.assert(
    fc.property(
      change,
      fc.array(fc.integer({ min: 0, max: 1_439 }), { maxLength: 6 }),
      ([hours, before, by], minutes) => {
        const zone = shiftingZone(before, NOW + hours * HOUR_MS, before + by);
        const clock = new CustomerClock();
        clock.begin(fixedZones, zone, NOW, undefined);
        const found = minutes.map((minute) => nextAtMinute(NOW, clock, minute));
        const again = new CustomerClock();
        const record = { at: NOW, offsetMin: clock.offsetMin, offsets: clock.used };
        again.begin(noTables, zone, NOW, record);
        expect(minutes.map((minute) => nextAtMinute(NOW, again, minute))).toEqual(found);
        // And what is replayed records the same.
        expect(again.used).toEqual(clock.used);
      },
    ),
  );
});

test('while the clocks do not change nothing is recorded, and an unknown zone answers nothing', () => {
  const clock = new CustomerClock();
  clock.begin(fixedZones, 'Europe/Berlin', NOW, undefined);
  for (let hours = 0; hours < 48; hours++) expect(clock.offsetAt(NOW + hours * HOUR_MS)).toBe(60);
  expect(clock.used).toEqual([]);
  clock.begin(fixedZones, '', NOW, undefined);
  expect([clock.offsetMin, clock.offsetAt(NOW)]).toEqual([Number.NaN, Number.NaN]);
});
