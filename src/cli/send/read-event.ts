import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import type { EventInit } from '../../client/event-init.ts';
import { EventSchema } from '../../gen/attune/v1/event_pb.ts';
import { isObject, type JsonObject } from './json-value.ts';
import { isOtherCall, type SegmentSetting, segmentEvent } from './segment-event.ts';

export interface ReadSetting extends SegmentSetting {
  readonly historical: boolean;
}

/**
 * The event of one line: an object with `type` is one of Segment's calls, any other is attune.v1.Event as proto-JSON, in
 * which properties may also be plain values ("size": "M") and `source` may be missing. Undefined for Segment's calls that
 * are none of events. Throws an Error with a sentence.
 */
export function readEventLine(line: string, setting: ReadSetting): EventInit | undefined {
  const json = parsed(line);
  if (!isObject(json)) throw new Error('a line must hold one JSON object');
  if (isOtherCall(json)) return undefined;
  const event = 'type' in json ? segmentEvent(json, setting) : ownEvent(json, setting.source);
  return setting.historical ? { ...event, historical: true } : event;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (fault) {
    throw new Error(`this is not JSON: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

function ownEvent(json: JsonObject, source: string): EventInit {
  const { properties } = json;
  const wire = {
    source,
    ...json,
    ...(isObject(properties) ? { properties: wrapped(properties) } : {}),
  };
  try {
    const { $typeName: _, ...event } = fromJson(EventSchema, wire as JsonValue);
    return event;
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    throw new Error(`this is no attune.v1.Event: ${message}`);
  }
}

/** Plain values as the proto-JSON of a PropertyValue; objects are taken to be that already. */
function wrapped(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      if (typeof value === 'string') return [name, { stringValue: value }];
      if (typeof value === 'number') return [name, { doubleValue: value }];
      if (typeof value === 'boolean') return [name, { boolValue: value }];
      return [name, value];
    }),
  );
}
