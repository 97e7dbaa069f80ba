import type { EventInput } from '../../core/event/event-input.ts';
import type { MessMutant } from './door.ts';
import type { MessageOnItsWay } from './message-on-its-way.ts';

const HOUR_MS = 3_600_000;

function drops(name: string, what: (event: EventInput, message: MessageOnItsWay) => boolean): MessMutant {
  return { name, hears: (event, message) => (what(event, message) ? undefined : event) };
}

/** Services with a known bug each, made anew for a run: some remember what they heard. */
export function messMutants(): MessMutant[] {
  const orders = new Set<string>();
  const carts = new Set<string>();
  let ids = 0;
  return [
    { name: 'ids are forgotten', hears: (event) => ({ ...event, id: `${event.id}-${ids++}` }) },
    {
      name: 'an order of another source is another order',
      hears: (event) =>
        event.order === undefined
          ? event
          : {
              ...event,
              order: {
                ...event.order,
                orderId: `${event.source === 'web-shop' ? '' : event.source}${event.order.orderId}`,
              },
            },
    },
    {
      name: 'a refund of another source is another refund',
      hears: (event) => (event.name === 'Order Refunded' ? { ...event, source: 'web-shop' } : event),
    },
    { name: 'what is late happens now', hears: (event, { at }) => ({ ...event, occurredAt: at }) },
    { name: 'a currency is no matter', hears: (event) => ({ ...event, currency: '' }) },
    {
      name: 'sizes are all one',
      hears: (event) => ({
        ...event,
        products: event.products.map((line) => ({ ...line, size: '', variant: '' })),
      }),
    },
    drops('a channel in other letters is acknowledged and forgotten', (_, { kinds }) =>
      kinds.includes('channel in other letters'),
    ),
    drops(
      'a no that is late is acknowledged and forgotten',
      (event, { at, kinds }) =>
        event.properties?.granted === false && kinds.length > 0 && at - event.occurredAt > HOUR_MS,
    ),
    drops('a cancellation of an unknown order is acknowledged and forgotten', (event) => {
      const key = `${event.identifiers[0]?.value} ${event.order?.orderId}`;
      if (event.name === 'Order Completed') orders.add(key);
      return event.name === 'Order Cancelled' && !orders.has(key);
    }),
    drops('what is removed before it was added is acknowledged and forgotten', (event) => {
      const key = `${event.identifiers[0]?.value} ${event.products[0]?.productId}`;
      if (event.name === 'Product Added') carts.add(key);
      return event.name === 'Product Removed' && !carts.has(key);
    }),
    drops(
      'a second telling of an order is forgotten',
      (event) => event.name === 'Order Completed' && event.source === 'marketplace',
    ),
    {
      name: 'nobody is told of a refusal',
      answers: (answer) => (answer.status === 'rejected' ? { status: 'accepted', rules: [] } : answer),
    },
    {
      name: 'nobody is told what is odd',
      answers: ({ status, rules }) => ({ status, rules: status === 'rejected' ? rules : [] }),
    },
    {
      name: 'what is odd is refused',
      answers: (answer) => (answer.rules.length > 0 ? { ...answer, status: 'rejected' } : answer),
    },
  ];
}
