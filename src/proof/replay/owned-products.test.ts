import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { makeEvent, makeOrder, makeProduct } from '../../world/make-event.ts';
import { OwnedProducts } from './owned-products.ts';

const suppression = {
  defaultMs: 60 * DAY_MS,
  byCategory: new Map([['coat', 365 * DAY_MS]]),
  categoryMs: 14 * DAY_MS,
};
const NONE: readonly string[] = [];

function order(day: number, productId: string, quantity: number, category = 'mug', name = 'Order Completed') {
  return makeEvent({
    id: `${name}-${day}-${productId}`,
    source: 'test',
    identifiers: [{ kind: 'crm', value: 'c' }],
    name,
    occurredAt: day * DAY_MS,
    products: [makeProduct({ productId, category, quantity, price: 5 })],
    order: makeOrder({ orderId: `${day}`, total: 5, revenue: 5 }),
  });
}

function refund(day: number, productId: string, quantity: number) {
  return order(day, productId, quantity, 'mug', 'Order Refunded');
}

test('a bought product is an offence until its suppression runs out, to the millisecond', () => {
  const owned = new OwnedProducts(suppression);
  owned.apply('c', order(10, 'm1', 1));
  const promoted = { products: ['m1'], category: undefined };
  expect(owned.offences('c', 10 * DAY_MS, promoted)).toEqual(['m1, bought on 1970-01-11']);
  expect(owned.offences('c', 70 * DAY_MS - 1, promoted)).toHaveLength(1);
  expect(owned.offences('c', 70 * DAY_MS, promoted)).toEqual(NONE);
  expect(owned.offences('somebody else', 11 * DAY_MS, promoted)).toEqual(NONE);
  expect(owned.isAtRisk('c', 70 * DAY_MS - 1)).toBe(true);
  expect(owned.isAtRisk('c', 70 * DAY_MS)).toBe(false);
});

test('a category has a time of its own, and is itself an offence for a fortnight', () => {
  const owned = new OwnedProducts(suppression);
  owned.apply('c', order(0, 'k1', 1, 'coat'));
  expect(owned.offences('c', 300 * DAY_MS, { products: ['k1'], category: undefined })).toHaveLength(1);
  expect(owned.offences('c', 13 * DAY_MS, { products: [], category: 'coat' })).toHaveLength(1);
  expect(owned.offences('c', 14 * DAY_MS, { products: [], category: 'coat' })).toEqual(NONE);
  expect(owned.offences('c', 13 * DAY_MS, { products: [], category: 'mug' })).toEqual(NONE);
});

test('a refund takes back the latest purchases first, and only what came back', () => {
  const owned = new OwnedProducts(suppression);
  owned.apply('c', order(0, 'm1', 2));
  owned.apply('c', order(50, 'm1', 2));
  owned.apply('c', refund(55, 'm1', 3));
  const promoted = { products: ['m1'], category: undefined };
  expect(owned.offences('c', 59 * DAY_MS, promoted)).toHaveLength(1);
  expect(owned.offences('c', 61 * DAY_MS, promoted)).toEqual(NONE);
  owned.apply('c', refund(56, 'm1', 1));
  expect(owned.offences('c', 57 * DAY_MS, promoted)).toEqual(NONE);
});
