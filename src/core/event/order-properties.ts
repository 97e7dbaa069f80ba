import type { EventInput, OrderInput } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { amountFrom, indexProperties, propertyPath, textFrom } from './property-words.ts';

/** Properties that hold an order's number, by the key of their name. */
export const ORDER_ID = ['orderid', 'transactionid', 'ordernumber'];
/** GA4's `value` is the products without shipping and tax, as Segment's `revenue` and `subtotal`. */
const AMOUNTS = {
  total: ['total'],
  revenue: ['revenue', 'subtotal', 'value'],
  shipping: ['shipping'],
  tax: ['tax'],
  discount: ['discount'],
} as const;
type Amount = keyof typeof AMOUNTS;
const NAMES = Object.keys(AMOUNTS) as Amount[];

/**
 * The order of an event: as sent, and where it says nothing, from the properties that Segment and GA4 put it in. Undefined:
 * there is none. An amount that is no number is a fault; 'refused' after the fault of a number that lost its digits.
 */
export function orderFromProperties(
  event: EventInput,
  notes: EventNotes,
): OrderInput | 'refused' | undefined {
  const { order, properties } = event;
  if (properties === undefined) return order;
  const index = indexProperties(properties);
  const orderId = order === undefined || order.orderId === '' ? textFrom(index, ORDER_ID) : order.orderId;
  if (orderId === '') {
    const lost = ORDER_ID.map((key) => index.get(key)).find((found) => Number.isNaN(found?.value));
    if (lost !== undefined) {
      const sentence = 'is a number too large to keep all its digits; send it as text';
      notes.fault(propertyPath(lost.name), 'event.order_id', '', sentence);
      return 'refused';
    }
    if (order === undefined) return undefined;
  }
  const found: Partial<Record<Amount, number>> = {};
  // Amounts come from one place: those of the order, where it has any.
  if (order === undefined || NAMES.every((name) => Number.isNaN(order[name]))) {
    for (const name of NAMES) {
      const amount = amountFrom(index, AMOUNTS[name], propertyPath, notes);
      if (amount !== undefined) found[name] = amount;
    }
  }
  const coupon = order === undefined || order.coupon === '' ? textFrom(index, ['coupon']) : order.coupon;
  const refundId =
    order === undefined || order.refundId === '' ? textFrom(index, ['refundid']) : order.refundId;
  if (
    order !== undefined &&
    orderId === order.orderId &&
    coupon === order.coupon &&
    refundId === order.refundId &&
    Object.keys(found).length === 0
  )
    return order;
  return { ...(order ?? NO_ORDER), ...found, orderId, coupon, refundId };
}

/** One of which nothing is said. */
export const NO_ORDER: OrderInput = {
  orderId: '',
  total: Number.NaN,
  revenue: Number.NaN,
  shipping: Number.NaN,
  tax: Number.NaN,
  discount: Number.NaN,
  coupon: '',
  refundId: '',
};
