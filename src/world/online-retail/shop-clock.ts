import type { Millis } from '../../base/clock.ts';
import { HOUR_MS, MINUTE_MS } from '../../base/clock.ts';

/**
 * The instant of a wall time `YYYY-MM-DD HH:MM[:SS]` in London, the shop's own clock. Summer time runs from 01:00 UTC on the
 * last Sunday of March to 01:00 UTC on the last Sunday of October (Directive 2000/84/EC, which held for the years of the
 * set); the repeated hour in October is taken as its first, summer, pass.
 */
export function londonInstant(wallTime: string): Millis {
  const wall = Date.parse(`${wallTime.slice(0, 10)}T${wallTime.slice(11)}Z`);
  if (Number.isNaN(wall)) throw new RangeError(`"${wallTime}" is not a wall time`);
  const summer = wall - HOUR_MS;
  return wall - londonOffsetMin(summer) * MINUTE_MS;
}

/** Minutes east of UTC in London at an instant. */
export function londonOffsetMin(at: Millis): number {
  const year = new Date(at).getUTCFullYear();
  return at >= lastSundayAtOne(year, 2) && at < lastSundayAtOne(year, 9) ? 60 : 0;
}

function lastSundayAtOne(year: number, month: number): Millis {
  const lastDay = new Date(Date.UTC(year, month + 1, 0));
  return Date.UTC(year, month, lastDay.getUTCDate() - lastDay.getUTCDay(), 1);
}
