import { create, toBinary } from '@bufbuild/protobuf';
import {
  type Event,
  EventSchema,
  PublishRequestSchema,
  StreamEventsRequestSchema,
} from '../../gen/attune/v1/event_pb.ts';
import type { StreamReplies } from './load.ts';
import { ID_PLACEHOLDER, PatchedBodies, TAG_LOW } from './patched-bodies.ts';
import { numberField } from './wire-read.ts';

export const PUBLISH = '/attune.v1.EventService/Publish';
export const STREAM_EVENTS = '/attune.v1.EventService/StreamEvents';

const ACCEPTED = 1;
/** Pseudo status code for an event that was answered otherwise than ACCEPTED; the event status is added to it. */
const NOT_ACCEPTED = 200;

/** One Publish request, as it is. */
export function publishRequest(events: readonly Event[]): Buffer {
  return Buffer.from(toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: [...events] })));
}

/** Publish requests of `batch` of these events each, whose event ids are new in every call. */
export function publishBodies(events: readonly Event[], batch: number): PatchedBodies {
  const bodies: Buffer[] = [];
  for (let at = 0; at + batch <= events.length; at += batch) {
    bodies.push(publishRequest(events.slice(at, at + batch).map(unnamed)));
  }
  return new PatchedBodies(bodies, false);
}

/** Messages of StreamEvents with these events, whose ids are new each time. */
export function streamEventBodies(events: readonly Event[]): PatchedBodies {
  const bodies = events.map((event) =>
    Buffer.from(
      toBinary(
        StreamEventsRequestSchema,
        create(StreamEventsRequestSchema, { tag: BigInt(TAG_LOW), event: unnamed(event) }),
      ),
    ),
  );
  return new PatchedBodies(bodies, true);
}

/** Where the contract keeps the entries of StreamEvents, and how many the bench puts into a message. */
export const EVENTS_OF_8 = { count: 8, requestField: 3, replyField: 8 };

/** How the results of StreamEvents are told apart and whether the event was accepted. */
export const EVENT_REPLIES: StreamReplies = {
  askedBy: (bytes, start, end) => numberField(bytes, start, end, 1) - TAG_LOW,
  status(bytes, start, end) {
    const status = numberField(bytes, start, end, 4);
    return status === ACCEPTED ? 0 : NOT_ACCEPTED + status;
  },
};

/** The event with room for an id of its own; an order's number too, as the same order again is a duplicate. */
function unnamed(event: Event): Event {
  const { order } = event;
  const isOrder = event.name === 'Order Completed' && order !== undefined;
  return create(EventSchema, {
    ...event,
    id: ID_PLACEHOLDER,
    ...(isOrder ? { order: { ...order, orderId: ID_PLACEHOLDER } } : {}),
  });
}
