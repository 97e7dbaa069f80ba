/** What the comparison of bodies has to know of each message, from the contract itself: a new field counts without further ado. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeedbackSchema } from '../../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import { EventSchema } from '../../gen/attune/v1/event_pb.ts';

export interface BodyField {
  /** Counts also when it says its default: elements of lists and maps, members of a oneof, optional fields. */
  readonly always: boolean;
  /** Of a list whose order says something, from 0: its elements count in that order. -1: no such list. */
  readonly slot: number;
  readonly nested: BodyShape | undefined;
}

/** Known fields by their tag (`number << 3 | type`); any other one does not belong to the body. */
export type BodyShape = ReadonlyMap<number, BodyField>;

/** A message may hold so many lists whose order says something. */
export const LIST_SLOTS = 4;

/** A producer that sends an event again may have stamped it again; and how much of a decision is told changes nothing of it. */
const STAMPS: ReadonlySet<string> = new Set(['occurred_at', 'sent_at', 'received_at', 'explain']);

/**
 * Lists whose order says nothing: who the customer is, and what the lines of an order or cart are, is the same in any order, and a producer
 * that keeps them in a map writes another one each time. Events and placements of a decision are taken one after the other.
 */
const SETS: ReadonlySet<string> = new Set(['identifiers', 'products']);

/** attune.v1.Event without its times. */
export const EVENT_BODY = shapeOf(EventSchema, SETS);
/** attune.v1.DecideRequest, its events without their times. */
export const DECIDE_BODY = shapeOf(DecideRequestSchema, SETS);
/** attune.v1.Feedback without its time. */
export const FEEDBACK_BODY = shapeOf(FeedbackSchema, SETS);

const NO_SETS: ReadonlySet<string> = new Set();
/** As version 0.2.0 compared them: what it took less than 24 h ago may come again. */
export const EVENT_BODY_0_2 = shapeOf(EventSchema, NO_SETS);
export const DECIDE_BODY_0_2 = shapeOf(DecideRequestSchema, NO_SETS);

function shapeOf(schema: DescMessage, sets: ReadonlySet<string>): BodyShape {
  const shape = new Map<number, BodyField>();
  let slots = 0;
  for (const field of schema.fields) {
    if (STAMPS.has(field.name)) continue;
    const isList = field.fieldKind === 'list';
    const isOrdered = isList && !sets.has(field.name);
    if (isOrdered && slots === LIST_SLOTS) throw new Error(`${schema.typeName} has too many lists`);
    shape.set((field.number << 3) | wireType(field), {
      always: isList || field.fieldKind === 'map' || field.oneof !== undefined || isOptional(field),
      slot: isOrdered ? slots++ : -1,
      nested: nestedOf(field, sets),
    });
  }
  return shape;
}

/** Said although it is a default: what `optional` is for. A message that says nothing is as one that is absent. */
function isOptional(field: DescField): boolean {
  return field.fieldKind === 'scalar' && field.proto.proto3Optional;
}

function nestedOf(field: DescField, sets: ReadonlySet<string>): BodyShape | undefined {
  if (field.fieldKind === 'map') {
    const inner = field.mapKind === 'message' ? shapeOf(field.message, sets) : undefined;
    // Key and value of an entry are fields 1 and 2; the one that is left out is its default.
    return new Map([
      [(1 << 3) | 2, { always: false, slot: -1, nested: undefined }],
      [(2 << 3) | 2, { always: false, slot: -1, nested: inner }],
    ]);
  }
  return field.message === undefined ? undefined : shapeOf(field.message, sets);
}

function wireType(field: DescField): number {
  if (field.message !== undefined || field.fieldKind === 'map') return 2;
  if (field.enum !== undefined) return 0;
  switch (field.scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return 5;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return 2;
    default:
      return 0;
  }
}
