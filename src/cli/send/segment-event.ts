/**
 * Segment's `track` call as an event, and its `identify` call as `Profile Updated`. What the contract has a field for goes there; every other plain property is kept
 * under its name; nested ones have no place in the contract. Addresses and numbers are hashed here: the service never sees
 * them. What is decisive and cannot be read is refused, what is not is told and left out.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import { isObject, type JsonObject } from '../json-line.ts';
import { isProfileEvent, PROFILE_UPDATED, profileProperties } from './profile-properties.ts';
import { propertyValue } from './property-value.ts';
import { type IdentifierSetting, segmentIdentifiers } from './read-identifiers.ts';
import { isOrderEvent, orderOfCall } from './read-order.ts';
import { isEmptyList, NO_PRODUCTS, readProducts } from './read-products.ts';
import { instantIn, textIn, textOf } from './read-value.ts';
import { currencyOfAmounts } from './said-currency.ts';

export interface SegmentSetting extends IdentifierSetting {
  readonly source: string;
}

/** Read into fields of their own, so no properties. */
const READ: ReadonlySet<string> = new Set(
  (
    'products items product_id productId item_id sku variant size category brand price quantity coupon name image_url url ' +
    'order_id orderId transaction_id refund_id refundId total revenue shipping tax discount currency'
  ).split(' '),
);

/**
 * Kept as properties outside of an order: a coupon is what the customer typed then, an amount what they were shown, and the service tells
 * of an order under a name that it does not know.
 */
const OUTSIDE: ReadonlySet<string> = new Set(['coupon', 'shipping', 'order_id', 'orderId', 'transaction_id']);

/** Segment's call that tells who somebody is. */
const IDENTIFY = 'identify';

/** Its calls that tell of no event: every export has some between its track calls. */
const OTHER_CALLS: ReadonlySet<string> = new Set(['page', 'screen', 'group', 'alias']);

/** When it happened: as Segment corrected it, or as the device said; then when it arrived. */
const TIMES = ['timestamp', 'originalTimestamp', 'receivedAt'] as const;

/** One of Segment's calls: it says so, or has the name where only Segment has it. */
export function isSegmentCall(line: JsonObject): boolean {
  return 'type' in line || ('event' in line && !('name' in line));
}

/** One of Segment's calls that is none of an event; so is an identify call without traits. */
export function isOtherCall(call: JsonObject): boolean {
  if (call.type === IDENTIFY) return !isObject(call.traits) || Object.keys(call.traits).length === 0;
  return typeof call.type === 'string' && OTHER_CALLS.has(call.type);
}

/** The event of a track or identify call; `warn` is told what was left out. Throws an Error with a sentence when it cannot be one. */
export function segmentEvent(
  call: JsonObject,
  setting: SegmentSetting,
  warn: (sentence: string) => void,
): EventInit {
  if (call.type !== 'track' && call.type !== IDENTIFY && call.type !== undefined)
    throw new Error(`type ${JSON.stringify(call.type)} is not an event: only "track" and "identify" are`);
  const name = call.type === IDENTIFY ? PROFILE_UPDATED : textOf(call.event);
  if (name === '') throw new Error('a track call needs "event", the name of what happened');
  const properties = isObject(call.properties) ? call.properties : {};
  const context = isObject(call.context) ? call.context : {};
  const identifiers = segmentIdentifiers(call, context, setting, warn);
  const isOrder = isOrderEvent(name);
  const common = {
    id: textIn(call.messageId, 'messageId'),
    source: setting.source,
    identifiers,
    name,
    ...occurred(call),
    channel: channelOf(call, context),
    sessionId: textOf(context.sessionId),
    context: {
      timeZone: textOf(context.timezone),
      locale: textOf(context.locale),
      device: deviceOf(context),
      page: pageOf(context),
    },
  };
  if (isProfileEvent(name)) {
    const traits = isObject(call.traits) ? call.traits : {};
    return {
      ...common,
      properties:
        call.type === IDENTIFY
          ? profileProperties(traits, 'traits', warn)
          : profileProperties(properties, 'properties', warn),
    };
  }
  return {
    ...common,
    products: readProducts(properties, { isOrder, isAboutProduct: /product|item/i.test(name), warn }),
    ...(isOrder ? { order: orderOfCall(properties) } : {}),
    currency: currencyOfAmounts(
      properties,
      textIn(properties.currency, 'properties.currency'),
      'properties.',
    ),
    properties: {
      ...otherProperties(properties, isOrder),
      ...(isOrder && isEmptyList(properties) && NO_PRODUCTS),
    },
  };
}

/**
 * When it happened, and, where that is by the device's clock, what puts the clock right. Where Segment was (there are both
 * times), `timestamp` is right already.
 */
function occurred(call: JsonObject): Pick<EventInit, 'occurredAt' | 'sentAt' | 'receivedAt'> {
  const [timestamp, original, received] = TIMES.map((field) => instantIn(call[field], field));
  const sent = instantIn(call.sentAt, 'sentAt');
  const at = timestamp ?? original ?? received;
  if (at === undefined) return {};
  const isDevices = (timestamp === undefined) !== (original === undefined);
  return {
    occurredAt: timestampFromMs(at),
    ...(isDevices && sent !== undefined && { sentAt: timestampFromMs(sent) }),
    ...(isDevices &&
      sent !== undefined &&
      received !== undefined && { receivedAt: timestampFromMs(received) }),
  };
}

function otherProperties(properties: JsonObject, isOrder: boolean): NonNullable<EventInit['properties']> {
  const others: NonNullable<EventInit['properties']> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (READ.has(name) && (isOrder || !OUTSIDE.has(name))) continue;
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
