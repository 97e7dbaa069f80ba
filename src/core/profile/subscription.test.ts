/** What orders and ends make of a customer's subscriptions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import type { EventFact, FactSubscription } from '../fact/fact.ts';
import { emptyProfile } from './empty-profile.ts';
import { foldEvent } from './fold-event.ts';
import type { Profile } from './profile.ts';
import { isSubscribed } from './subscription.ts';

const NOON = 1_772_452_800_000;
const customer = branded<CustomerId>('abcdefghijklmnopqrstuv');
const key = branded<IdentifierKey>('crm:c1');

function day(n: number): number {
  return NOON + n * DAY_MS;
}

let count = 0;
function fact(name: string, at: number, change: Partial<EventFact>): EventFact {
  count++;
  return {
    kind: 'event',
    ...{ customer, key, identifiers: [], source: 'shop', id: `e${count}`, idHash: count, bodyHash: 1 },
    ...{ name, at, receivedAt: day(400), zone: '', offsetMin: Number.NaN, locale: '', hourOfWeek: 0 },
    ...{ channel: 0, sessionId: '', historical: false, currency: '', rate: 1, products: [] },
    ...{ order: undefined, consent: undefined, friction: 0 },
    ...change,
  };
}

function told(name: string, orderId: string, onDay: number, subscription?: FactSubscription): EventFact {
  return fact(name, day(onDay), {
    order: { orderId, revenue: 39, discount: Number.NaN, coupon: '', refundId: '' },
    ...(subscription !== undefined && { subscription }),
  });
}

function box(onDay: number, id = 'sub-1', isRenewal = false): EventFact {
  return told('Order Completed', `o${onDay}`, onDay, { id, isRenewal });
}

function end(onDay: number, id = ''): EventFact {
  return fact('Subscription Cancelled', day(onDay), { subscription: { id, isRenewal: false } });
}

function folded(facts: readonly EventFact[]): Profile {
  const profile = emptyProfile(customer, key);
  for (const one of facts) foldEvent(profile, one);
  return profile;
}

function state({ lastNewOrderAt, lastOrderAt, subscriptions, subscriptionEnds }: Profile) {
  return {
    ...{ lastNewOrderAt, lastOrderAt, subscriptionEnds },
    subscriptions: subscriptions.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

describe('an order', () => {
  test('is a renewal when it is said so, or when its subscription had an order before', () => {
    expect(folded([box(0), box(30), box(60)])).toMatchObject({
      lastNewOrderAt: day(0),
      lastOrderAt: day(60),
    });
    expect(folded([box(0, ''), box(30, '', true)]).lastNewOrderAt).toBe(day(0));
    expect(folded([box(0), box(30, 'sub-2')]).lastNewOrderAt).toBe(day(30));
    expect(folded([box(0, '', true)]).lastNewOrderAt).toBe(0);
    expect(folded([box(0), told('Order Completed', 'o9', 40)]).lastNewOrderAt).toBe(day(40));
  });

  test('begins the subscription when the one before it was cancelled', () => {
    const cancelled = told('Order Cancelled', 'o0', 1);
    expect(folded([box(0), box(30), cancelled]).lastNewOrderAt).toBe(day(30));
  });

  test('that one of two sources calls a renewal is one, whoever speaks first', () => {
    const plain = { ...box(30, ''), source: 'browser' };
    const marked = box(30, 'sub-1', true);
    for (const facts of [
      [plain, marked],
      [marked, plain],
    ])
      expect(folded(facts).orders[0]?.subscription).toEqual({ id: 'sub-1', isRenewal: true });
  });

  test('that is a renewal says nothing of where the customer is', () => {
    expect(folded([box(0), box(30)]).session).toMatchObject({ count: 1, lastAt: day(0) });
    expect(folded([box(0), box(30)]).orderCount).toBe(2);
  });

  test('that is let go of is still remembered as one of its subscription', () => {
    const others = Array.from({ length: BOUNDS.orders }, (_, n) => told('Order Completed', `p${n}`, 1 + n));
    const profile = folded([box(0), ...others, box(100)]);
    expect(profile.older?.subscriptions).toEqual([{ id: 'sub-1', at: day(0), gapMs: 0 }]);
    expect(profile.lastNewOrderAt).toBe(day(BOUNDS.orders));
  });
});

describe('a customer is subscribed', () => {
  test.each([
    ['for 45 days after one order', [box(0)], 44.9, true],
    ['for no longer', [box(0)], 45, false],
    ['for 1.5 times a longer gap', [box(0), box(90)], 90 + 134, true],
    ['for no longer than that', [box(0), box(90)], 90 + 135, false],
    ['for 45 days where the gap is shorter', [box(0), box(7)], 7 + 44, true],
    ['by a marked renewal without an id', [box(0, '', true)], 10, true],
    ['not after an end', [box(0), end(5, 'sub-1')], 6, false],
    ['not after an end of all', [box(0), end(5)], 6, false],
    ['not after any end where the order has no id', [box(0, '', true), end(5, 'sub-1')], 6, false],
    ['after the end of another one', [box(0), end(5, 'sub-2')], 6, true],
    ['by another one after the end of one', [box(0), box(1, 'sub-2'), end(5, 'sub-1')], 6, true],
    ['again by an order after the end', [box(0), end(5), box(8)], 9, true],
    ['not by an order that was cancelled', [box(0), told('Order Cancelled', 'o0', 1)], 2, false],
    ['not by an order whose money went back', [box(0), told('Order Refunded', 'o0', 1)], 2, false],
    ['not by an order of none', [told('Order Completed', 'o1', 0)], 1, false],
  ])('%s', (_, facts, now, subscribed) => {
    expect(isSubscribed(folded(facts), day(now))).toBe(subscribed);
  });
});

const arbFact = fc
  .record({
    what: fc.constantFrom('box', 'box', 'end', 'cancel', 'plain'),
    onDay: fc.integer({ min: 0, max: 12 }),
    id: fc.constantFrom('', 'sub-1', 'sub-2'),
    isRenewal: fc.boolean(),
  })
  .map(({ what, onDay, id, isRenewal }) => {
    if (what === 'box') return box(onDay, id, isRenewal);
    if (what === 'end') return end(onDay, id);
    return told(what === 'cancel' ? 'Order Cancelled' : 'Order Completed', `o${onDay}`, onDay);
  });
const arbFacts = fc.array(arbFact, { maxLength: 12 });

describe('laws', () => {
  test('any order of arrival makes the same subscriptions', () => {
    const shuffled = arbFacts.chain((facts) =>
      fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length })),
    );
    fc.assert(
      fc.property(shuffled, ([facts, others]) => {
        expect(state(folded(others))).toEqual(state(folded(facts)));
      }),
    );
  });

  test('of more ends than are kept the latest are', () => {
    const ends = Array.from({ length: BOUNDS.subscriptions + 3 }, (_, n) => end(n, `sub-${n}`));
    const { subscriptionEnds } = folded(ends.toReversed());
    expect(subscriptionEnds.map(({ at }) => at)).toEqual(
      ends.slice(-BOUNDS.subscriptions).map(({ at }) => at),
    );
  });
});
