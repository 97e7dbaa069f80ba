/** Wall-clock arithmetic from an instant and an offset in minutes east of UTC; no zone tables, no `Date`. */
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';

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

/** The first instant from `from` on at which the local clock shows `minute` (after midnight); seconds are 0, unless it shows it now. */
export function nextAtMinute(from: number, offsetMin: number, minute: number): number {
  if (minuteOfDay(from, offsetMin) === minute) return from;
  const local = from + offsetMin * MINUTE_MS;
  const today = Math.floor(local / DAY_MS) * DAY_MS + minute * MINUTE_MS;
  return (today >= local ? today : today + DAY_MS) - offsetMin * MINUTE_MS;
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

/** Days since the epoch as "YYYY-MM-DD" (Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
function civilDate(days: number): string {
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

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The remainder in 0 … n − 1, never −0. */
function modulo(value: number, n: number): number {
  return ((value % n) + n) % n;
}
