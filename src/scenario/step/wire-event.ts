import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import type { ProductInit } from '../../client/upsert-products.ts';
import type { ScenarioEvent, ScenarioProduct } from '../file/shape-event.ts';
import type { ScenarioCustomer } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

/** One event as the client sends it. `at`: when it happened. */
export function scenarioEventInit(
  event: ScenarioEvent,
  customer: ScenarioCustomer,
  id: string,
  at: number,
): EventInit {
  const order = event.order;
  return {
    id,
    source: event.source ?? 'scenario',
    identifiers: wireIdentifiers(event.identifiers ?? customer.identifiers),
    name: event.event,
    occurredAt: timestampFromMs(at),
    channel: event.channel ?? 'web',
    sessionId: event.session ?? '',
    products: listOf(event.products).flatMap((product) =>
      typeof product === 'string'
        ? { productId: product }
        : Array.from({ length: product.times ?? 1 }, (_, n) => ({
            productId:
              product.times === undefined
                ? product.product_id
                : product.product_id.replaceAll('{n}', String(n)),
            sku: product.sku ?? '',
            variant: product.variant ?? '',
            size: product.size ?? '',
            category: product.category ?? '',
            brand: product.brand ?? '',
            quantity: product.quantity ?? 0,
            coupon: product.coupon ?? '',
            ...(product.price === undefined ? {} : { price: product.price }),
          })),
    ),
    ...(order === undefined
      ? {}
      : {
          order: {
            orderId: order.order_id,
            ...(order.total === undefined ? {} : { total: order.total }),
            ...(order.revenue === undefined ? {} : { revenue: order.revenue }),
            ...(order.shipping === undefined ? {} : { shipping: order.shipping }),
            ...(order.tax === undefined ? {} : { tax: order.tax }),
            ...(order.discount === undefined ? {} : { discount: order.discount }),
            coupon: order.coupon ?? '',
            refundId: order.refund_id ?? '',
          },
        }),
    currency: event.currency ?? '',
    properties: propertiesOf(event.properties ?? {}),
    context: {
      timeZone: zoneOf(event.time_zone, customer),
      locale: customer.locale ?? '',
      page: event.page ?? '',
    },
    historical: event.historical ?? false,
  };
}

type Scalar = string | number | boolean;

function propertiesOf(properties: Readonly<Record<string, Scalar>>): NonNullable<EventInit['properties']> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      {
        kind:
          typeof value === 'string'
            ? { case: 'stringValue' as const, value }
            : typeof value === 'number'
              ? { case: 'doubleValue' as const, value }
              : { case: 'boolValue' as const, value },
      },
    ]),
  );
}

/** One product as the client sends it. */
export function productInit(id: string, product: ScenarioProduct): ProductInit {
  const { sizes, stock, ...fields } = product;
  const variants =
    sizes === undefined
      ? stock === undefined
        ? []
        : [{ sku: id, size: '', stock }]
      : Object.entries(sizes).map(([size, left]) => ({ sku: `${id}-${size}`, size, stock: left }));
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { productId: id, ...given, variants };
}

/** The zone that a step names, or the customer's; '' where it says that there is none. */
export function zoneOf(zone: string | null | undefined, customer: ScenarioCustomer): string {
  return zone === null ? '' : (zone ?? customer.time_zone ?? '');
}
