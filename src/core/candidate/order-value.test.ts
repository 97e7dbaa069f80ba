import fc from 'fast-check';
import { expect, test } from 'vitest';
import { action } from '../decide/shop.fixture.ts';
import { orderMarginOf, orderValueOf } from './order-value.ts';
import { Subject } from './subject.ts';

function about(price: number, margin: number): Subject {
  const subject = new Subject();
  subject.orderValue = price;
  subject.orderMargin = margin;
  return subject;
}

test('an order is worth what its action says, else what its subject costs, else the default', () => {
  const [says, silent] = [action(0, { orderValue: 24, saysOrderValue: true }), action(0, { orderValue: 50 })];
  expect([says, silent].map((one) => orderValueOf(one, about(240, 110)))).toEqual([24, 240]);
  expect([says, silent].map((one) => orderValueOf(one, about(0, Number.NaN)))).toEqual([24, 50]);
});

test('the margin of an order keeps the rate of its subject, whatever the order is worth', () => {
  const amount = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(amount, fc.double({ min: 0, max: 1, noNaN: true }), amount, (price, rate, value) => {
      const subject = about(price, price * rate);
      const says = action(0, { orderValue: value, saysOrderValue: true });
      expect(orderMarginOf(says, subject, value)).toBeCloseTo(value * rate, 5);
      expect(orderMarginOf(action(0), subject, price)).toBe(price * rate);
    }),
  );
  expect(orderMarginOf(action(0, { marginRate: 0.4 }), about(240, Number.NaN), 100)).toBe(40);
});
