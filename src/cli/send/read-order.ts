/** The order of a call, in Segment's words, in those of its first version (`orderId`) and in GA4's (`transaction_id`, `value`). */
import type { EventInit } from '../../client/event-init.ts';
import { canonicalName } from '../../core/event/known-names.ts';
import type { JsonObject } from '../json-line.ts';
import { amountIn, textIn } from './read-value.ts';

/** The known events that are about an order. */
const ORDER_EVENTS: ReadonlySet<string> = new Set(['Order Completed', 'Order Refunded', 'Order Cancelled']);

/** Whether amounts of a call of this name are an order's. */
export function isOrderEvent(name: string): boolean {
  return ORDER_EVENTS.has(canonicalName(name));
}

/**
 * The order of a call's properties. What is not given stays so, but total and revenue follow from one another. Throws an
 * Error with a sentence.
 */
export function orderOfCall(properties: JsonObject): NonNullable<EventInit['order']> {
  const text = (...names: readonly string[]): string => {
    for (const name of names) {
      const found = textIn(properties[name], `properties.${name}`);
      if (found !== '') return found;
    }
    return '';
  };
  const amount = (name: string): number | undefined => amountIn(properties[name], `properties.${name}`);
  const [shipping, tax, discount, total] = [
    amount('shipping'),
    amount('tax'),
    amount('discount'),
    amount('total'),
  ];
  // GA4's value is the sum of its items, without shipping and tax.
  const given = amount('revenue') ?? (total === undefined ? amount('value') : undefined);
  const revenue = given ?? (total === undefined ? undefined : total - (shipping ?? 0) - (tax ?? 0));
  const paid = total ?? (revenue === undefined ? undefined : revenue + (shipping ?? 0) + (tax ?? 0));
  const refundId = text('refund_id', 'refundId');
  const amounts = { total: paid, revenue, shipping, tax, discount };
  return {
    orderId: text('order_id', 'orderId', 'transaction_id'),
    coupon: text('coupon'),
    ...(refundId === '' ? {} : { refundId }),
    ...Object.fromEntries(Object.entries(amounts).filter(([, value]) => value !== undefined)),
  };
}
