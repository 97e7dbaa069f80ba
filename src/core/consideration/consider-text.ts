import { MINUTE_MS } from '../../base/clock.ts';
import { civilText } from '../calendar/civil-time.ts';
import type { ConsiderTime } from '../policy/policy.ts';

/** Days as a policy calls them, in the order of their bits. */
export const WEEKDAYS = [
  'mondays',
  'tuesdays',
  'wednesdays',
  'thursdays',
  'fridays',
  'saturdays',
  'sundays',
] as const;
export const EVERY_DAY = (1 << WEEKDAYS.length) - 1;

/** "daily at 09:00, 17:30; mondays at 11:00", as a policy says it; "never" without times. */
export function considerText(times: readonly ConsiderTime[]): string {
  const byDays = new Map<number, string[]>();
  for (const { weekdays, minute } of times) {
    const minutes = byDays.get(weekdays) ?? [];
    minutes.push(civilText(minute * MINUTE_MS, 0).slice(-'09:00'.length));
    byDays.set(weekdays, minutes);
  }
  if (byDays.size === 0) return 'never';
  return [...byDays].map(([days, minutes]) => `${daysText(days)} at ${minutes.join(', ')}`).join('; ');
}

function daysText(weekdays: number): string {
  if (weekdays === EVERY_DAY) return 'daily';
  return WEEKDAYS.filter((_, bit) => (weekdays & (1 << bit)) !== 0).join(', ');
}
