/**
 * One event in the words of the contract, whatever clothes it came in: names, channels, consents and amounts as other systems
 * write them. What is decisive and not understood is a fault, so that nothing is acknowledged that has no effect; what is odd
 * and harmless is a warning. Every door comes through here.
 */

import { currencyCode } from '../../base/amount-text.ts';
import { channelWord } from './channel-word.ts';
import { proofProperties } from './consent-proof-words.ts';
import { consentChannel, consentGranted, consentPurpose, type Understood } from './consent-word.ts';
import type { EventInput, OrderInput, PropertyValue } from './event-input.ts';
import { countableLines, withLineMoney } from './event-lines.ts';
import type { EventNotes } from './event-notes.ts';
import { canonicalName, isKnownName, oneLetterFrom } from './known-names.ts';
import { MoneyNotes } from './money-notes.ts';
import { CASE_NEWS, ORDER_NEWS } from './news.ts';
import { withCase, withNewsOrder } from './news-properties.ts';
import { ORDER_ID, orderFromProperties } from './order-properties.ts';
import { productsFromProperties } from './product-properties.ts';
import { indexProperties, isNoId, propertyPath, textFrom } from './property-words.ts';
import { looksLikeRefusal, refusalProperties } from './refusal-name.ts';
import { warnOfRenewal } from './subscription-word.ts';

/** Properties that say that a consent was confirmed, by the key of their name. */
const CONFIRMED = ['confirmed', 'doubleoptin', 'doubleoptedin'];

const PRODUCTS = 1;
const ORDER = 2;
const CONSENT = 4;
const NEWS_ORDER = 8;
const CASE = 16;

/** What a known name cannot do without. */
const needs: ReadonlyMap<string, number> = new Map<string, number>([
  ['Product Viewed', PRODUCTS],
  ['Product Clicked', PRODUCTS],
  ['Product Added', PRODUCTS],
  ['Product Removed', PRODUCTS],
  ['Product Added to Wishlist', PRODUCTS],
  ['Size Guide Viewed', PRODUCTS],
  ['Variant Unavailable', PRODUCTS],
  ['Order Completed', ORDER],
  ['Order Refunded', ORDER],
  ['Order Cancelled', ORDER],
  ...ORDER_NEWS.map((name) => [name, NEWS_ORDER] as const),
  ...CASE_NEWS.map((name) => [name, CASE] as const),
  ['Consent Updated', CONSENT],
  ['Consent Confirmed', CONSENT],
]);

export function understandEvent(given: EventInput, notes: EventNotes): EventInput {
  const name = canonicalName(given.name);
  const channel = channelOf(given.channel, notes);
  const currency = currencyOf(given, notes);
  const isSame = name === given.name && channel === given.channel && currency === given.currency;
  const event = isSame ? given : { ...given, name, channel, currency };
  const need = needs.get(name);
  switch (need) {
    case PRODUCTS:
      return withCurrency(event, notes, withProducts);
    case ORDER:
      return withCurrency(event, notes, withOrder);
    case CONSENT:
      return withConsent(event, refusalProperties({ ...given, channel }), notes);
    case NEWS_ORDER:
      return withNewsOrder(event, notes);
    case CASE:
      return withCase(event, notes);
  }
  const lines = countableLines(event.products, false, notes);
  const meant = oneLetterFrom(name);
  if (meant !== undefined) {
    const sentence = `is not known and counts as activity; "${meant}" is one letter away`;
    notes.warn('name', 'event.name', name, sentence);
  } else if (!isKnownName(name) && looksLikeRefusal(name)) {
    const sentence = 'is not known and counts as activity; it refuses nothing: a no is Consent Updated';
    notes.warn('name', 'event.name', name, sentence);
  } else if (!isKnownName(name) && saysOrder(event)) {
    const sentence = 'is not known and counts as activity; its order has no effect';
    notes.warn('name', 'event.name', name, sentence);
  }
  return lines === event.products ? event : { ...event, products: lines };
}

/** Whether an event of another name is about an order all the same; a review that names the order it is about is not. */
function saysOrder({ order, name, properties }: EventInput): boolean {
  if (order !== undefined) return true;
  return (
    properties !== undefined &&
    /order|purchase/i.test(name) &&
    textFrom(indexProperties(properties), ORDER_ID) !== ''
  );
}

function channelOf(given: string, notes: EventNotes): string {
  if (given === '') return '';
  const channel = channelWord(given);
  if (channel === undefined)
    notes.warn('channel', 'event.channel', given, 'names no channel; it counts as not given');
  return channel ?? '';
}

/**
 * Three capitals, or a sign that several currencies share (`$`): `eur` and `€` are understood, any other word is refused, because amounts
 * would be taken at their number.
 */
function currencyOf({ currency, properties }: EventInput, notes: EventNotes): string {
  const said = currency === '' ? properties?.currency : currency;
  if (said === undefined || said === '') return '';
  const field = currency === '' ? 'properties["currency"]' : 'currency';
  const code = currencyCode(String(said));
  if (code !== undefined) return code;
  notes.fault(field, 'event.currency', String(said), 'must be an ISO 4217 code such as EUR');
  return '';
}

