import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';

/** Days or minutes since something that never happened. */
export const NEVER = 9_999;

/** At most NEVER; `at` 0: it never happened. */
export function daysSince(at: number, now: number): number {
  if (at <= 0) return NEVER;
  return at >= now ? 0 : Math.min(NEVER, (now - at) / DAY_MS);
}

/** At most NEVER; `at` 0: it never happened. */
export function minutesSince(at: number, now: number): number {
  if (at <= 0) return NEVER;
  return at >= now ? 0 : Math.min(NEVER, (now - at) / MINUTE_MS);
}
