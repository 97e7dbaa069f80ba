/** Orders of a profile of format 1 (0.2.0), which kept sums, the last orders without their lines, and owned products by time. */
import { noOlderOrders, type OlderOrders } from '../../core/profile/older-orders.ts';
import { type OrderEntry, orderEntry } from '../../core/profile/order-entry.ts';
import { NO_LINES } from '../../core/profile/order-lines.ts';
import type { OwnedProduct } from '../../core/profile/order-telling.ts';
import type { ByteReader } from './byte-reader.ts';

export interface SalesOfFormat1 {
  readonly lastOrderAt: number;
  readonly firstOrderAt: number;
  readonly orderCount: number;
  readonly revenue: number;
  readonly discountedOrders: number;
  readonly margin: number;
  readonly refunds: number;
}

export interface OrderOfFormat1 {
  readonly orderId: string;
  readonly at: number;
  /** Less what was given back. */
  readonly revenue: number;
  readonly discount: number;
}

export const NO_SALES: SalesOfFormat1 = {
  lastOrderAt: 0,
  firstOrderAt: 0,
  orderCount: 0,
  revenue: 0,
  discountedOrders: 0,
  margin: 0,
  refunds: 0,
};

export function readSalesOfFormat1(reader: ByteReader, base: number): SalesOfFormat1 {
  return {
    lastOrderAt: reader.near(base),
    firstOrderAt: reader.near(base),
    orderCount: reader.number(),
    revenue: reader.money(),
    discountedOrders: reader.number(),
    margin: reader.money(),
    refunds: reader.money(),
  };
}

export function readOrdersOfFormat1(reader: ByteReader, base: number): OrderOfFormat1[] {
  const count = reader.count(4, 'orders');
  const orders = new Array<OrderOfFormat1>(count);
  let near = base;
  for (let i = 0; i < count; i++) {
    const orderId = reader.text();
    near = reader.near(near);
    orders[i] = { orderId, at: near, revenue: reader.money(), discount: reader.money() };
  }
  return orders;
}

/** The same as a ledger: an order's lines are the owned products of its time; sums that it does not explain are of older orders. */
export function ordersOfFormat1(
  sales: SalesOfFormat1,
  known: readonly OrderOfFormat1[],
  owned: readonly OwnedProduct[],
): { orders: OrderEntry[]; older: OlderOrders | undefined } {
  const left = new Set(owned);
  const older = { ...noOlderOrders(), count: sales.orderCount, discounted: sales.discountedOrders };
  older.revenue = sales.revenue;
  older.margin = sales.margin;
  older.refunded = sales.refunds;
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  const orders = known.map(({ orderId, at, revenue, discount }) => {
    const bought = [...left].filter((line) => line.at === at);
    for (const line of bought) left.delete(line);
    const lines = bought.map((line) => ({ ...line, variant: '', margin: 0 }));
    const linesAt = lines.length > 0 ? at : 0;
    const told = { source: '', at, linesAt, revenue, discount, coupon: false, foreign: undefined };
    const order = orderEntry(
      orderId,
      at,
      false,
      [{ ...told, lines: lines.length > 0 ? lines : NO_LINES }],
      [],
    );
    older.count--;
    older.discounted -= order.isDiscounted ? 1 : 0;
    older.revenue -= order.revenue;
    older.margin -= order.margin;
    first = Math.min(first, at);
    last = Math.max(last, at);
    return order;
  });
  if (sales.firstOrderAt < first) older.firstAt = sales.firstOrderAt;
  if (sales.lastOrderAt > last) older.lastAt = sales.lastOrderAt;
  older.lastNewAt = older.lastAt;
  older.owned.push(...[...left].sort((a, b) => a.at - b.at));
  const isEmpty =
    older.owned.length === 0 &&
    [older.count, older.discounted, older.revenue, older.margin, older.refunded].every((sum) => sum === 0) &&
    older.firstAt === 0 &&
    older.lastAt === 0;
  return { orders, older: isEmpty ? undefined : older };
}