/** With the currency that its amounts name themselves ("€ 12"), where the event names none. */
function withCurrency(
  event: EventInput,
  notes: EventNotes,
  read: (event: EventInput, notes: EventNotes) => EventInput,
): EventInput {
  if (event.properties === undefined) return read(event, notes);
  const money = new MoneyNotes(notes, event.currency);
  const understood = read(event, money);
  return money.currency === event.currency ? understood : { ...understood, currency: money.currency };
}

function withProducts(event: EventInput, notes: EventNotes): EventInput {
  const given = event.products.length > 0 ? event.products : productsFromProperties(event, true, notes);
  if (given === 'refused') return event;
  const products = countableLines(given ?? event.products, false, notes);
  if (products.length === 0) {
    const sentence = `needs at least one with a product id, because the event is "${event.name}"`;
    notes.fault('products', 'event.products_required', '', sentence);
  }
  return products === event.products ? event : { ...event, products };
}

function withOrder(event: EventInput, notes: EventNotes): EventInput {
  const given = event.products.length > 0 ? event.products : productsFromProperties(event, false, notes);
  if (given === 'refused') return event;
  if (event.name === 'Order Completed') warnOfRenewal(event.properties, notes);
  const told = orderFromProperties(event, notes);
  if (told === 'refused') return event;
  const isEmptied = event.name === 'Order Completed' && given !== undefined && given.length === 0;
  const order = orderOf(told, isEmptied);
  if (order === undefined) {
    const sentence = `is required, because the event is "${event.name}"`;
    notes.fault('order', 'event.order_required', '', sentence);
  } else if (isNoId(order.orderId)) {
    const sentence = 'stands for no order: without its number an event cannot be counted once';
    notes.fault('order.order_id', 'event.order_id', order.orderId, sentence);
  } else if (order.orderId === '') {
    const sentence = 'must not be empty: without the number of its order an event cannot be counted once';
    notes.fault('order.order_id', 'event.order_id', '', sentence);
  }
  const products = countableLines(given ?? event.products, true, notes);
  if (products === event.products && order === event.order) return event;
  return withLineMoney({ ...event, products, order });
}

/** Ids without the spaces around them; a refund's that is a placeholder is none. */
function orderOf(order: OrderInput | undefined, isEmptied: boolean): OrderInput | undefined {
  if (order === undefined) return undefined;
  if (isEmptied) return { ...trimmedOrder(order), isEmptied };
  return trimmedOrder(order);
}

function trimmedOrder(order: OrderInput): OrderInput {
  const orderId = order.orderId.trim();
  const refundId = isNoId(order.refundId) ? '' : order.refundId.trim();
  if (orderId === order.orderId && refundId === order.refundId) return order;
  return { ...order, orderId, refundId };
}

/** `refusal`: what the name under which it was sent says by itself, beside its properties. */
function withConsent(event: EventInput, refusal: EventInput['properties'], notes: EventNotes): EventInput {
  const properties = refusal ?? event.properties;
  const channel = said(notes, properties, 'channel', consentChannel);
  const confirms = event.name === 'Consent Confirmed';
  const purpose =
    confirms && properties?.purpose === undefined
      ? 'marketing'
      : said(notes, properties, 'purpose', consentPurpose);
  const granted =
    confirms && properties?.granted === undefined ? true : said(notes, properties, 'granted', consentGranted);
  if (channel === undefined || purpose === undefined || granted === undefined) return event;
  if (refusal !== undefined && granted) {
    const sentence = 'says yes, and the name of the event says no: a yes is Consent Updated';
    notes.fault('properties["granted"]', 'event.consent', String(properties?.granted), sentence);
    return event;
  }
  if (confirms && !granted) {
    notes.fault(
      'properties["granted"]',
      'event.consent',
      'false',
      'must be yes, or left out: a no is Consent Updated',
    );
    return event;
  }
  const words = proofProperties(properties, notes);
  const isSame =
    refusal === undefined &&
    properties?.channel === channel &&
    properties.purpose === purpose &&
    properties.granted === granted;
  const confirmed = confirmedElsewhere(properties, notes);
  if (isSame && words === undefined && confirmed === properties.confirmed) return event;
  const { confirmed: _, ...others } = properties ?? {};
  const told = confirmed === undefined ? others : { ...others, confirmed };
  return { ...event, properties: { ...told, channel, purpose, granted, ...words } };
}

/** Of a yes that another system had confirmed before it told us: an import, or a form with a double opt-in of its own. */
function confirmedElsewhere(properties: EventInput['properties'], notes: EventNotes): boolean | undefined {
  const found = CONFIRMED.map((key) => indexProperties(properties).get(key)).find((one) => one !== undefined);
  if (found === undefined || found.value === '') return undefined;
  const read = consentGranted(found.value);
  if ('value' in read) return read.value;
  notes.fault(propertyPath(found.name), 'event.consent', String(found.value), read.refused);
  return undefined;
}

function said<T>(
  notes: EventNotes,
  properties: EventInput['properties'],
  key: string,
  understand: (value: PropertyValue | undefined) => Understood<T>,
): T | undefined {
  const value = properties?.[key];
  const found = understand(value);
  if ('value' in found) return found.value;
  notes.fault(
    `properties["${key}"]`,
    'event.consent',
    value === undefined ? '' : String(value),
    found.refused,
  );
  return undefined;
}
