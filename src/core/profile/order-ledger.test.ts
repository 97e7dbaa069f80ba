/** What follows from the orders of a customer, and the bounds of what is kept of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import type { EventFact, FactOrder, FactProduct } from '../fact/fact.ts';
import { FRICTIONS } from '../policy/policy.ts';
import { emptyProfile } from './empty-profile.ts';
import { foldEvent } from './fold-event.ts';
import type { Profile } from './profile.ts';

const NOON = 1_772_452_800_000;
const key = branded<IdentifierKey>('crm:c1');
let count = 0;

function stranger(): Profile {
  return emptyProfile(branded<CustomerId>('abcdefghijklmnopqrstuv'), key);
}

function goods(productId: string, change: Partial<FactProduct> = {}): FactProduct {
  const given = {
    productId,
    category: 'coats',
    brand: '',
    size: '',
    variant: '',
    price: 240,
    quantity: 1,
    margin: 100,
  };
  return { ...given, ...change };
}

function fact(name: string, at: number, products: FactProduct[], change: Partial<EventFact> = {}): EventFact {
  count++;
  return {
    kind: 'event',
    customer: branded<CustomerId>('abcdefghijklmnopqrstuv'),
    key,
    identifiers: [],
    source: 'shop',
    id: `e${count}`,
    idHash: count,
    bodyHash: 1,
    name,
    at,
    receivedAt: NOON + 30 * DAY_MS,
    zone: '',
    offsetMin: Number.NaN,
    locale: '',
    hourOfWeek: 0,
    channel: 0,
    sessionId: '',
    historical: false,
    currency: '',
    rate: 1,
    products,
    order: undefined,
    consent: undefined,
    friction: 0,
    ...change,
  };
}

function order(orderId: string, revenue = Number.NaN, change: Partial<FactOrder> = {}): { order: FactOrder } {
  return { order: { orderId, revenue, discount: Number.NaN, coupon: '', refundId: '', ...change } };
}

function folded(facts: readonly EventFact[]): Profile {
  const profile = stranger();
  for (const one of facts) foldEvent(profile, one);
  return profile;
}

function sums(profile: Profile) {
  const { orderCount, revenue, discountedOrders, margin, firstOrderAt, lastOrderAt, owned } = profile;
  return { orderCount, revenue, discountedOrders, margin, firstOrderAt, lastOrderAt, owned };
}

const recent = { receivedAt: NOON + HOUR_MS };

describe('orders', () => {
  test('that were cancelled or came back whole leave nothing behind', () => {
    const first = fact('Order Completed', NOON, [goods('shoe', { price: 130.1 })], order('o0', 130.1));
    const second = fact(
      'Order Completed',
      NOON + DAY_MS,
      [goods('coat')],
      order('o1', 216, { discount: 24, coupon: 'X' }),
    );
    const before = sums(folded([first]));
    for (const undo of [
      fact('Order Cancelled', NOON + 2 * DAY_MS, [], order('o1')),
      fact('Order Refunded', NOON + 2 * DAY_MS, [goods('coat')], order('o1')),
    ]) {
      expect(sums(folded([first, second, undo]))).toEqual(before);
      expect(sums(folded([undo, first, second]))).toEqual(before);
      expect(folded([first, second, undo]).discounts.keys).toEqual(['full']);
    }
  });

  test('come to the same in any order of arrival', () => {
    const facts = ['o1', 'o2', 'o3'].flatMap((id, n) => [
      fact(
        'Order Completed',
        NOON + n * DAY_MS,
        [goods('coat'), goods('scarf', { price: 90.1 })],
        order(id, 330.1),
      ),
      fact('Order Completed', NOON + n * DAY_MS + 5, [goods('coat')], {
        ...order(id, 240),
        source: 'browser',
      }),
      fact('Order Refunded', NOON + (n + 1) * DAY_MS, [goods('scarf')], order(id, 90.1)),
    ]);
    const expected = sums(folded(facts));
    fc.assert(
      fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (shuffled) => {
        expect(sums(folded(shuffled))).toEqual(expected);
      }),
    );
  });

  test('that are let go of keep their sums, and a refund of one changes money alone', () => {
    const many = Array.from({ length: BOUNDS.orders + 6 }, (_, n) =>
      fact('Order Completed', NOON + n * HOUR_MS, [goods(`p${n}`)], order(`o${n}`, 240)),
    );
    const profile = folded(many);
    expect(profile.orders).toHaveLength(BOUNDS.orders);
    expect(profile).toMatchObject({
      orderCount: many.length,
      revenue: 240 * many.length,
      firstOrderAt: NOON,
    });
    expect(profile.owned).toHaveLength(many.length);
    foldEvent(profile, fact('Order Refunded', NOON + 9 * DAY_MS, [goods('p0')], order('o0', 240)));
    foldEvent(
      profile,
      fact('Order Refunded', NOON + 9 * DAY_MS, [goods('p0')], { ...order('o0', 240), source: 'till' }),
    );
    expect(profile).toMatchObject({
      orderCount: many.length,
      revenue: 240 * (many.length - 1),
      refunds: 240,
    });
    expect(profile.owned).toHaveLength(many.length);
  });

  test('an order is known for as long as its id is remembered', () => {
    const profile = stranger();
    const total = BOUNDS.orders + BOUNDS.olderOrderIds + 1;
    const buy = (n: number) => fact('Order Completed', NOON + n * MINUTE_MS, [], order(`o${n}`, 1));
    for (let n = 0; n < total; n++) foldEvent(profile, buy(n));
    expect(profile.older?.ids).toHaveLength(BOUNDS.olderOrderIds);
    foldEvent(profile, buy(1));
    expect(profile.orderCount).toBe(total);
    foldEvent(profile, buy(0));
    expect(profile.orderCount).toBe(total + 1);
  });

  test('of refunds that wait for their orders the newest are kept', () => {
    const profile = stranger();
    for (let n = 0; n <= BOUNDS.ordersAwaited; n++)
      foldEvent(profile, fact('Order Cancelled', NOON + n * HOUR_MS, [], order(`o${n}`)));
    expect(profile.orders.map(({ orderId }) => orderId)[0]).toBe('o1');
    expect(profile.orders).toHaveLength(BOUNDS.ordersAwaited);
    expect(sums(profile)).toEqual(sums(stranger()));
  });

  test('of sources that tell of one order those with most lines are kept', () => {
    const profile = stranger();
    for (let n = 0; n <= BOUNDS.orderTellings; n++) {
      const lines = Array.from({ length: n + 1 }, (_, i) => goods(`p${i}`));
      foldEvent(profile, fact('Order Completed', NOON + n, lines, { ...order('o1'), source: `s${n}` }));
    }
    expect(profile.orders[0]?.tellings.map(({ source }) => source)).toEqual(['s1', 's2', 's3', 's4']);
    expect(profile.owned).toHaveLength(BOUNDS.orderTellings + 1);
  });

  test('refunds of one order that are too many keep their sum', () => {
    const profile = folded([
      fact('Order Completed', NOON, [goods('coat', { quantity: 100 })], order('o1', 24_000)),
    ]);
    for (let n = 0; n < BOUNDS.orderRefunds + 8; n++)
      foldEvent(profile, fact('Order Refunded', NOON + n * DAY_MS, [goods('coat')], order('o1', 240)));
    expect(profile.orders[0]?.refunds).toHaveLength(BOUNDS.orderRefunds);
    expect(profile.revenue).toBe(24_000 - 240 * (BOUNDS.orderRefunds + 8));
    expect(profile.owned[0]?.quantity).toBe(100 - BOUNDS.orderRefunds - 8);
  });

  test('of categories that stand for owned products the newest are kept', () => {
    const profile = stranger();
    const lines = BOUNDS.owned + BOUNDS.ownedCategories + 1;
    for (let n = 0; n < lines; n += 101) {
      const products = Array.from({ length: Math.min(101, lines - n) }, (_, i) =>
        goods(`p${n + i}`, { category: `c${n + i}`, price: 1 }),
      );
      foldEvent(profile, fact('Order Completed', NOON + n * 1_000, products, order(`o${n}`, 1)));
    }
    expect(profile.owned.length).toBeLessThanOrEqual(BOUNDS.owned);
    expect(profile.older?.categories).toHaveLength(BOUNDS.ownedCategories);
    expect(profile.older?.categories.some(({ category }) => category === 'c0')).toBe(false);
  });
});

describe('a cart', () => {
  const put = (at: number, change: Partial<FactProduct> = {}) =>
    fact('Product Added', at, [goods('coat', change)], recent);
  const take = (at: number, change: Partial<FactProduct> = {}) =>
    fact('Product Removed', at, [goods('coat', change)], recent);
  const plain = (profile: Profile) =>
    profile.cart.map(({ productId, size, quantity }) => `${quantity} ${productId} ${size}`);

  test('is the same in whatever order its events and orders come', () => {
    const arbFact = fc.record({
      kind: fc.constantFrom('put', 'put', 'take', 'buy'),
      size: fc.constantFrom('M', 'L'),
      quantity: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(arbFact, { maxLength: 10 }),
        fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
        (drawn, keys) => {
          const facts = drawn.map(({ kind, size, quantity }, n) =>
            kind === 'buy'
              ? fact('Order Completed', NOON + n, [goods('coat', { size, quantity })], {
                  ...recent,
                  ...order(`o${n}`),
                })
              : (kind === 'put' ? put : take)(NOON + n, { size, quantity }),
          );
          const shuffled = facts.map((one, n) => ({ one, at: keys[n] ?? 0 })).sort((a, b) => a.at - b.at);
          expect(folded(shuffled.map(({ one }) => one)).cart).toEqual(folded(facts).cart);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('loses what was taken out, told before it was put in', () => {
    expect(plain(folded([take(NOON + 1), put(NOON)]))).toEqual([]);
    expect(plain(folded([put(NOON + 1), take(NOON)]))).toEqual(['1 coat ']);
  });

  test('loses the line of the size that was taken out', () => {
    const both = [
      put(NOON, { size: 'M' }),
      put(NOON + 1, { size: 'L' }),
      put(NOON + 2, { size: 'L', variant: 'red' }),
    ];
    expect(plain(folded([...both, take(NOON + 3, { size: 'M' })]))).toEqual(['1 coat L', '1 coat L']);
    expect(
      folded([...both, take(NOON + 3, { size: 'L' })]).cart.map(({ size, variant }) => size + variant),
    ).toEqual(['M', 'Lred']);
  });

  test('the events of a cart that are too many are settled, and the cart stays what it is', () => {
    const profile = stranger();
    for (let n = 0; n < 3 * BOUNDS.cartEvents; n++) {
      foldEvent(profile, n % 2 === 0 ? put(NOON + n) : take(NOON + n));
      expect(profile.cartEvents.length).toBeLessThanOrEqual(BOUNDS.cartEvents);
    }
    expect(plain(profile)).toEqual([]);
    foldEvent(profile, put(NOON + 1_000));
    foldEvent(profile, fact('Order Completed', NOON + 2_000, [goods('coat')], { ...recent, ...order('o1') }));
    expect(plain(profile)).toEqual([]);
    // Long after, the order is settled with the rest, and takes nothing a second time.
    foldEvent(
      profile,
      fact('Product Added', NOON + 3_000, [goods('coat')], { receivedAt: NOON + 20 * DAY_MS }),
    );
    expect(plain(profile)).toEqual(['1 coat ']);
    foldEvent(
      profile,
      fact('Product Added', NOON + 500, [goods('coat')], { receivedAt: NOON + 20 * DAY_MS }),
    );
    expect(plain(profile)).toEqual(['1 coat ']);
  });
});

describe('a checkout', () => {
  const step = (name: string, at: number, products: FactProduct[] = []) => {
    const friction = { 'Shipping Cost Shown': 1, 'Variant Unavailable': 2, 'Payment Failed': 4 }[name] ?? 0;
    return fact(name, at, products, { ...recent, friction });
  };
  const bought = fact('Order Completed', NOON, [goods('coat')], { ...recent, ...order('o1') });

  test('from before a purchase does not open behind it', () => {
    expect(
      folded([bought, step('Checkout Started', NOON - 1), step('Payment Failed', NOON - 1)]).checkout,
    ).toBeUndefined();
    expect(folded([bought, step('Checkout Started', NOON + 1)]).checkout).toMatchObject({
      startedAt: NOON + 1,
    });
  });

  test('that was begun after a purchase goes on when the purchase comes late', () => {
    const begun = [
      step('Checkout Started', NOON - 10),
      step('Shipping Cost Shown', NOON - 5),
      step('Checkout Started', NOON + 10),
    ];
    expect(folded([...begun, bought]).checkout).toMatchObject({ startedAt: NOON + 10, friction: 0 });
  });

  test('names the friction that blocks the purchase, whatever came last, until it is gone', () => {
    const size = [goods('coat', { size: 'M' })];
    const met = [
      step('Checkout Started', NOON + 1),
      step('Variant Unavailable', NOON + 2, size),
      step('Payment Failed', NOON + 3),
    ];
    const profile = folded([...met, step('Shipping Cost Shown', NOON + 4)]);
    expect(FRICTIONS[profile.checkout?.friction ?? 0]).toBe('size_unavailable');
    foldEvent(profile, step('Product Removed', NOON + 5, size));
    expect(FRICTIONS[profile.checkout?.friction ?? 0]).toBe('payment_failed');
  });
});
