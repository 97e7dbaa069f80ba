/**
 * Slots: the local times at which a customer is considered. One is named by what the customer's clock shows then, in ms since
 * 1970-01-01T00:00 by that clock, so it is the same slot wherever they are and whatever the clocks do.
 */
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { murmur3 } from '../../base/hash.ts';
import { civilText, instantOf, type OffsetSource, weekday } from '../calendar/civil-time.ts';
import { NamedZoneClock } from '../calendar/zone-clock.ts';
import type { Zones } from '../calendar/zones.ts';
import { CONSIDERED } from '../event/cause.ts';
import { localOffset } from '../event/derive-event.ts';
import type { ConsiderTime, Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';

/** Keeps the spread apart from every other use of the customer's hash. */
const SPREAD_SEED = 0x636f6e73;
/** In a week every time comes; a zone that leaves out a day has it in the next one. */
const DAYS_MAX = 16;

/** The clock by which a customer is considered: their own, or the shop's first one while theirs is unknown. */
export function considerClock(policy: Policy, profile: Profile, zones: Zones, now: number): OffsetSource {
  const known = !Number.isNaN(localOffset(profile.zone, now, zones));
  return new NamedZoneClock(zones, known ? profile.zone : (policy.zones[0] ?? ''));
}

/** The first slot that begins after `now` and is later than the slot `after` (0: whichever); 0 where there are no times. */
export function nextSlot(
  times: readonly ConsiderTime[],
  clock: OffsetSource,
  now: number,
  after: number,
): number {
  if (times.length === 0) return 0;
  const wall = now + clock.offsetAt(now) * MINUTE_MS;
  const day = Math.floor(Math.max(wall, after) / DAY_MS) * DAY_MS;
  for (let days = 0; days < DAYS_MAX; days++) {
    for (const time of times) {
      const slot = day + days * DAY_MS + time.minute * MINUTE_MS;
      if (slot > after && isOn(time, slot) && instantOf(clock, slot) > now) return slot;
    }
  }
  return 0;
}

/** The time of the policy that a slot is of; undefined: it has none such. */
export function considerTimeOf(times: readonly ConsiderTime[], slot: number): ConsiderTime | undefined {
  return times.find((time) => (slot % DAY_MS) / MINUTE_MS === time.minute && isOn(time, slot));
}

/** When a customer is considered for a slot: so long behind its beginning as their hash says. */
export function slotDue(slot: number, time: ConsiderTime, clock: OffsetSource, customer: string): number {
  return instantOf(clock, slot) + (murmur3(customer, SPREAD_SEED) % time.spreadMs);
}

function isOn(time: ConsiderTime, slot: number): boolean {
  return (time.weekdays & (1 << weekday(slot, 0))) !== 0;
}

/** What a timer's key says: the slot, and the one before it that the customer was considered for (0: none is known). */
export interface SlotKey {
  readonly slot: number;
  readonly last: number;
}

export function slotKey({ slot, last }: SlotKey): string {
  return last === 0 ? minutes(slot) : `${minutes(slot)}-${minutes(last)}`;
}

export function readSlotKey(key: string): SlotKey {
  const [slot, last] = key.split('-');
  return { slot: instant(slot), last: instant(last) };
}

function minutes(slot: number): string {
  return (slot / MINUTE_MS).toString(36);
}

function instant(text: string | undefined): number {
  return text === undefined ? 0 : Number.parseInt(text, 36) * MINUTE_MS;
}

/** "2026-03-02 09:00". */
export function slotText(slot: number): string {
  return civilText(slot, 0);
}

/** The cause of a decision for a slot: "consider 2026-03-02 09:00". No trigger and no plan can be called so. */
export function considerCause(slot: number): string {
  return `${CONSIDERED}${slotText(slot)}`;
}

/** Whether a decision was made because a policy's hour had come. */
export function isConsideration(cause: string): boolean {
  return cause.startsWith(CONSIDERED);
}

/** The slot in words, "2026-03-02 09:00". */
export function slotOfCause(cause: string): string {
  return cause.slice(CONSIDERED.length);
}
