import { clone } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '../../gen/attune/v1/event_pb.ts';

/**
 * What a service owes a message with a kind of mess in it: `understood` is taken for what it says, `refused` is answered with what is
 * wrong, of `odd` something may be lost and the sender is told.
 */
export type Owed = 'understood' | 'odd' | 'refused';

/** A message of a producer on its way to the service. */
export interface MessageOnItsWay {
  /** When it arrives, ms since 1970 UTC. */
  at: number;
  event: Event;
  /** As a line of JSON for `send`, in place of the message; '' none. */
  line: string;
  /** Names of the kinds of mess in it, and what the last of them is owed. */
  readonly kinds: string[];
  owed: Owed;
  /** Its content was changed already, and no other kind touches it: two on one message could not be told apart. */
  touched: boolean;
}

export function onItsWay(event: Event): MessageOnItsWay {
  return { at: occurredAt(event), event, line: '', kinds: [], owed: 'understood', touched: false };
}

/** A copy that arrives at `at`, without mess of its own. */
export function copyOf({ event, line }: MessageOnItsWay, at: number): MessageOnItsWay {
  return { ...onItsWay(clone(EventSchema, event)), at, line };
}

export function occurredAt(event: Event): number {
  return event.occurredAt === undefined ? 0 : timestampMs(event.occurredAt);
}

/** The event stamped with another time. */
export function stamp(event: Event, at: number): void {
  event.occurredAt = timestampFromMs(at);
}
