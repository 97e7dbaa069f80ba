import {
  type EventResult,
  EventService,
  EventStatus,
  StreamEventsRequestSchema,
} from '../gen/attune/v1/event_pb.ts';
import { AttuneError } from './attune-error.ts';
import { type Connection, toBuffer } from './connection.ts';
import { msOf } from './duration.ts';
import { type EventInit, withEventIds } from './event-init.ts';
import { Pipeline } from './pipeline.ts';

/** What is sent again after a break must all be remembered: the service knows the last 128 events of a customer. */
const IN_FLIGHT_MAX = 128;

/**
 * A stream of events that outlives its connections: an event is sent until the service says what became of it, always
 * with the same id, so that it counts once. Events that are sent together share a message (`batchWaitMs`).
 */
export class EventStream {
  readonly #pipeline: Pipeline<EventInit, EventResult, EventResult>;

  /** `deadlineMs`: how long one event may wait for its result; default: until the stream is closed. */
  constructor(connection: Connection, deadlineMs = Number.POSITIVE_INFINITY) {
    this.#pipeline = new Pipeline({
      settings: connection.settings,
      open: () => connection.bidiBytes(EventService.method.streamEvents),
      nextAddress: () => connection.next(),
      encode: (tag, event) => toBuffer(StreamEventsRequestSchema, { tag, event }),
      entriesField: StreamEventsRequestSchema.field.entries.number,
      verdict: (result) =>
        result.status === EventStatus.RETRY
          ? { kind: 'again', afterMs: msOf(result.retryAfter), error: notAccepted() }
          : { kind: 'done', value: result },
      inFlightMax: IN_FLIGHT_MAX,
      deadlineMs,
    });
  }

  /** Events without a result yet. */
  get unanswered(): number {
    return this.#pipeline.unanswered;
  }

  /** Resolves with ACCEPTED, DUPLICATE or REJECTED; rejects with AttuneError when the stream is closed or refused. */
  send(event: EventInit): Promise<EventResult> {
    return this.#pipeline.send(withEventIds(event));
  }

  /** Waits for all results, then closes. */
  end(): Promise<void> {
    return this.#pipeline.end();
  }

  /** Closes at once; what has no result may or may not have been accepted. */
  close(): void {
    this.#pipeline.close();
  }
}

function notAccepted(): AttuneError {
  return new AttuneError('RESOURCE_EXHAUSTED', 'The service did not accept the event in time.');
}
