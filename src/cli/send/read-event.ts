import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import type { EventInit } from '../../client/event-init.ts';
import { EventSchema } from '../../gen/attune/v1/event_pb.ts';
import { isObject, type JsonObject, parseJsonLine } from '../json-line.ts';
import { isProfileEvent, profileValue } from './profile-properties.ts';
import { ownIdentifiers } from './read-identifiers.ts';
import { isOrderEvent } from './read-order.ts';
import { isEmptyList, listIn } from './read-products.ts';
import { amountIn, instantIn, textOf } from './read-value.ts';
import type { RepeatIds } from './repeat-ids.ts';
import { currencyOfAmounts } from './said-currency.ts';
import { isOtherCall, isSegmentCall, type SegmentSetting, segmentEvent } from './segment-event.ts';

export interface ReadSetting extends SegmentSetting {
  readonly historical: boolean;
}

/** What a line came to. */
export interface ReadLine {
  /** Undefined for Segment's calls that are none of events. */
  readonly event: EventInit | undefined;
  /** What was left out of it, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The event of one line: an object with `type` is one of Segment's calls, any other is attune.v1.Event as proto-JSON, in
 * which properties may also be plain values ("size": "M"), amounts texts, and `source` may be missing. An event without an
 * id gets one from `ids`. Throws an Error with a sentence.
 */
export function readEventLine(line: string, setting: ReadSetting, ids: RepeatIds): ReadLine {
  const json = parseJsonLine(line);
  if (isOtherCall(json)) return { event: undefined, warnings: [] };
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  const read = isSegmentCall(json) ? segmentEvent(json, setting, warn) : ownEvent(json, setting, warn);
  const event = read.id ? read : { ...read, id: ids.next(json) };
  return { event: setting.historical ? { ...event, historical: true } : event, warnings };
}

const ORDER_AMOUNTS = ['total', 'revenue', 'shipping', 'tax', 'discount'];

function ownEvent(json: JsonObject, setting: ReadSetting, warn: (sentence: string) => void): EventInit {
  const { properties, products, order, identifiers } = json;
  for (const field of ['occurredAt', 'occurred_at', 'sentAt', 'sent_at', 'receivedAt', 'received_at'])
    instantIn(json[field], field);
  const isEmptied = isOrderEvent(textOf(json.name)) && isEmptyList(json);
  const currency = currencyOfAmounts({ order, products }, textOf(json.currency), '');
  const wire = {
    source: setting.source,
    ...json,
    ...(currency !== '' && { currency }),
    ...(Array.isArray(identifiers) ? { identifiers: ownIdentifiers(identifiers, setting, warn) } : {}),
    ...(products === undefined || products === null
      ? {}
      : {
          products: listIn(products, 'products').map((line, at) =>
            isObject(line) ? withAmounts(line, `products[${at}]`, ['price', 'quantity']) : line,
          ),
        }),
    ...(isObject(order) ? { order: withAmounts(order, 'order', ORDER_AMOUNTS) } : {}),
    ...(isObject(properties) || isEmptied
      ? {
          properties: {
            ...wrapped(isObject(properties) ? properties : {}, isProfileEvent(textOf(json.name))),
            ...(isEmptied && wrapped({ products: '[]' }, false)),
          },
        }
      : {}),
  };
  try {
    const { $typeName: _, ...event } = fromJson(EventSchema, wire as JsonValue);
    return event;
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    throw new Error(`this is no attune.v1.Event: ${message}`);
  }
}

/** The object with its amounts as numbers, of whichever way they are written. */
function withAmounts(object: JsonObject, field: string, names: readonly string[]): JsonObject {
  const texts = names.filter((name) => typeof object[name] === 'string');
  if (texts.length === 0) return object;
  const amounts = texts.map((name) => [name, amountIn(object[name], `${field}.${name}`) ?? null]);
  return { ...object, ...Object.fromEntries(amounts) };
}

/** Plain values as the proto-JSON of a PropertyValue, of a profile also null and lists; objects are taken to be that already. */
function wrapped(properties: JsonObject, isProfile: boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, given]) => {
      const value = (isProfile ? profileValue(given) : undefined) ?? given;
      if (typeof value === 'string') return [name, { stringValue: value }];
      if (typeof value === 'number') return [name, { doubleValue: value }];
      if (typeof value === 'boolean') return [name, { boolValue: value }];
      return [name, value];
    }),
  );
}
