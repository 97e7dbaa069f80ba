import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInput, OrderInput } from '../../core/event/event-input.ts';
import { type Event, EventSchema } from '../../gen/attune/v1/event_pb.ts';

/** The message of an event as core knows it. */
export function eventMessage(event: EventInput): Event {
  const properties: Record<string, { kind: PropertyKind }> = {};
  for (const [name, value] of Object.entries(event.properties ?? {}))
    properties[name] = { kind: kindOf(value) };
  return create(EventSchema, {
    id: event.id,
    source: event.source,
    identifiers: event.identifiers.map(({ kind, value }) => ({ kind, value })),
    name: event.name,
    occurredAt: timestampFromMs(event.occurredAt),
    channel: event.channel,
    sessionId: event.sessionId,
    products: event.products.map(({ price, ...product }) =>
      Number.isNaN(price) ? product : { ...product, price },
    ),
    ...(event.order ? { order: orderMessage(event.order) } : {}),
    currency: event.currency,
    properties,
    ...(event.context ? { context: { ...event.context } } : {}),
    historical: event.historical,
  });
}

/** An amount that was not given is absent. */
function orderMessage({ orderId, coupon, refundId, ...amounts }: OrderInput) {
  const given = Object.entries(amounts).filter(([, amount]) => !Number.isNaN(amount));
  return { orderId, coupon, refundId, ...Object.fromEntries(given) };
}

type PropertyKind =
  | { case: 'stringValue'; value: string }
  | { case: 'doubleValue'; value: number }
  | { case: 'boolValue'; value: boolean };

function kindOf(value: string | number | boolean): PropertyKind {
  if (typeof value === 'string') return { case: 'stringValue', value };
  if (typeof value === 'number') return { case: 'doubleValue', value };
  return { case: 'boolValue', value };
}
