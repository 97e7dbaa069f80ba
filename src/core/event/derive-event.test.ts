import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { HOUR_MS } from '../../base/clock.ts';
import { fixedZones } from '../calendar/fixed-zones.fixture.ts';
import { catalog } from '../decide/shop.fixture.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import { deriveEvent } from './derive-event.ts';
import type { EventInput } from './event-input.ts';

const NOON = 1_772_452_800_000;
const key = branded<IdentifierKey>('crm:c1');

/** What an order of 12 in `said` comes to, in a shop that reports in `currency`: its currency and revenue, or how it was refused. */
function taken(said: string, currency: string, rates: Readonly<Record<string, number>> = {}) {
  const setting = {
    ...{ now: NOON, catalog: catalog(), marginRate: 0.4, zones: fixedZones, currency },
    ...{
      rates: new Map(Object.entries(rates)),
      channels: [],
      attributes: [],
      lateMsMax: HOUR_MS,
      aheadMsMax: HOUR_MS,
    },
  };
  const no = { total: Number.NaN, shipping: Number.NaN, tax: Number.NaN, discount: Number.NaN };
  const input: EventInput = {
    ...{ id: 'e', source: 's', identifiers: [], name: 'Order Completed', occurredAt: NOON, channel: 'web' },
    ...{
      sessionId: '',
      products: [],
      properties: undefined,
      context: undefined,
      historical: false,
      bodyHash: 1,
    },
    order: { ...no, orderId: 'o', revenue: 12, coupon: '', refundId: '' },
    currency: said,
  };
  const profile = emptyProfile(branded<CustomerId>('abcdefghijklmnopqrstuA'), key);
  const verdict = deriveEvent(profile, key, input, setting);
  return verdict.kind === 'accepted' ? [verdict.fact.currency, verdict.fact.order?.revenue] : verdict.kind;
}

test('a sign that several currencies share is the one that the shop reports in, else the only one with a rate', () => {
  expect(taken('$', 'USD')).toEqual(['', 12]);
  expect(taken('$', 'CAD', { USD: 1.4 })).toEqual(['', 12]);
  expect(taken('$', 'GBP', { USD: 0.8, EUR: 0.9 })).toEqual(['USD', 9.6]);
  expect(taken('$', 'GBP')).toBe('no_rate');
  expect(taken('$', 'GBP', { USD: 0.8, CAD: 0.6 })).toBe('no_rate');
  expect(taken('¥', 'GBP', { USD: 0.8 })).toBe('no_rate');
});
