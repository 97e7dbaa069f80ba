import { BOUNDS } from '../bounds.ts';
import { AUDIENCE, CONSIDER, type Profile, type Timer } from './profile.ts';

/** Sets or moves a timer; the one that is due last gives way when there are too many. */
export function setTimer(profile: Profile, kind: number, key: string, due: number): void {
  const found = profile.timers.find((timer) => timer.kind === kind && timer.key === key);
  if (found !== undefined) {
    found.due = due;
    return;
  }
  if (profile.timers.length >= BOUNDS.timers) {
    let last = 0;
    for (let i = 1; i < profile.timers.length; i++)
      if (makesRoom(profile.timers[i] as Timer) > makesRoom(profile.timers[last] as Timer)) last = i;
    profile.timers.splice(last, 1);
  }
  profile.timers.push({ kind, key, due });
}

/** Who is considered daily, or is in an audience, is not forgotten for what moments leave behind. */
function makesRoom({ kind, due }: Timer): number {
  return kind === CONSIDER || kind === AUDIENCE ? Number.NEGATIVE_INFINITY : due;
}

/** Removes a timer; an unknown one changes nothing. */
export function removeTimer(profile: Profile, kind: number, key: string): void {
  const found = profile.timers.findIndex((timer) => timer.kind === kind && timer.key === key);
  if (found >= 0) profile.timers.splice(found, 1);
}
