import { expect, test } from 'vitest';
import type { FactOrder } from '../fact/fact.ts';
import { givenAway } from './given-away.ts';
import type { LiveOffer } from './profile.ts';

const live = (kind: string, depth: number, code = '', change: Partial<LiveOffer> = {}): LiveOffer => ({
  ...{ offer: `${kind}-${depth}`, kind, depth, code, action: 'a', at: 100, until: 200 },
  ...{ seq: 1, index: 0, choice: 0, ...change },
});
const order = (change: Partial<FactOrder> = {}): FactOrder =>
  ({ orderId: 'o', revenue: 80, discount: 0, coupon: '', ...change }) as FactOrder;

test('free shipping and gifts cost what the policy says, on an order within their time', () => {
  const offers = [live('free_shipping', 4.5), live('gift', 3.5)];
  expect(givenAway(offers, order(), 100)).toBe(8);
  expect(givenAway(offers, undefined, 200)).toBe(8);
  expect(givenAway(offers, order(), 99)).toBe(0);
  expect(givenAway(offers, order(), 201)).toBe(0);
  expect(givenAway([], order(), 150)).toBe(0);
});

test('what an order tells as its discount, and what costs nothing, is not counted', () => {
  const offers = [live('percent', 20), live('amount', 12), live('early_access', 0), live('points', 0)];
  expect(givenAway(offers, order({ discount: 16 }), 150)).toBe(0);
});

test('shipping is free once, and every gift is given', () => {
  const offers = [live('free_shipping', 4.5), live('free_shipping', 6), live('gift', 2), live('gift', 3)];
  expect(givenAway(offers, order(), 150)).toBe(11);
});

test('a code was used when the order names it in any letters, or names none; not when it names another', () => {
  const offers = [live('free_shipping', 4.5, 'SHIPFREE')];
  expect(givenAway(offers, order({ coupon: ' shipfree ' }), 150)).toBe(4.5);
  expect(givenAway(offers, order(), 150)).toBe(4.5);
  expect(givenAway(offers, order({ coupon: 'SPRING20', discount: 16 }), 150)).toBe(0);
});

test('a discount that is told with the code is what the offer cost: it is not subtracted twice', () => {
  expect(
    givenAway([live('free_shipping', 4.5, 'SHIPFREE')], order({ coupon: 'SHIPFREE', discount: 4.5 }), 150),
  ).toBe(0);
});
