/**
 * Segment's `track` call as an event. What the contract has a field for goes there; every other plain property is kept
 * under its name; nested ones have no place in the contract and are counted. Addresses and numbers are hashed here: the
 * service never sees them.
 */
import { createHash } from 'node:crypto';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import { isObject, type JsonObject, numberOf, textOf } from './json-value.ts';
import { propertyValue } from './property-value.ts';

export interface SegmentSetting {
  readonly source: string;
  /** Identifier kind of `userId`. */
  readonly userKind: string;
}

/** Read into fields of their own, so no properties. */
const READ: ReadonlySet<string> = new Set(
  (
    'products product_id sku variant size category brand price quantity coupon name image_url url ' +
    'order_id total revenue shipping tax discount currency'
  ).split(' '),
);

/** What an order's amounts stand in. */
const ORDER_EVENTS: ReadonlySet<string> = new Set(['Order Completed', 'Order Refunded', 'Order Cancelled']);

/** Segment's calls other than track: every export has some between its track calls, and none of them is an event. */
const OTHER_CALLS: ReadonlySet<string> = new Set(['identify', 'page', 'screen', 'group', 'alias']);

/** One of Segment's calls that is none of an event. */
export function isOtherCall(call: JsonObject): boolean {
  return typeof call.type === 'string' && OTHER_CALLS.has(call.type);
}

/** The event of a track call. Throws an Error with a sentence when it cannot be one. */
export function segmentEvent(call: JsonObject, { source, userKind }: SegmentSetting): EventInit {
  if (call.type !== 'track')
    throw new Error(`type ${JSON.stringify(call.type)} is not an event: only "track" is`);
  const name = textOf(call.event);
  if (name === '') throw new Error('a track call needs "event", the name of what happened');
  const properties = isObject(call.properties) ? call.properties : {};
  const context = isObject(call.context) ? call.context : {};
  const identifiers = identifiersOf(call, context, userKind);
  if (identifiers.length === 0) throw new Error('a track call needs "userId" or "anonymousId"');
  const isOrder = ORDER_EVENTS.has(name);
  return {
    id: textOf(call.messageId),
    source,
    identifiers,
    name,
    ...occurred(call),
    channel: channelOf(call, context),
    sessionId: textOf(context.sessionId),
    products: productsOf(properties),
    ...(isOrder ? { order: orderOf(properties) } : {}),
    currency: textOf(properties.currency),
    properties: otherProperties(properties, isOrder),
    context: {
      timeZone: textOf(context.timezone),
      locale: textOf(context.locale),
      device: deviceOf(context),
      page: pageOf(context),
    },
  };
}

function occurred(call: JsonObject): Pick<EventInit, 'occurredAt'> {
  const text = textOf(call.timestamp) || textOf(call.originalTimestamp);
  if (text === '') return {};
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new Error(`timestamp ${JSON.stringify(text)} is not an ISO 8601 time`);
  return { occurredAt: timestampFromDate(at) };
}

function identifiersOf(
  call: JsonObject,
  context: JsonObject,
  userKind: string,
): { kind: string; value: string }[] {
  const traits = isObject(context.traits) ? context.traits : {};
  const device = isObject(context.device) ? context.device : {};
  const email = textOf(traits.email).trim().toLowerCase();
  const phone = textOf(traits.phone).replaceAll(/[^+\d]/g, '');
  const keys: readonly (readonly [string, string])[] = [
    [userKind, textOf(call.userId)],
    ['email_sha256', email === '' ? '' : sha256(email)],
    ['phone_sha256', phone === '' ? '' : sha256(phone)],
    ['push_token', textOf(device.token)],
    ['anonymous', textOf(call.anonymousId)],
  ];
  return keys.filter(([, value]) => value !== '').map(([kind, value]) => ({ kind, value }));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function productsOf(properties: JsonObject): NonNullable<EventInit['products']> {
  const { products } = properties;
  if (Array.isArray(products)) return products.filter(isObject).map(productOf);
  // Product Viewed and its like carry their one product flat.
  return textOf(properties.product_id) === '' && textOf(properties.sku) === '' ? [] : [productOf(properties)];
}

function productOf(product: JsonObject): NonNullable<EventInit['products']>[number] {
  const price = numberOf(product.price);
  return {
    productId: textOf(product.product_id) || textOf(product.sku),
    sku: textOf(product.sku),
    variant: textOf(product.variant),
    size: textOf(product.size),
    category: textOf(product.category),
    brand: textOf(product.brand),
    ...(price === undefined ? {} : { price }),
    quantity: numberOf(product.quantity) ?? 0,
    coupon: textOf(product.coupon),
  };
}

function orderOf(properties: JsonObject): NonNullable<EventInit['order']> {
  const amount = (name: string): number => numberOf(properties[name]) ?? 0;
  const [shipping, tax, total] = [amount('shipping'), amount('tax'), amount('total')];
  const revenue = numberOf(properties.revenue) ?? total - shipping - tax;
  return {
    orderId: textOf(properties.order_id),
    total: total === 0 ? revenue + shipping + tax : total,
    revenue,
    shipping,
    tax,
    discount: amount('discount'),
    coupon: textOf(properties.coupon),
  };
}

function otherProperties(properties: JsonObject, isOrder: boolean): NonNullable<EventInit['properties']> {
  const others: NonNullable<EventInit['properties']> = {};
  for (const [name, value] of Object.entries(properties)) {
    // Outside of an order a coupon is what the customer typed, and an amount what they were shown.
    if (READ.has(name) && (isOrder || !(name === 'coupon' || name === 'shipping'))) continue;
    const kept = propertyValue(value);
    if (kept !== undefined) others[name] = kept;
  }
  return others;
}

function channelOf(call: JsonObject, context: JsonObject): string {
  const library = isObject(context.library) ? textOf(context.library.name) : '';
  const channel = textOf(call.channel);
  if (channel === 'mobile' || /ios|android|swift|kotlin|react-native/i.test(library)) return 'app';
  if (channel === 'browser' || /analytics\.js|javascript/i.test(library) || isObject(context.page))
    return 'web';
  // Segment's "server" says nothing about where the customer was; any other name is the sender's own, such as "store".
  return channel === 'server' ? '' : channel;
}

function deviceOf(context: JsonObject): string {
  return isObject(context.device) ? textOf(context.device.type) : '';
}

function pageOf(context: JsonObject): string {
  const { page, screen } = context;
  if (isObject(page)) return textOf(page.path) || textOf(page.url);
  return isObject(screen) ? textOf(screen.name) : '';
}
