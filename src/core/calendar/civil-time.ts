/** Wall-clock arithmetic from an instant and an offset in minutes east of UTC; no zone tables, no `Date`. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';

const DAY_MINUTES = 1_440;

/** Minutes since local midnight, 0..1439. */
export function minuteOfDay(at: number, offsetMin: number): number {
  return modulo(Math.floor(at / MINUTE_MS + offsetMin), DAY_MINUTES);
}

/** Day of the local week, 0 Monday to 6 Sunday. */
export function weekday(at: number, offsetMin: number): number {
  // 1970-01-01 was a Thursday.
  return modulo(Math.floor((at + offsetMin * MINUTE_MS) / DAY_MS) + 3, 7);
}

/** Answers for each instant how many minutes east of UTC a clock is. */
export interface OffsetSource {
  /** Minutes east of UTC at an instant; NaN: unknown. */
  offsetAt(at: number): number;
}

/** Clocks are put on or back by less; a time that comes twice comes again within it. */
const CHANGE_MS = 3 * HOUR_MS;

/**
 * The first instant from `from` on at which the clock shows `minute` (after midnight); seconds are 0, unless it shows it now. A
 * time that a change of the clocks leaves out gives the first instant after the gap, of that day.
 */
export function nextAtMinute(from: number, clock: OffsetSource, minute: number): number {
  const offset = clock.offsetAt(from);
  if (minuteOfDay(from, offset) === minute) return from;
  const day = Math.floor((from + offset * MINUTE_MS) / DAY_MS) * DAY_MS;
  // The last of them never misses: a zone that leaves out a day (Samoa, 2011) still shows the time on the one after it.
  for (let days = 0; days < 3; days++) {
    const at = instantAfter(from, offset, clock, day + days * DAY_MS + minute * MINUTE_MS);
    if (at >= from) return at;
  }
  return day + DAY_MS + minute * MINUTE_MS - offset * MINUTE_MS;
}

/**
 * The first instant from `from` on at which the clock shows `wall` (ms since 1970-01-01T00:00 by that clock), or one before `from` where
 * there is none. `offset` is the clock's at `from`; it changes at most once in between.
 */
function instantAfter(from: number, offset: number, clock: OffsetSource, wall: number): number {
  const first = wall - offset * MINUTE_MS;
  if (first < from) {
    // Behind us, but it comes again when the clocks go back before long.
    if (from - first > CHANGE_MS) return first;
    const again = clock.offsetAt(first + CHANGE_MS);
    const second = wall - again * MINUTE_MS;
    return again < offset && second >= from && clock.offsetAt(second) === again ? second : first;
  }
  const then = clock.offsetAt(first);
  if (then === offset) return first;
  const second = wall - then * MINUTE_MS;
  if (clock.offsetAt(second) === then) return second;
  return changeBetween(clock, second, first, then);
}

/** The first instant in (start, end] at which the clock has the offset that it has at `end`, by halving; whole minutes. */
function changeBetween(clock: OffsetSource, start: number, end: number, offset: number): number {
  let early = Math.floor(start / MINUTE_MS);
  let late = Math.ceil(end / MINUTE_MS);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (clock.offsetAt(middle * MINUTE_MS) === offset) late = middle;
    else early = middle;
  }
  return late * MINUTE_MS;
}

/** The instant at which the clock shows `wall`, the first of two; one that is left out gives the first instant after the gap. */
export function instantOf(clock: OffsetSource, wall: number): number {
  const before = wall - DAY_MS - clock.offsetAt(wall - DAY_MS) * MINUTE_MS;
  return instantAfter(before, clock.offsetAt(before), clock, wall);
}

/** "2026-03-29 09:00" by the local clock; UTC when the offset is unknown (NaN). */
export function civilText(at: number, offsetMin: number): string {
  const local = at + (Number.isNaN(offsetMin) ? 0 : offsetMin * MINUTE_MS);
  const days = Math.floor(local / DAY_MS);
  const minutes = Math.floor((local - days * DAY_MS) / MINUTE_MS);
  return `${civilDate(days)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Day by the local clock, in days since 1970-01-01; UTC when the offset is unknown (NaN). */
export function civilDay(at: number, offsetMin: number): number {
  return Math.floor((at + (Number.isNaN(offsetMin) ? 0 : offsetMin * MINUTE_MS)) / DAY_MS);
}

/** Days since 1970-01-01 as "YYYY-MM-DD" (Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
export function civilDate(days: number): string {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** Days since 1970-01-01 of a day of the calendar (the same source, days_from_civil). Months count from 1; a day too many is one of the next month. */
export function dayOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The remainder in 0 … n − 1, never −0. */
function modulo(value: number, n: number): number {
  return ((value % n) + n) % n;
}
