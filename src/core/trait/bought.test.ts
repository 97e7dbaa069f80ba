/** What the functions of a category say, against every order looked up in a list. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import { catalog, customer, NOON, product } from '../decide/shop.fixture.ts';
import { categoryOrdersOf } from '../profile/category-orders.ts';
import { withRefund, withTelling } from '../profile/order-entry.ts';
import { findOrder, putOrder } from '../profile/order-ledger.ts';
import type { OrderLine } from '../profile/order-telling.ts';
import type { Profile } from '../profile/profile.ts';
import { Bought } from './bought.ts';
import { NEVER } from './since.ts';

function line(category: string, productId = category): OrderLine {
  return { productId, category, size: '', variant: '', at: 0, quantity: 1, price: 10, margin: 4 };
}

function order(profile: Profile, orderId: string, at: number, lines: readonly OrderLine[]): void {
  const told = {
    source: 's',
    at,
    linesAt: at,
    lines,
    revenue: Number.NaN,
    discount: Number.NaN,
    coupon: false,
    foreign: undefined,
  };
  putOrder(profile, findOrder(profile, orderId), withTelling(findOrder(profile, orderId), orderId, told, at));
}

/** Without lines it is cancelled whole. */
function bringBack(profile: Profile, orderId: string, event: number, lines: readonly OrderLine[]): void {
  const back = {
    id: '',
    event,
    source: 's',
    at: NOON,
    cancels: lines.length === 0,
    amount: Number.NaN,
    foreign: undefined,
    lines,
  };
  const before = findOrder(profile, orderId);
  putOrder(profile, before, withRefund(before, orderId, back, false));
}

function said(profile: Profile, category: string, products = catalog()) {
  const bought = new Bought();
  bought.begin(profile, products, NOON);
  return [bought.orders(category), bought.owns(category), bought.daysSince(category)];
}

const nothing = [0, false, NEVER];

describe('what was bought of a category', () => {
  test('is what orders that stand say of it, for any orders and returns', () => {
    const category = fc.constantFrom('coffee', 'Coffee ', 'cups', '');
    const orders = fc.array(
      fc.record({
        days: fc.integer({ min: 0, max: 60 }),
        categories: fc.array(category, { minLength: 1, maxLength: 3 }),
        fate: fc.constantFrom('kept', 'kept', 'cancelled', 'first line back'),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(orders, (told) => {
        const profile = customer();
        const kept: { at: number; categories: Set<string> }[] = [];
        for (const [n, { days, categories, fate }] of told.entries()) {
          const at = NOON - days * DAY_MS;
          const lines = categories.map((one, i) => line(one, `p${i}`));
          order(profile, `o${n}`, at, lines);
          if (fate === 'cancelled') bringBack(profile, `o${n}`, n, []);
          if (fate === 'first line back') bringBack(profile, `o${n}`, n, lines.slice(0, 1));
          const left = fate === 'kept' ? categories : fate === 'cancelled' ? [] : categories.slice(1);
          kept.push({ at, categories: new Set(left.map((one) => one.trim().toLowerCase())) });
        }
        for (const asked of ['coffee', 'cups', 'tea']) {
          const of = kept.filter(({ categories }) => categories.has(asked));
          const last = Math.max(0, ...of.map(({ at }) => at));
          const days = of.length === 0 ? NEVER : (NOON - last) / DAY_MS;
          expect(said(profile, asked)).toEqual([of.length, of.length > 0, days]);
        }
      }),
    );
  });

  test('is still known of orders and lines that the ledger has let go of', () => {
    const profile = customer();
    order(profile, 'first', NOON - 400 * DAY_MS, [line('machines')]);
    const many = BOUNDS.orders + 30;
    for (let n = 0; n < many; n++)
      order(profile, `o${n}`, NOON - (many - n) * DAY_MS, [line('coffee', `c${n}`), line('Coffee', `d${n}`)]);
    expect(said(profile, 'machines')).toEqual([1, true, 400]);
    expect(said(profile, 'coffee')).toEqual([many, true, 1]);
    for (let n = 0; n < 3; n++) {
      const lines = Array.from({ length: 2_000 }, (_, i) => line('bulk', `b${n}-${i}`));
      order(profile, `bulk${n}`, NOON - HOUR_MS + n, lines);
    }
    expect(profile.older?.categories.length).toBeGreaterThan(0);
    expect(said(profile, 'machines')).toEqual([1, true, 400]);
    expect(said(profile, 'coffee')).toEqual([many, true, 1]);
    expect(said(profile, 'bulk')[0]).toBe(3);
    bringBack(profile, 'bulk2', 1, []);
    expect(said(profile, 'bulk')[0]).toBe(2);
  });

  test('is found again in a profile that was stored without the rows, as well as its lines say', () => {
    const profile = customer();
    for (let n = 0; n < BOUNDS.orders + 9; n++)
      order(profile, `o${n}`, NOON - (99 - n) * DAY_MS, [line('coffee', `c${n}`), line('cups', `d${n}`)]);
    const { older } = profile;
    if (older === undefined) throw new Error('the ledger has let go of nothing');
    expect(categoryOrdersOf(older)).toEqual(older.bought);
    expect(categoryOrdersOf({ ...older, owned: [], categories: [{ category: 'Tea ', at: 5 }] })).toEqual([
      { category: 'tea', orders: 1, at: 5 },
    ]);
  });

  test('counts under the name that the catalogue has now, too', () => {
    const profile = customer();
    order(profile, 'o1', NOON - 3 * DAY_MS, [line('Kaffee', 'beans'), line('Kaffee', 'pads')]);
    const renamed = catalog(
      product('beans', { category: 'coffee' }),
      product('pads', { category: 'coffee' }),
    );
    expect(said(profile, 'coffee', renamed)).toEqual([1, true, 3]);
    expect(said(profile, 'kaffee', renamed)).toEqual([1, true, 3]);
    expect(said(profile, 'coffee')).toEqual(nothing);
    for (let n = 0; n < BOUNDS.orders; n++)
      order(profile, `n${n}`, NOON - DAY_MS + n, [line('cups', `c${n}`)]);
    expect(said(profile, 'coffee', renamed)).toEqual([1, true, 3]);
  });

  test('keeps a bounded number of categories, those ordered last', () => {
    const profile = customer();
    const many = BOUNDS.ownedCategories + BOUNDS.orders + 5;
    for (let n = 0; n < many; n++) order(profile, `o${n}`, NOON - (many - n) * HOUR_MS, [line(`c${n}`)]);
    expect(profile.older?.bought).toHaveLength(BOUNDS.ownedCategories);
    expect(said(profile, 'c0')).toEqual(nothing);
    expect(said(profile, 'c5')[0]).toBe(1);
  });
});

test('is asked of one customer at a time', () => {
  const bought = new Bought();
  const buyer = customer();
  order(buyer, 'o1', NOON - DAY_MS, [line('coffee')]);
  bought.begin(buyer, catalog(), NOON);
  expect(bought.owns('coffee')).toBe(true);
  bought.begin(customer(), catalog(), NOON);
  expect(bought.owns('coffee')).toBe(false);
  expect(new Bought().daysSince('coffee')).toBe(NEVER);
});
