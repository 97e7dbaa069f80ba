import { MINUTE_MS } from '../base/clock.ts';
import { BOUNDS } from '../core/bounds.ts';
import { EVERY_DAY, WEEKDAYS } from '../core/consideration/consider-text.ts';
import type { ConsiderTime } from '../core/policy/policy.ts';
import { LOCAL_TIME_PATTERN, parseMinuteOfDay } from './duration.ts';

const DAY_MINUTES = 1_440;

const day = WEEKDAYS.join('|');
const time = LOCAL_TIME_PATTERN.source.replace(/[\^$]/g, '').replaceAll('(', '(?:');
/** "daily at 09:00", "daily at 09:00, 17:30", "mondays, thursdays at 10:00". */
export const CONSIDER_PATTERN = new RegExp(
  `^(?<days>daily|(?:${day})(?:, *(?:${day}))*) +at +(?<times>${time}(?:, *${time})*)$`,
);
export const CONSIDER_RULE =
  'must say on which days and at which local times, such as "daily at 09:00", "daily at 09:00, 17:30", "mondays, thursdays at 10:00" or, for once a week, "mondays at 10:00"';

/** A minute of the day and the days of the week (bit 1 for Monday) on which it counts. */
export type WeekTime = Pick<ConsiderTime, 'weekdays' | 'minute'>;

/** What a text that fits CONSIDER_PATTERN says; nothing for any other. */
export function weekTimes(text: string): WeekTime[] {
  const { days, times } = CONSIDER_PATTERN.exec(text)?.groups ?? {};
  if (days === undefined || times === undefined) return [];
  const weekdays = days === 'daily' ? EVERY_DAY : list(days).reduce((mask, name) => mask | bitOf(name), 0);
  return list(times).map((word) => ({ weekdays, minute: parseMinuteOfDay(word) }));
}

/** Each minute once, in order, with how far customers are spread behind it. `quiet`: minutes of the day, from and to, of each kind of quiet hours. */
export function considerTimes(
  said: readonly WeekTime[],
  quiet: readonly { readonly from: number; readonly to: number }[],
): ConsiderTime[] {
  const byMinute = new Map<number, number>();
  for (const { weekdays, minute } of said) byMinute.set(minute, (byMinute.get(minute) ?? 0) | weekdays);
  const minutes = [...byMinute.keys()].sort((a, b) => a - b);
  // Whether it is quiet at a time, and which time it is, must not depend on anybody's hash.
  const edges = [
    ...minutes,
    ...quiet.filter(({ from, to }) => from !== to).flatMap(({ from, to }) => [from, to]),
  ];
  return minutes.map((minute) => ({
    weekdays: byMinute.get(minute) ?? 0,
    minute,
    spreadMs: Math.min(BOUNDS.considerSpreadMs, minutesUntil(minute, edges) * MINUTE_MS),
  }));
}

/** From a minute of the day to the next edge behind it, by the round of the clock. */
function minutesUntil(minute: number, edges: readonly number[]): number {
  return Math.min(...edges.map((edge) => ((edge - minute + DAY_MINUTES - 1) % DAY_MINUTES) + 1));
}

function bitOf(name: string): number {
  return 1 << (WEEKDAYS as readonly string[]).indexOf(name);
}

function list(text: string): string[] {
  return text.split(/, */);
}
