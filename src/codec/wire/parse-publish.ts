import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { readEvent } from './event-field.ts';
import { EVENT_ENTRIES } from './stream-entries.ts';
import { WireFault } from './violation.ts';
import { WireReader } from './wire-reader.ts';

const EVENTS_MAX = REQUEST_BOUNDS.eventsPerPublishMax;
const ENTRIES_TAG = (EVENT_ENTRIES.entries << 3) | 2;

/** An event that was refused by itself; the paths of its violations begin at the event. */
export class EventFault extends WireFault {
  readonly eventId: string;
  /** As it was sent, where `eventId` is what was kept of a longer one. */
  readonly sentId: string | undefined;
  readonly source: string;
  readonly identifiers: EventInput['identifiers'];

  constructor(
    event: Pick<EventInput, 'id' | 'sentId' | 'source' | 'identifiers'>,
    violations: WireFault['violations'],
  ) {
    super(false, violations);
    this.eventId = event.id;
    this.sentId = event.sentId;
    this.source = event.source;
    this.identifiers = event.identifiers;
  }
}

/** One event of a batch. */
export interface PublishedEvent {
  readonly event: EventInput | EventFault;
  /** Size on the wire. */
  readonly bytes: number;
}

/** One event of StreamEvents: a message by itself, or one of its entries. */
export interface StreamedEvent extends PublishedEvent {
  /** 0 to 2^53 − 1. */
  readonly tag: number;
}

const reader = new WireReader();

/**
 * Parses and checks an attune.v1.PublishRequest: 1 to 500 events, each valid or refused by itself. A fault of the batch
 * as a whole refuses it all. Nothing of the result refers to `bytes`.
 */
export function parsePublish(bytes: Uint8Array): PublishedEvent[] | WireFault {
  reader.open(bytes);
  const events: PublishedEvent[] = [];
  let count = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== 10) {
      reader.skip(tag);
    } else if (count++ < EVENTS_MAX) {
      events.push(readPublished(reader));
    } else {
      const outer = reader.enter();
      reader.toEnd();
      reader.leave(outer);
    }
  }
  if (reader.malformed) return new WireFault(true, []);
  if (count === 0) reader.fault('events', 'repeated.min_items', '', 'must hold at least one');
  if (count > EVENTS_MAX) {
    reader.fault('events', 'repeated.max_items', count, `must hold at most ${EVENTS_MAX}`);
  }
  return reader.mark() > 0 ? new WireFault(false, reader.takeFrom(0)) : events;
}

/**
 * Parses and checks one attune.v1.StreamEventsRequest without entries. A faulty event comes back as an EventFault with its tag; a
 * WireFault means that the message cannot be read, or has no event or no legal tag.
 */
export function parseStreamedEvent(bytes: Uint8Array): StreamedEvent | WireFault {
  reader.open(bytes);
  let tag = 0;
  let published: PublishedEvent | undefined;
  let nested = false;
  while (reader.more()) {
    const field = reader.tag();
    if (field === 8) tag = reader.uint64();
    else if (field === 18) published = readPublished(reader);
    else {
      nested ||= field === ENTRIES_TAG;
      reader.skip(field);
    }
  }
  if (reader.malformed) return new WireFault(true, []);
  if (tag > Number.MAX_SAFE_INTEGER) {
    reader.fault('tag', 'uint64.lte', tag, 'must be at most 2^53 - 1');
  }
  if (nested) reader.fault('', 'stream_events.entries_flat', '');
  else if (published === undefined) reader.fault('', EVENT_ENTRIES.exclusiveRule, '');
  if (published === undefined || reader.mark() > 0) return new WireFault(false, reader.takeFrom(0));
  return { tag, event: published.event, bytes: published.bytes };
}

function readPublished(reader: WireReader): PublishedEvent {
  const outer = reader.enter();
  const start = reader.at;
  const mark = reader.mark();
  const event = readEvent(reader);
  const bytes = reader.at - start;
  reader.leave(outer);
  if (reader.mark() === mark) return { event, bytes };
  return { event: new EventFault(event, reader.takeFrom(mark)), bytes };
}
