import type { Profile } from './profile.ts';

/** When this customer must be looked at next: her earliest timer or awaited outcome; 0: never. */
export function nextDue(profile: Profile): number {
  let due = 0;
  for (const timer of profile.timers) if (due === 0 || timer.due < due) due = timer.due;
  const { pending } = profile;
  for (let i = 0; i < pending.length; i++) {
    const at = pending.dueAt(i);
    if (due === 0 || at < due) due = at;
  }
  return due;
}

/** As many outcomes as one decision can leave behind: one per placement. */
const NEWEST = 8;

/**
 * The earliest of what may have been set just now: her timers and the newest awaited outcomes. Enough after a turn,
 * because what was there before has its wake-up already, and far cheaper than looking at all.
 */
export function recentDue(profile: Profile): number {
  let due = 0;
  for (const timer of profile.timers) if (due === 0 || timer.due < due) due = timer.due;
  const { pending } = profile;
  for (let i = Math.max(0, pending.length - NEWEST); i < pending.length; i++) {
    const at = pending.dueAt(i);
    if (due === 0 || at < due) due = at;
  }
  return due;
}
