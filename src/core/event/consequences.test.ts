/** Plans of a customer who travels. */
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { HOUR_MS } from '../../base/clock.ts';
import { fixedZone, fixedZones } from '../calendar/fixed-zones.fixture.ts';
import { catalog } from '../decide/shop.fixture.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import { fold } from '../profile/fold.ts';
import { type Profile, TIMER_KINDS } from '../profile/profile.ts';
import { eventConsequences } from './consequences.ts';
import { deriveEvent } from './derive-event.ts';

const DECIDED = Date.UTC(2026, 9, 3, 10);
/** Half past eight tomorrow, eight hours east of Greenwich. */
const PLANNED = Date.UTC(2026, 9, 4, 0, 30);
const KEY = branded<IdentifierKey>('loyalty:x');

function planned(): Profile {
  const profile = emptyProfile(branded<CustomerId>('x'), KEY);
  profile.zone = fixedZone(480);
  profile.zoneAt = DECIDED;
  const about = { action: 'letter', variant: 'a', channel: 3, product: '', offer: '', trigger: '' };
  const where = { zone: profile.zone, offsetMin: 480, seq: 1, index: 0, choice: 0 };
  profile.plans.push({ id: 'p', ...about, decidedAt: DECIDED, at: PLANNED, ...where });
  profile.timers.push({ kind: TIMER_KINDS.indexOf('plan'), key: 'p', due: PLANNED });
  return profile;
}

/** When the plan's timer is due after the customer was seen in a zone. */
function dueAfter(profile: Profile, timeZone: string, at: number): number | undefined {
  const setting = {
    ...{ now: at, catalog: catalog(), marginRate: 0.4, zones: fixedZones, currency: '', rates: new Map() },
    ...{ channels: [], attributes: [], lateMsMax: HOUR_MS, aheadMsMax: HOUR_MS },
  };
  const input = {
    ...{
      id: `e${at}`,
      source: 's',
      identifiers: [],
      name: 'Session Started',
      occurredAt: at,
      channel: 'app',
    },
    ...{ sessionId: '', products: [], order: undefined, currency: '', properties: undefined },
    ...{ context: { timeZone, locale: '', device: '', page: '' }, historical: false, bodyHash: 1 },
  };
  const verdict = deriveEvent(profile, KEY, input, setting);
  if (verdict.kind !== 'accepted') throw new Error(verdict.kind);
  fold(profile, verdict.fact, 1, 0);
  eventConsequences(profile, verdict.fact, undefined, at, fixedZones, (fact) => fold(profile, fact, 1, 0));
  return profile.timers.find(({ key }) => key === 'p')?.due;
}

test('a plan goes with a customer who flies east before its hour, and back again', () => {
  const profile = planned();
  expect(dueAfter(profile, fixedZone(660), DECIDED + HOUR_MS)).toBe(PLANNED - 3 * HOUR_MS);
  expect(dueAfter(profile, fixedZone(0), DECIDED + 2 * HOUR_MS)).toBe(PLANNED + 8 * HOUR_MS);
});

test('it stays where it is while nobody says where the customer is', () => {
  const profile = planned();
  expect(dueAfter(profile, '', DECIDED + HOUR_MS)).toBe(PLANNED);
  expect(dueAfter(profile, fixedZone(480), DECIDED + 2 * HOUR_MS)).toBe(PLANNED);
});
