import type { Profile } from './profile.ts';

/** When this customer must be looked at next: her earliest timer or awaited outcome; 0: never. */
export function nextDue(profile: Profile): number {
  let due = 0;
  for (const timer of profile.timers) if (due === 0 || timer.due < due) due = timer.due;
  for (const pending of profile.pending) if (due === 0 || pending.dueAt < due) due = pending.dueAt;
  return due;
}
