import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { PropertyValue } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

const PROPERTIES_MAX = REQUEST_BOUNDS.propertiesPerEventMax;
const KEY_BYTES_MAX = 64;
const TEXT_BYTES_MAX = 1_024;
const NUMBER_MAX = 1e15;

/** Properties while they are read: what came later under one name replaces what came before. */
export type Properties = Record<string, PropertyValue | undefined>;

/** A place for properties; has no prototype, so that any name is an ordinary one. */
export function noProperties(): Properties {
  return Object.create(null) as Properties;
}

/** Reads the entry of Event.properties that has `before` before it; those beyond the bound are not read. */
export function readProperty(reader: WireReader, into: Properties, before: number): void {
  const outer = reader.enter();
  const mark = reader.mark();
  if (before >= PROPERTIES_MAX) {
    reader.toEnd();
    reader.leave(outer);
    return;
  }
  let key = '';
  let value: PropertyValue | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) key = reader.word('', KEY_BYTES_MAX);
    else if (tag === 18) value = readValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (key === '') reader.fault('', 'string.min_len', '');
  if (value === undefined) reader.fault('kind', 'required', '');
  if (reader.mark() > mark) reader.within(mark, `properties[${JSON.stringify(key)}]`);
  into[key] = value;
}

/** Checks how many entries there were; a name that came twice counts twice. */
export function checkProperties(reader: WireReader, entries: number): void {
  if (entries > PROPERTIES_MAX) {
    reader.fault('properties', 'map.max_pairs', entries, `must hold at most ${PROPERTIES_MAX}`);
  }
}

function readValue(reader: WireReader): PropertyValue | undefined {
  const outer = reader.enter();
  let value: PropertyValue | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) value = reader.text('string_value', TEXT_BYTES_MAX);
    else if (tag === 17) value = readNumber(reader);
    else if (tag === 24) value = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

function readNumber(reader: WireReader): number {
  const value = reader.double();
  if (!(value >= -NUMBER_MAX && value <= NUMBER_MAX)) {
    reader.fault('double_value', 'double.gte_lte', value, 'must be from -1e15 to 1e15');
  }
  return value;
}
