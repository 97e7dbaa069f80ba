/** The order of a call, in Segment's words, in those of its first version (`orderId`) and in GA4's (`transaction_id`, `value`). */
import type { EventInit } from '../../client/event-init.ts';
import type { JsonObject } from '../json-line.ts';
import { amountIn, textIn } from './read-value.ts';

/** Names of events that are about an order, in letters alone: Segment's, those of its first version, GA4's. */
const ORDER_EVENTS: ReadonlySet<string> = new Set(
  (
    'ordercompleted completedorder purchase orderrefunded refundedorder refund ordercancelled cancelledorder ' +
    'ordercanceled canceledorder'
  ).split(' '),
);

/** Whether amounts of a call of this name are an order's. */
export function isOrderEvent(name: string): boolean {
  return ORDER_EVENTS.has(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
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
  const amounts = { total: paid, revenue, shipping, tax, discount };
  return {
    orderId: text('order_id', 'orderId', 'transaction_id'),
    coupon: text('coupon'),
    ...Object.fromEntries(Object.entries(amounts).filter(([, value]) => value !== undefined)),
  };
}
