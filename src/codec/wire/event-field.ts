import type {
  EventContextInput,
  EventInput,
  IdentifierInput,
  OrderInput,
  ProductInput,
} from '../../core/event/event-input.ts';
import { EVENT_BODY } from './body-hash.ts';
import { checkIdentifiers, readIdentifier } from './identifier-field.ts';
import { checkProducts, readOrder, readProduct } from './product-field.ts';
import { checkProperties, noProperties, type Properties, readProperty } from './property-field.ts';
import { readTime } from './time-field.ts';
import type { WireReader } from './wire-reader.ts';

const NEEDS_PRODUCTS = 1;
const NEEDS_ORDER = 2;
const NEEDS_CONSENT = 4;
const NO_PRODUCTS: readonly ProductInput[] = [];

/** What a known name requires, as the message rules of attune.v1.Event say. */
const needs: ReadonlyMap<string, number> = new Map([
  ['Product Viewed', NEEDS_PRODUCTS],
  ['Product Clicked', NEEDS_PRODUCTS],
  ['Product Added', NEEDS_PRODUCTS],
  ['Product Removed', NEEDS_PRODUCTS],
  ['Product Added to Wishlist', NEEDS_PRODUCTS],
  ['Size Guide Viewed', NEEDS_PRODUCTS],
  ['Variant Unavailable', NEEDS_PRODUCTS],
  ['Order Completed', NEEDS_ORDER],
  ['Order Refunded', NEEDS_ORDER],
  ['Order Cancelled', NEEDS_ORDER],
  ['Consent Updated', NEEDS_CONSENT],
]);

/** Reads the fields of an attune.v1.Event to the end of the message that was entered. */
export function readEvent(reader: WireReader): EventInput {
  const start = reader.at;
  let id = '';
  let source = '';
  const identifiers: IdentifierInput[] = [];
  let name = '';
  let occurredAt = 0;
  let timed = false;
  let channel = '';
  let sessionId = '';
  let products: ProductInput[] | undefined;
  let order: OrderInput | undefined;
  let currency = '';
  let properties: Properties | undefined;
  let entries = 0;
  let context: EventContextInput | undefined;
  let historical = false;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        id = reader.text('id', 128);
        break;
      case 18:
        source = reader.word('source', 64);
        break;
      case 26:
        readIdentifier(reader, identifiers);
        break;
      case 34:
        name = reader.word('name', 64);
        break;
      case 42:
        occurredAt = readTime(reader, 'occurred_at');
        timed = true;
        break;
      case 50:
        channel = reader.word('channel', 32);
        break;
      case 58:
        sessionId = reader.text('session_id', 64);
        break;
      case 66:
        products ??= [];
        readProduct(reader, products);
        break;
      case 74:
        order = readOrder(reader);
        break;
      case 82:
        currency = reader.word('currency', Number.POSITIVE_INFINITY);
        break;
      case 90:
        properties ??= noProperties();
        readProperty(reader, properties, entries++);
        break;
      case 98:
        context = readContext(reader);
        break;
      case 104:
        historical = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  const event = {
    id,
    source,
    identifiers,
    name,
    occurredAt,
    channel,
    sessionId,
    products: products ?? NO_PRODUCTS,
    order,
    currency,
    // An undefined value is a violation, so a valid event has none.
    properties: properties as EventInput['properties'],
    context,
    historical,
    bodyHash: reader.hashFrom(start, EVENT_BODY),
  };
  if (!reader.malformed) check(reader, event, timed, entries);
  return event;
}

function check(reader: WireReader, event: EventInput, timed: boolean, entries: number): void {
  if (event.id === '') reader.fault('id', 'string.min_len', '');
  if (event.source === '') reader.fault('source', 'string.min_len', '');
  checkIdentifiers(reader, event.identifiers);
  if (event.name === '') reader.fault('name', 'string.min_len', '');
  if (!timed) reader.fault('occurred_at', 'required', '');
  checkProducts(reader, event.products);
  if (event.currency !== '' && !isCurrency(event.currency)) {
    reader.fault('currency', 'string.pattern', event.currency, 'must be three capital letters');
  }
  checkProperties(reader, entries);
  const need = needs.get(event.name);
  if (need === undefined) return;
  if (need === NEEDS_PRODUCTS && event.products.length === 0) {
    reader.fault('', 'event.products_required', '');
  } else if (need === NEEDS_ORDER && event.order === undefined) {
    reader.fault('', 'event.order_required', '');
  } else if (need === NEEDS_CONSENT && !saysConsent(event.properties)) {
    reader.fault('', 'event.consent_properties', '');
  }
}

function saysConsent(properties: EventInput['properties']): boolean {
  if (properties === undefined) return false;
  const { channel, purpose, granted } = properties;
  return (
    typeof channel === 'string' &&
    channel !== '' &&
    (purpose === 'marketing' || purpose === 'service') &&
    typeof granted === 'boolean'
  );
}

/** `^[A-Z]{3}$` */
function isCurrency(code: string): boolean {
  if (code.length !== 3) return false;
  for (let i = 0; i < 3; i++) {
    const letter = code.charCodeAt(i);
    if (letter < 0x41 || letter > 0x5a) return false;
  }
  return true;
}

function readContext(reader: WireReader): EventContextInput {
  const outer = reader.enter();
  const mark = reader.mark();
  let timeZone = '';
  let locale = '';
  let device = '';
  let page = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) timeZone = reader.word('time_zone', 64);
    else if (tag === 18) locale = reader.word('locale', 35);
    else if (tag === 26) device = reader.word('device', 64);
    else if (tag === 34) page = reader.text('page', 512);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (reader.mark() > mark) reader.within(mark, 'context');
  return { timeZone, locale, device, page };
}
