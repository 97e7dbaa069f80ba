import type { Zones } from '../calendar/zones.ts';
import type { CustomerFact, TimerFact } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';
import { CONSIDER, type Profile, type Timer } from '../profile/profile.ts';
import { couldReach } from './could-reach.ts';
import { considerClock, considerTimeOf, nextSlot, readSlotKey, slotDue, slotKey } from './slot.ts';

/** The timer of the customer's next consideration; undefined: none is set. */
export function considerTimer(profile: Profile): Timer | undefined {
  for (const timer of profile.timers) if (timer.kind === CONSIDER) return timer;
  return undefined;
}

/** Sets the first consideration of somebody who has none and whom a proactive action could reach; undefined: nothing is to be set. */
export function enrolment(
  policy: Policy,
  profile: Profile,
  zones: Zones,
  now: number,
): TimerFact | undefined {
  if (policy.consider.length === 0 || considerTimer(profile) !== undefined) return undefined;
  return couldReach(policy, profile) ? timerAfter(policy, profile, zones, now, 0) : undefined;
}

/** Sets the consideration for the first slot that begins after `now` and is later than the slot `last`. */
export function timerAfter(
  policy: Policy,
  profile: Profile,
  zones: Zones,
  now: number,
  last: number,
): TimerFact | undefined {
  const clock = considerClock(policy, profile, zones, now);
  const slot = nextSlot(policy.consider, clock, now, last);
  const time = considerTimeOf(policy.consider, slot);
  if (time === undefined) return undefined;
  return set(profile, slotKey({ slot, last }), slotDue(slot, time, clock, profile.id));
}

/**
 * What moves a consideration that is set to where it belongs by the policy and the customer's clock of today: nothing where it stands
 * right. A slot that the policy has no more, or behind one that it has now, gives way to the next one of the policy.
 */
export function retiming(policy: Policy, profile: Profile, zones: Zones, now: number): CustomerFact[] {
  const timer = considerTimer(profile);
  if (timer === undefined) return [];
  const { slot, last } = readSlotKey(timer.key);
  const clock = considerClock(policy, profile, zones, now);
  const time = considerTimeOf(policy.consider, slot);
  const first = nextSlot(policy.consider, clock, now, last);
  if (time !== undefined && (first === 0 || first >= slot)) {
    const due = slotDue(slot, time, clock, profile.id);
    return due === timer.due ? [] : [set(profile, timer.key, due)];
  }
  const next = timerAfter(policy, profile, zones, now, last);
  return next === undefined ? [cancel(profile, timer)] : [cancel(profile, timer), next];
}

export function cancel(profile: Profile, { key }: Timer): TimerFact {
  return { kind: 'timer', customer: profile.id, op: 'cancel', timer: CONSIDER, key, due: 0 };
}

function set(profile: Profile, key: string, due: number): TimerFact {
  return { kind: 'timer', customer: profile.id, op: 'set', timer: CONSIDER, key, due };
}
