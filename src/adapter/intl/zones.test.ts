import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf } from '../../core/calendar/civil-time.ts';
import { NamedZoneClock } from '../../core/calendar/zone-clock.ts';
import { hourOfWeek } from '../../core/event/derive-event.ts';
import { IntlZones } from './zones.ts';

const zones = new IntlZones();
const MINUTE = 60_000;

function localHour(zone: string, at: number): number {
  return hourOfWeek(at, zones.offsetMin(zone, at));
}

function inZone(zone: string, wall: number): number {
  return instantOf(new NamedZoneClock(zones, zone), wall);
}

describe('offsets', () => {
  test.each([
    ['America/New_York', '2026-03-08T06:59:59Z', -300],
    ['America/New_York', '2026-03-08T07:00:00Z', -240],
    ['America/New_York', '2026-11-01T05:59:59Z', -240],
    ['America/New_York', '2026-11-01T06:00:00Z', -300],
    ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', 660],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 630],
    ['Australia/Lord_Howe', '2026-10-03T15:29:59Z', 630],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 660],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z', 345],
    ['UTC', '2026-01-01T00:00:00Z', 0],
    ['Europe/London', '2026-07-01T00:00:00Z', 60],
  ])('of %s at %s are %i minutes', (zone, at, minutes) => {
    expect(zones.offsetMin(zone, Date.parse(at))).toBe(minutes);
  });

  test('of names that are no zone, and of instants that are none, are unknown', () => {
    for (const name of ['', 'Mars/Base', 'Europe/Lodnon', '☃', '+05:30', '-03'])
      expect(zones.offsetMin(name, 0)).toBeNaN();
    expect(zones.offsetMin('Europe/London', Number.NaN)).toBeNaN();
  });

  test('do not depend on what was asked before', () => {
    const names = [
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Europe/Dublin',
      'Africa/Casablanca',
    ];
    const instant = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2032-01-01') });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), instant), { maxLength: 30 }), (questions) => {
        for (const [name, at] of questions)
          expect(zones.offsetMin(name, at)).toBe(new IntlZones().offsetMin(name, at));
      }),
      { numRuns: 20 },
    );
  });
});

test('the hour of week counts from Monday midnight by the local clock', () => {
  const monday = Date.parse('2026-11-02T00:00:00Z');
  expect(localHour('UTC', monday)).toBe(0);
  expect(localHour('UTC', monday - 1)).toBe(167);
  expect(localHour('America/New_York', monday)).toBe(6 * 24 + 19);
  expect(localHour('Asia/Kathmandu', monday + 15 * MINUTE)).toBe(6);
  expect(localHour('UTC', -1)).toBe(3 * 24 - 1);
});

describe('local times', () => {
  test.each([
    ['an ordinary one', 'America/New_York', '2026-07-01T09:00', '2026-07-01T13:00:00Z'],
    [
      'a skipped one is the first instant after the gap',
      'America/New_York',
      '2026-03-08T02:30',
      '2026-03-08T07:00:00Z',
    ],
    ['the first of the gap too', 'America/New_York', '2026-03-08T02:00', '2026-03-08T07:00:00Z'],
    ['one that comes twice is the first', 'America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
    ['half an hour skipped', 'Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00Z'],
    ['half an hour twice', 'Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00Z'],
    ['with an odd offset', 'Asia/Kathmandu', '2026-05-05T05:45', '2026-05-05T00:00:00Z'],
    ['a day that a zone skipped whole', 'Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00:00Z'],
  ])('%s', (_, zone, wall, at) => {
    expect(new Date(inZone(zone, Date.parse(`${wall}Z`))).toISOString()).toBe(new Date(at).toISOString());
  });

  test('an instant’s local time leads back to it, or to the same time an overlap earlier', () => {
    const names = [
      'America/New_York',
      'Australia/Lord_Howe',
      'Europe/Dublin',
      'America/Sao_Paulo',
      'Asia/Tehran',
    ];
    const minute = fc.integer({
      min: Date.parse('2016-01-01') / MINUTE,
      max: Date.parse('2032-01-01') / MINUTE,
    });
    fc.assert(
      fc.property(fc.constantFrom(...names), minute, (name, minutes) => {
        const at = minutes * MINUTE;
        const wall = at + zones.offsetMin(name, at) * MINUTE;
        const back = inZone(name, wall);
        expect(back + zones.offsetMin(name, back) * MINUTE).toBe(wall);
        expect(back).toBeLessThanOrEqual(at);
        expect(at - back).toBeLessThanOrEqual(60 * MINUTE);
      }),
      { numRuns: 300 },
    );
  });
});
