import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { makeEvent, makeOrder, makeProduct } from '../../world/make-event.ts';
import { OrderBooks } from './order-books.ts';

function told(
  orderId: string,
  revenue: number,
  goods: Readonly<Record<string, number>>,
  name = 'Order Completed',
) {
  return makeEvent({
    id: `${name}-${orderId}-${revenue}`,
    source: 'test',
    identifiers: [{ kind: 'crm', value: 'c' }],
    name,
    occurredAt: DAY_MS,
    products: Object.entries(goods).map(([productId, quantity]) =>
      makeProduct({ productId, category: 'mug', quantity, price: 5 }),
    ),
    order: makeOrder({ orderId, total: revenue, revenue }),
  });
}

const back = (orderId: string, revenue: number, goods: Readonly<Record<string, number>>) =>
  told(orderId, revenue, goods, 'Order Refunded');

test('an order counts until its last piece came back, and what was not given back of it stays spent', () => {
  const books = new OrderBooks();
  books.order('c', told('1', 20, { m1: 2, m2: 1 }));
  books.refund('c', back('1', 5, { m1: 1 }), false);
  expect(books.totals()).toEqual({ orders: 1, mills: 15_000 });
  books.refund('c', back('1', 9, { m1: 1, m2: 1 }), false);
  expect(books.totals()).toEqual({ orders: 0, mills: 6_000 });
});

test("a refund gives back what its order has left, and of an order that is not the customer's nothing", () => {
  const books = new OrderBooks();
  books.order('c', told('1', 20, { m1: 2 }));
  books.refund('c', back('1', 50, { m1: 1 }), false);
  books.refund('d', back('1', 7, { m1: 1 }), false);
  expect(books.totals()).toEqual({ orders: 1, mills: 0 });
  expect([books.beyondMills, books.unknownRefunds, books.unknownMills]).toEqual([30_000, 1, 7_000]);
});

test('of an order whose lines are kept no more the money goes back, and the order stays', () => {
  const books = new OrderBooks();
  books.order('c', told('1', 20, { m1: 1 }));
  books.refund('c', back('1', 20, { m1: 1 }), true);
  expect(books.totals()).toEqual({ orders: 1, mills: 0 });
});

test('an order of charges alone is gone with its money', () => {
  const books = new OrderBooks();
  books.order('c', told('1', 20, {}));
  books.refund('c', back('1', 20, { M: 1 }), false);
  expect(books.totals()).toEqual({ orders: 0, mills: 0 });
});
