/**
 * The store's index of due times has two lanes in one row of numbers: what is due at an instant stands at that instant, and
 * considerations so far above that no instant comes there. So a herd of considerations is read when there is room for it, and nothing
 * else waits behind it.
 *
 * I1  A customer is in one lane. With something else due soon it is the one of instants, at whatever is due first.
 */
import { DAY_MS } from '../../base/clock.ts';
import { considerationDue, earlier, nextDue } from '../../core/profile/next-due.ts';
import type { Profile } from '../../core/profile/profile.ts';

/** Halfway through the 48 bits that a due time has: the year 6429. */
const CONSIDERATIONS = 2 ** 47;
/** A consideration may come late by less: what is due later than that is not hidden behind it. */
const APART_MS = DAY_MS;

/** Where the lane of considerations has an instant. */
export function considerationLane(at: number): number {
  return CONSIDERATIONS + at;
}

/** The instant of a place in the lane of considerations. */
export function instantInLane(due: number): number {
  return due - CONSIDERATIONS;
}

/** Whether the store has the customer in the lane of considerations. */
export function isApart(profile: Profile): boolean {
  const considered = considerationDue(profile);
  if (considered === 0) return false;
  const next = nextDue(profile);
  return next === 0 || next > considered + APART_MS;
}

/** When something of the customer is due in the lane of instants; 0: nothing is. */
export function instantDue(profile: Profile): number {
  const next = nextDue(profile);
  return isApart(profile) ? next : earlier(next, considerationDue(profile));
}

/** Where the store's index has the customer; 0: nowhere. */
export function storedDue(profile: Profile): number {
  return isApart(profile) ? considerationLane(considerationDue(profile)) : instantDue(profile);
}
