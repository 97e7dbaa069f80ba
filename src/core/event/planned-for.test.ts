import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { HOUR_MS } from '../../base/clock.ts';
import { fixedZone, fixedZones, shiftingZone } from '../calendar/fixed-zones.fixture.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import type { Plan } from '../profile/profile.ts';
import { plannedFor } from './planned-for.ts';

const DECIDED = Date.UTC(2026, 9, 31, 18);
const AT = DECIDED + 18 * HOUR_MS;

function plan(zone: string, offsetMin: number): Plan {
  const about = { action: 'letter', variant: 'a', channel: 3, product: '', offer: '', trigger: '' };
  return { id: 'p', ...about, decidedAt: DECIDED, at: AT, zone, offsetMin, seq: 1, index: 0, choice: 0 };
}

function customerIn(zone: string, zoneAt: number) {
  const profile = emptyProfile(branded<CustomerId>('x'), branded<IdentifierKey>('loyalty:x'));
  profile.zone = zone;
  profile.zoneAt = zoneAt;
  return profile;
}

test('a plan comes when it was planned to, while nothing changes', () => {
  const zone = fixedZone(-300);
  expect(plannedFor(plan(zone, -300), customerIn(zone, DECIDED - 1), fixedZones)).toBe(AT);
});

test('it keeps its local time where the tables of zones say otherwise than when it was made', () => {
  // Planned while the clocks were expected to stay; now they are known to go back before it.
  const zone = shiftingZone(-240, DECIDED + HOUR_MS, -300);
  expect(plannedFor(plan(zone, -240), customerIn(zone, DECIDED - 1), fixedZones)).toBe(AT + HOUR_MS);
});

test('it goes with the customer into a zone that became known after it was made, and only then', () => {
  const planned = plan(fixedZone(-300), -300);
  expect(plannedFor(planned, customerIn(fixedZone(-480), DECIDED + 1), fixedZones)).toBe(AT + 3 * HOUR_MS);
  expect(plannedFor(planned, customerIn(fixedZone(-480), DECIDED - 1), fixedZones)).toBe(AT);
});

test('without a zone it comes at its instant', () => {
  expect(plannedFor(plan('', Number.NaN), customerIn('', 0), fixedZones)).toBe(AT);
  expect(plannedFor(plan('Gone/Zone', -300), customerIn('', 0), fixedZones)).toBe(AT);
});
