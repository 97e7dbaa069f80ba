import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { EventSchema } from '../gen/attune/v1/event_pb.ts';

/** An event as a producer writes it; without `id` it gets a new one, without `occurredAt` it happened now. */
export type EventInit = Exclude<MessageInitShape<typeof EventSchema>, { $typeName: string }>;

/** The event with an id and a time, which stay the same however often it is sent. */
export function withEventIds(event: EventInit): EventInit {
  return {
    ...event,
    id: event.id || crypto.randomUUID(),
    occurredAt: event.occurredAt ?? timestampNow(),
  };
}
