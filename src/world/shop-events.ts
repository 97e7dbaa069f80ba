/** What the shop's systems say of a visit, in the contract's words. */
import type { Millis } from '../base/clock.ts';
import { CHANNELS } from '../core/channel.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import { cents } from './catalog.ts';
import { type CustomerTruth, consents } from './customer-truth.ts';
import { makeEvent, makeOrder, makeProduct } from './make-event.ts';
import type { Bill } from './shop-ledger.ts';
import { placementOf, type ShopDecideStep, type ShopPage } from './shop-step.ts';
import { contextOf, shopperIdentifiers } from './shopper-identity.ts';
import type { Line, VisitKind, VisitMove, VisitPlan } from './visit-plan.ts';

/** A visit under way. */
export interface Visit {
  readonly customer: number;
  /** Counts all visits of the customer, from 0. */
  readonly number: number;
  readonly identifiers: readonly IdentifierInput[];
  readonly channel: 'web' | 'app' | 'store';
  readonly kind: VisitKind;
  readonly plan: VisitPlan;
}

/** A page, a step or a friction. `place` tells the events of one visit apart. */
export function pageEvent(
  x: CustomerTruth,
  visit: Visit,
  place: number,
  move: VisitMove & { kind: 'event' },
  at: Millis,
): EventInput {
  return visitEvent(x, visit, String(place), move.name, at, move.page, {
    products: move.lines.map((line) => productOf(line)),
    properties: move.properties,
  });
}

/** The decision that a page asks for, right behind its event; undefined where the shop has no place to fill. */
export function shopDecideStep(
  x: CustomerTruth,
  visit: Visit,
  page: ShopPage,
  event: EventInput,
): ShopDecideStep | undefined {
  const placement = placementOf(page, visit.channel);
  if (placement === undefined || visit.channel === 'store') return undefined;
  return {
    kind: 'decide',
    at: event.occurredAt,
    customer: x.index,
    requestId: `${event.id}-decide`,
    identifiers: event.identifiers,
    placement,
    channel: visit.channel,
    sessionId: event.sessionId,
    timeZone: x.zone,
    locale: x.locale,
    productId: event.products[0]?.productId ?? '',
  };
}

/** A decision that no page asks for: by the ad network, or by the shop's own people for outreach (`placement` ''). */
export function awayDecideStep(
  x: CustomerTruth,
  placement: string,
  requestId: string,
  at: Millis,
): ShopDecideStep {
  return {
    kind: 'decide',
    at,
    customer: x.index,
    requestId,
    identifiers: shopperIdentifiers(x),
    placement,
    channel: '',
    sessionId: '',
    timeZone: x.zone,
    locale: x.locale,
    productId: '',
  };
}

/** An account comes with consent: an event for each channel that the customer agreed to. */
export function consentEvents(x: CustomerTruth, visit: Visit, at: Millis): EventInput[] {
  return CHANNELS.filter((_, channel) => consents(x, channel)).map((channel) =>
    visitEvent(x, visit, `consent-${channel}`, 'Consent Updated', at, 'account', {
      properties: { channel, purpose: 'marketing', granted: true },
    }),
  );
}

export function orderEvent(
  x: CustomerTruth,
  visit: Visit,
  lines: readonly Line[],
  bill: Bill,
  at: Millis,
): EventInput {
  return visitEvent(x, visit, 'order', 'Order Completed', at, 'checkout', {
    products: lines.map((line) => productOf(line, bill.coupon)),
    order: makeOrder({
      orderId: orderIdOf(visit),
      total: bill.total,
      revenue: bill.revenue,
      shipping: bill.shipping,
      discount: bill.discount,
      coupon: bill.coupon,
    }),
  });
}

/** One line comes back, for what was paid for it. */
export function refundEvent(
  x: CustomerTruth,
  visit: Visit,
  line: Line,
  paid: number,
  at: Millis,
): EventInput {
  return visitEvent(x, visit, 'refund', 'Order Refunded', at, '', {
    products: [{ ...productOf(line), price: paid }],
    order: makeOrder({ orderId: orderIdOf(visit), total: paid, revenue: paid }),
  });
}

/** What was paid for a line of a bill: its price less its share of the discount. */
export function paidFor(line: Line, bill: Bill): number {
  const goods = bill.revenue + bill.discount;
  return goods === 0 ? 0 : cents((line.product.price * bill.revenue) / goods);
}

function orderIdOf(visit: Visit): string {
  return `o${visit.customer}-${visit.number}`;
}

function visitEvent(
  x: CustomerTruth,
  visit: Visit,
  place: string,
  name: string,
  at: Millis,
  page: string,
  more: Partial<EventInput>,
): EventInput {
  return makeEvent({
    id: `${x.index}-${visit.number}-${place}`,
    source: `shop-${visit.channel}`,
    identifiers: visit.identifiers,
    name,
    occurredAt: at,
    channel: visit.channel,
    sessionId: `s${x.index}-${visit.number}`,
    context: contextOf(x, page, visit.channel),
    ...more,
  });
}

function productOf({ product, size }: Line, coupon = '') {
  return makeProduct({
    productId: product.productId,
    sku: size === '' ? product.productId : `${product.productId}-${size}`,
    size,
    category: product.category,
    brand: product.brand,
    price: product.price,
    quantity: 1,
    coupon,
  });
}
