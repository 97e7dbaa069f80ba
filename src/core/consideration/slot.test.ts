import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { civilText } from '../calendar/civil-time.ts';
import type { Zones } from '../calendar/zones.ts';
import { policy as shopPolicy } from '../decide/shop.fixture.ts';
import type { ConsiderTime, Policy } from '../policy/policy.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import { foldTimer } from '../profile/fold-timer.ts';
import { CONSIDER, type Profile } from '../profile/profile.ts';
import { considerTimer, retiming, timerAfter } from './consider-timer.ts';
import {
  considerCause,
  isConsideration,
  nextSlot,
  readSlotKey,
  slotDue,
  slotKey,
  slotOfCause,
} from './slot.ts';

/** Clocks go on by an hour at this instant, at two in the morning, and back half a year later, at three. */
const SPRING = Date.UTC(2026, 2, 29, 1);
const AUTUMN = Date.UTC(2026, 9, 25, 1);
const berlin = { offsetAt: (at: number): number => (at >= SPRING && at < AUTUMN ? 120 : 60) };

const daily = (hour: number, minute = 0): ConsiderTime => ({
  ...{ weekdays: 127, minute: hour * 60 + minute, spreadMs: 30 * MINUTE_MS },
});
const text = (slot: number): string => civilText(slot, 0);

describe('the next slot', () => {
  test('is the first that begins after now, on a day that counts', () => {
    const noon = Date.UTC(2026, 2, 2, 11);
    expect(text(nextSlot([daily(9)], berlin, noon, 0))).toBe('2026-03-03 09:00');
    expect(text(nextSlot([daily(9), daily(17, 30)], berlin, noon, 0))).toBe('2026-03-02 17:30');
    expect(text(nextSlot([daily(12)], berlin, noon, 0))).toBe('2026-03-03 12:00');
    expect(text(nextSlot([{ ...daily(9), weekdays: 1 }], berlin, noon, 0))).toBe('2026-03-09 09:00');
    expect(nextSlot([], berlin, noon, 0)).toBe(0);
  });

  test('comes at the same hour when the clocks change, once where that hour comes twice, and after it where it is left out', () => {
    const before = SPRING - 3 * HOUR_MS;
    expect(slotDue(nextSlot([daily(9)], berlin, before, 0), spread1, berlin, 'c')).toBe(SPRING + 6 * HOUR_MS);
    const gap = nextSlot([daily(2, 30)], berlin, before, 0);
    expect([text(gap), slotDue(gap, spread1, berlin, 'c')]).toEqual(['2026-03-29 02:30', SPRING]);
    const twice = nextSlot([daily(2, 30)], berlin, AUTUMN - 3 * HOUR_MS, 0);
    const at = slotDue(twice, spread1, berlin, 'c');
    expect([text(twice), at]).toEqual(['2026-10-25 02:30', AUTUMN - HOUR_MS / 2]);
    expect(text(nextSlot([daily(2, 30)], berlin, at, twice))).toBe('2026-10-26 02:30');
  });

  test('for any hours and clocks slots only go forward, each begins after the one before was taken', () => {
    const times = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 127 }), fc.nat(1_439)), {
        selector: ([, minute]) => minute,
        minLength: 1,
        maxLength: 4,
      })
      .map((list) =>
        list
          .map(([weekdays, minute]) => ({ weekdays, minute, spreadMs: MINUTE_MS }))
          .sort((a, b) => a.minute - b.minute),
      );
    const moves = fc.array(fc.tuple(fc.integer({ min: -720, max: 840 }), fc.nat(2 * DAY_MS)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(times, moves, (list, all) => {
        let now = SPRING;
        let last = 0;
        for (const [offset, late] of all) {
          const clock = { offsetAt: () => offset };
          const slot = nextSlot(list, clock, now, last);
          const begins = slot - offset * MINUTE_MS;
          expect(slot).toBeGreaterThan(last);
          expect(begins).toBeGreaterThan(now);
          last = slot;
          now = begins + late;
        }
      }),
      { numRuns: 300 },
    );
  });
});

const spread1: ConsiderTime = { ...daily(0), spreadMs: 1 };

test('a key says its slot and the one before it, and a cause says the slot', () => {
  const slot = Date.UTC(2026, 2, 2, 9);
  for (const last of [0, slot - DAY_MS]) expect(readSlotKey(slotKey({ slot, last }))).toEqual({ slot, last });
  expect(considerCause(slot)).toBe('consider 2026-03-02 09:00');
  expect([isConsideration(considerCause(slot)), slotOfCause(considerCause(slot))]).toEqual([
    true,
    '2026-03-02 09:00',
  ]);
  for (const other of ['', 'consider', 'checkout_exit', '2ku7-2-0'])
    expect(isConsideration(other)).toBe(false);
});

describe('a consideration that is set', () => {
  const zones: Zones = {
    offsetMin: (zone) => (zone === 'Europe/Berlin' ? 60 : zone === 'Europe/London' ? 0 : Number.NaN),
  };
  const rules = (...consider: ConsiderTime[]): Policy => ({
    ...shopPolicy([]),
    zones: ['Europe/London'],
    consider,
  });
  const noon = Date.UTC(2026, 2, 2, 11);

  function customer(zone: string): Profile {
    const profile = emptyProfile(branded<CustomerId>('c'), branded<IdentifierKey>('crm:c'));
    profile.zone = zone;
    return profile;
  }
  function setIn(profile: Profile, policy: Policy, now: number, last = 0): void {
    const fact = timerAfter(policy, profile, zones, now, last);
    if (fact !== undefined) foldTimer(profile, fact);
  }
  function slotOf(profile: Profile): string {
    return text(readSlotKey(considerTimer(profile)?.key ?? '').slot);
  }
  function retime(profile: Profile, policy: Policy, now: number): number {
    const facts = retiming(policy, profile, zones, now);
    for (const fact of facts) if (fact.kind === 'timer') foldTimer(profile, fact);
    return facts.length;
  }

  test('stays as it is under the same hours, and is by the shop’s clock where the customer’s is unknown', () => {
    const known = customer('Europe/Berlin');
    const unknown = customer('');
    for (const profile of [known, unknown]) setIn(profile, rules(daily(9)), noon);
    expect(retime(known, rules(daily(9)), noon + HOUR_MS)).toBe(0);
    expect((considerTimer(unknown)?.due ?? 0) - (considerTimer(known)?.due ?? 0)).toBe(HOUR_MS);
  });

  test('moves to an hour that is new or comes sooner, and not to one that was taken elsewhere', () => {
    const profile = customer('Europe/Berlin');
    setIn(profile, rules(daily(9)), noon);
    expect(retime(profile, rules(daily(9), daily(17)), noon)).toBe(2);
    expect(slotOf(profile)).toBe('2026-03-02 17:00');
    expect(retime(profile, rules(daily(10)), noon)).toBe(2);
    expect(slotOf(profile)).toBe('2026-03-03 10:00');
    expect(profile.timers.filter(({ kind }) => kind === CONSIDER)).toHaveLength(1);
    // Considered at nine in Berlin, in London by half past nine there: nine has not come in London, and was taken.
    const traveller = customer('Europe/Berlin');
    const nine = Date.UTC(2026, 2, 2, 9);
    setIn(traveller, rules(daily(9)), nine - HOUR_MS + 7 * MINUTE_MS, nine);
    traveller.zone = 'Europe/London';
    retime(traveller, rules(daily(9)), nine - HOUR_MS / 2);
    expect(slotOf(traveller)).toBe('2026-03-03 09:00');
  });
});
