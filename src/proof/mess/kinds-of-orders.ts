/** What several systems make of one order: told twice, in parts, edited, taken back before it came. All of it is understood. */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import type { Mess, MessKind } from './mess.ts';
import { type MessageOnItsWay, occurredAt, stamp } from './message-on-its-way.ts';

/** What one unit of it is in the shop's currency: a power of two, so that no cent is lost on the way. */
export const RATE = { currency: 'EUR', rate: 0.5 } as const;

const toldTwice: MessKind = {
  name: 'second source without lines',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed');
    if (message === undefined) return;
    mess.mark(message);
    const by = mess.between(0, 2 * HOUR_MS);
    const other = mess.add(message, message.at + by, (event) => {
      bySource(event, 'erp');
      event.products = [];
      event.channel = '';
      event.context = undefined;
    });
    if (mess.rng.float() < 0.5) message.at = other.at + mess.between(1, HOUR_MS);
  },
};

const toldInParts: MessKind = {
  name: 'lines told by two sources',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(({ event }) => event.name === 'Order Completed' && event.products.length > 1);
    if (message === undefined) return;
    mess.mark(message);
    const lines = message.event.products;
    const cut = 1 + mess.rng.intBelow(lines.length - 1);
    mess.add(message, message.at + mess.between(0, HOUR_MS), (event) => {
      bySource(event, 'marketplace');
      event.products = lines.slice(cut);
    });
    message.event.products = lines.slice(0, cut);
  },
};

const edited: MessKind = {
  name: 'told with fewer lines, then edited',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(
      ({ event }) =>
        event.name === 'Order Completed' && event.products.length > 1 && event.order !== undefined,
    );
    if (message === undefined) return;
    mess.mark(message);
    mess.add(message, message.at, (event) => {
      event.id = `${event.id}-draft`;
      event.products.pop();
      if (event.order === undefined) return;
      event.order.revenue = cents(
        event.products.reduce((sum, line) => sum + (line.price ?? 0) * line.quantity, 0),
      );
      event.order.total = event.order.revenue;
      event.order.discount = 0;
    });
    // The order was placed when it was told first; the edit comes behind it.
    message.at += 30 * SECOND_MS;
    stamp(message.event, message.at);
  },
};

const refundedTwice: MessKind = {
  name: 'refund told by two systems',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Refunded');
    if (message === undefined) return;
    mess.mark(message);
    mess.add(message, message.at + mess.between(MINUTE_MS, 48 * HOUR_MS), (event) => {
      bySource(event, 'payments');
      stamp(event, occurredAt(event) + mess.between(0, MINUTE_MS));
    });
  },
};

const refundOfOneId: MessKind = {
  name: 'refund of one id told twice by one system',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Refunded');
    if (message?.event.order === undefined) return;
    mess.mark(message);
    message.event.order.refundId = `r-${message.event.id}`;
    mess.add(message, message.at + mess.between(MINUTE_MS, 48 * HOUR_MS), (event) => {
      event.id = `${event.id}-again`;
    });
  },
};

const cancelledFirst: MessKind = {
  name: 'cancellation ahead of its order',
  owed: 'understood',
  into: (mess) => behind(mess, 'Order Cancelled'),
};

const refundedFirst: MessKind = {
  name: 'refund ahead of its order',
  owed: 'understood',
  into: (mess) => behind(mess, 'Order Refunded'),
};

const lateCheckout: MessKind = {
  name: 'checkout and cart behind the order',
  owed: 'understood',
  into: (mess) => {
    const order = mess.any(({ event }) => event.name === 'Order Completed');
    if (order === undefined) return;
    const at = occurredAt(order.event);
    for (const message of mess.messages) {
      const happened = occurredAt(message.event);
      const isBefore = happened <= at && happened > at - HOUR_MS;
      if (!isBefore || !['Checkout Started', 'Product Added', 'Product Removed'].includes(message.event.name))
        continue;
      message.at = Math.max(message.at, order.at + mess.between(1, HOUR_MS));
      mess.note(message);
    }
  },
};

const removedFirst: MessKind = {
  name: 'removed before added',
  owed: 'understood',
  into: (mess) => {
    const removal = mess.any(({ event }) => event.name === 'Product Removed');
    const line = removal?.event.products[0];
    if (removal === undefined || line === undefined) return;
    for (const message of mess.messages) {
      const [added] = message.event.products;
      const isAdded =
        message.event.name === 'Product Added' &&
        added?.productId === line.productId &&
        added.size === line.size;
      const before = occurredAt(removal.event) - occurredAt(message.event);
      if (!isAdded || before < 0 || before > HOUR_MS) continue;
      message.at = Math.max(message.at, removal.at + mess.between(1, MINUTE_MS));
      mess.note(message);
    }
  },
};

const currency: MessKind = {
  name: 'currency with a rate',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed', 'Product Added');
    if (message === undefined) return;
    mess.mark(message);
    const { event } = message;
    event.currency = RATE.currency;
    for (const line of event.products)
      if (line.price !== undefined) line.price = cents(line.price / RATE.rate);
    const { order } = event;
    if (order === undefined) return;
    for (const field of ['total', 'revenue', 'shipping', 'discount'] as const)
      order[field] = cents((order[field] ?? 0) / RATE.rate);
  },
};

/** Delays the order behind what takes it back. */
function behind(mess: Mess, name: string): void {
  const taken = mess.any(({ event }) => event.name === name);
  const orders = mess.messages.filter((message) => isOrderOf(message, taken));
  if (taken === undefined || orders.length === 0) return;
  for (const order of orders) {
    order.at = Math.max(order.at, taken.at + mess.between(1, HOUR_MS));
    mess.note(order);
  }
}

function isOrderOf({ event }: MessageOnItsWay, taken: MessageOnItsWay | undefined): boolean {
  return event.name === 'Order Completed' && event.order?.orderId === taken?.event.order?.orderId;
}

/** The event as another system tells it, under an id of its own. */
function bySource(event: Event, source: string): void {
  event.id = `${source}-${event.id}`;
  event.source = source;
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

export const KINDS_OF_ORDERS: readonly MessKind[] = [
  toldTwice,
  toldInParts,
  edited,
  refundedTwice,
  refundOfOneId,
  cancelledFirst,
  refundedFirst,
  lateCheckout,
  removedFirst,
  currency,
];
