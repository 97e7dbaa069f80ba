import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { PropertyValue } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

const PROPERTIES_MAX = REQUEST_BOUNDS.propertiesPerEventMax;
const KEY_BYTES_MAX = 64;
const TEXT_BYTES_MAX = 1_024;
/** A list of products as JSON text: an order's lines are no detail. */
const LIST_BYTES_MAX = 262_144;
const NUMBER_MAX = 1e15;

/**
 * Kept wherever they stand, because maps have no order: an order or a consent is not lost for a surplus of other properties. In the
 * spellings of Segment and GA4, so that their number is bounded.
 */
const DECISIVE: ReadonlySet<string> = new Set(
  (
    'order_id orderId transaction_id order_number total revenue subtotal value shipping tax discount coupon currency refund_id ' +
    'refundId products items product_id productId item_id price quantity size variant channel purpose granted ' +
    'case_id caseId ticket_id ticketId complaint_id complaintId'
  ).split(' '),
);

/** Properties while they are read: what came later under one name replaces what came before. */
export type Properties = Record<string, PropertyValue>;

/** A place for properties; has no prototype, so that any name is an ordinary one. */
export function noProperties(): Properties {
  return Object.create(null) as Properties;
}

/**
 * Reads the entry of Event.properties that has `before` before it. What cannot be kept is dropped with a warning: entries beyond the
 * bound that say nothing decisive, without a name or a value, with a name that is too long or a number that is none. A long text is cut.
 */
export function readProperty(reader: WireReader, into: Properties, before: number): void {
  const outer = reader.enter();
  const mark = reader.mark();
  const oddMark = reader.oddMark();
  let key = '';
  let value: PropertyValue | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = reader.headWord('', KEY_BYTES_MAX + 4);
    else if (tag === 18) value = readValue(reader, isList(key));
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (reader.malformed) return;
  if (before >= PROPERTIES_MAX && !DECISIVE.has(key)) {
    reader.takeWarnings(oddMark);
    reader.takeFrom(mark);
    return;
  }
  if (key === '') reader.warn('', 'string.min_len', '', 'has no name and was dropped');
  else if (key.length > KEY_BYTES_MAX || Buffer.byteLength(key) > KEY_BYTES_MAX) {
    reader.warn(
      '',
      'string.max_bytes',
      key,
      `has a name of more than ${KEY_BYTES_MAX} bytes and was dropped`,
    );
  } else if (value === undefined) reader.warn('kind', 'required', '', 'is not set; the property was dropped');
  else into[key] = typeof value === 'number' ? numberOf(reader, value) : value;
  const path = `properties[${JSON.stringify(key)}]`;
  if (reader.mark() > mark) reader.within(mark, path);
  if (reader.oddMark() > oddMark) reader.oddWithin(oddMark, path);
}

/** Warns of entries beyond the bound; a name that came twice counts twice. */
export function checkProperties(reader: WireReader, entries: number): void {
  if (entries <= PROPERTIES_MAX) return;
  const sentence = `holds more than ${PROPERTIES_MAX}; those behind were dropped`;
  reader.warn('properties', 'map.max_pairs', entries, sentence);
}

function isList(key: string): boolean {
  return key === 'products' || key === 'items';
}

function readValue(reader: WireReader, list: boolean): PropertyValue | undefined {
  const outer = reader.enter();
  let value: PropertyValue | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) value = reader.cutText('string_value', list ? LIST_BYTES_MAX : TEXT_BYTES_MAX);
    else if (tag === 17) value = reader.double();
    else if (tag === 24) value = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

/** Kept as it is, also where it is no amount: whoever reads it as one refuses it then. */
function numberOf(reader: WireReader, value: number): number {
  if (!(value >= -NUMBER_MAX && value <= NUMBER_MAX)) {
    reader.warn('double_value', 'double.gte_lte', value, 'is not from -1e15 to 1e15 and counts as nothing');
    return Number.NaN;
  }
  return value;
}
