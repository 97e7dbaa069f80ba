import { expect, test } from 'vitest';
import { londonOffsetMin } from './online-retail/shop-clock.ts';
import { ZoneClock } from './zone-clock.ts';

test.each([
  ['Europe/Berlin', '2026-03-29T00:59:00Z', 60],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', 120],
  ['America/New_York', '2026-11-01T05:59:00Z', -240],
  ['America/New_York', '2026-11-01T06:00:00Z', -300],
  ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 345],
  ['Australia/Lord_Howe', '2026-04-04T14:59:00Z', 660],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 630],
])('the offset of %s at %s is %i minutes', (zone, at, minutes) => {
  expect(new ZoneClock().offsetMin(zone, Date.parse(at))).toBe(minutes);
});

test("the rule for London's summer time agrees with the platform's tables at every hour of a year", () => {
  const clock = new ZoneClock();
  for (let at = Date.UTC(2010, 11, 1); at < Date.UTC(2011, 11, 1); at += 3_600_000) {
    expect(londonOffsetMin(at)).toBe(clock.offsetMin('Europe/London', at));
  }
});

test('an unknown zone is refused', () => {
  expect(() => new ZoneClock().offsetMin('Mars/Olympus', 0)).toThrow(RangeError);
});
