import type {
  EventContextInput,
  EventInput,
  IdentifierInput,
  OrderInput,
  ProductInput,
} from '../../core/event/event-input.ts';
import { understandEvent } from '../../core/event/understand-event.ts';
import { malformedIdentifiers } from '../../core/identity/usable-identifiers.ts';
import { EVENT_BODY, EVENT_BODY_0_2 } from './body-shape.ts';
import { checkIdentifiers, readIdentifier } from './identifier-field.ts';
import { boundedProducts, readOrder, readProduct } from './product-field.ts';
import { checkProperties, noProperties, type Properties, readProperty } from './property-field.ts';
import { readTime } from './time-field.ts';
import type { WireReader } from './wire-reader.ts';

const NO_PRODUCTS: readonly ProductInput[] = [];

/** Reads the fields of an attune.v1.Event to the end of the message that was entered. */
export function readEvent(reader: WireReader): EventInput {
  const start = reader.at;
  let id = '';
  let source = '';
  const oddMark = reader.oddMark();
  const identifiers: IdentifierInput[] = [];
  let identifierCount = 0;
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
  let sentAt: number | undefined;
  let receivedAt: number | undefined;
  let sentId: string | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        sentId = reader.wholeId(128);
        id = reader.cutId('id', 128);
        break;
      case 18:
        source = reader.cutId('source', 64);
        break;
      case 26:
        readIdentifier(reader, identifiers);
        identifierCount++;
        break;
      case 34:
        name = reader.cutWord('name', 64);
        break;
      case 42:
        occurredAt = readTime(reader, 'occurred_at');
        timed = true;
        break;
      case 50:
        channel = reader.cutWord('channel', 32);
        break;
      case 58:
        sessionId = reader.cutId('session_id', 64);
        break;
      case 66:
        products ??= [];
        readProduct(reader, products);
        break;
      case 74:
        order = readOrder(reader);
        break;
      case 82:
        currency = reader.cutWord('currency', 64);
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
      case 114:
        sentAt = readTime(reader, 'sent_at');
        break;
      case 122:
        receivedAt = readTime(reader, 'received_at');
        break;
      default:
        reader.skip(tag);
    }
  }
  const event: EventInput = {
    id,
    source,
    identifiers,
    name,
    occurredAt,
    channel,
    sessionId,
    products: products === undefined ? NO_PRODUCTS : boundedProducts(reader, products),
    order,
    currency,
    properties,
    context,
    historical,
    ...(sentAt !== undefined && { sentAt }),
    ...(receivedAt !== undefined && { receivedAt }),
    ...(sentId !== undefined && { sentId }),
    bodyHash: reader.hashFrom(start, EVENT_BODY),
    ...((identifiers.length > 1 || (products?.length ?? 0) > 1) && {
      olderBodyHash: reader.hashFrom(start, EVENT_BODY_0_2),
    }),
  };
  if (reader.malformed) return event;
  check(reader, event, timed);
  checkProperties(reader, entries);
  if (identifierCount > identifiers.length) {
    const sentence = `holds more than ${identifiers.length}; those behind were not looked at`;
    reader.warn('identifiers', 'repeated.max_items', identifierCount, sentence);
  }
  const understood = understandEvent(event, reader);
  const warnings = reader.takeWarnings(oddMark);
  return warnings === undefined ? understood : { ...understood, warnings };
}

function check(reader: WireReader, event: EventInput, timed: boolean): void {
  if (event.id === '') reader.fault('id', 'string.min_len', '');
  if (event.source === '') reader.fault('source', 'string.min_len', '');
  checkIdentifiers(reader, event.identifiers);
  for (const { field, rule, value, message } of malformedIdentifiers(event.identifiers)) {
    reader.fault(field, rule, value, message.slice(field.length + 3, -1));
  }
  if (event.name === '') reader.fault('name', 'string.min_len', '');
  if (!timed) reader.fault('occurred_at', 'required', '');
}

function readContext(reader: WireReader): EventContextInput {
  const outer = reader.enter();
  const mark = reader.mark();
  const oddMark = reader.oddMark();
  let timeZone = '';
  let locale = '';
  let device = '';
  let page = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) timeZone = reader.cutWord('time_zone', 64).trim();
    else if (tag === 18) locale = reader.cutWord('locale', 35).trim();
    else if (tag === 26) device = reader.cutWord('device', 64);
    else if (tag === 34) page = reader.cutText('page', 512);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (reader.mark() > mark) reader.within(mark, 'context');
  if (reader.oddMark() > oddMark) reader.oddWithin(oddMark, 'context');
  return { timeZone, locale, device, page };
}
