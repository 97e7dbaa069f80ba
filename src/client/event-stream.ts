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
import { NodeLanes } from './node-lanes.ts';
import { UNFIT } from './unfit-error.ts';
import { unfitResult } from './unfit-event.ts';

const IN_FLIGHT_MAX = 1_024;
/**
 * What is sent again after a break must all be remembered: the service knows the last 128 events of a customer, who may
 * have eight keys.
 */
const SAME_KEY_MAX = 16;

/**
 * A stream of events that outlives its connections: an event is sent until the service says what became of it, always
 * with the same id, so that it counts once. Events that are sent together share a message (`batchWaitMs`).
 */
export class EventStream {
  readonly #lanes: NodeLanes<EventInit, EventResult, EventResult>;

  /** `deadlineMs`: how long one event may wait for its result; default: until the stream is closed. */
  constructor(connection: Connection, deadlineMs = Number.POSITIVE_INFINITY) {
    this.#lanes = new NodeLanes(connection, {
      open: (address) => connection.bidiBytes(EventService.method.streamEvents, address),
      targetOf: ({ identifiers }) => ({ identifiers }),
      encode: (tag, event) => toBuffer(StreamEventsRequestSchema, { tag, event }),
      entriesField: StreamEventsRequestSchema.field.entries.number,
      verdict: (result) =>
        result.status === EventStatus.RETRY
          ? { kind: 'again', afterMs: msOf(result.retryAfter), error: notAccepted() }
          : { kind: 'done', value: result },
      inFlightMax: IN_FLIGHT_MAX,
      keysOf: ({ identifiers = [] }) => identifiers.map(({ kind, value }) => `${kind}:${value}`),
      sameKeyMax: SAME_KEY_MAX,
      deadlineMs,
    });
  }

  /** Events without a result yet. */
  get unanswered(): number {
    return this.#lanes.unanswered;
  }

  /**
   * Resolves with ACCEPTED, DUPLICATE or REJECTED, also where the event does not fit the contract; rejects with AttuneError
   * when the stream is closed or refused.
   */
  async send(event: EventInit): Promise<EventResult> {
    const named = withEventIds(event);
    try {
      return await this.#lanes.send(named);
    } catch (error) {
      if (error instanceof AttuneError && error.reason === UNFIT) return unfitResult(named, error.message);
      throw error;
    }
  }

  /** Waits for all results, then closes. */
  end(): Promise<void> {
    return this.#lanes.end();
  }

  /** Closes at once; what has no result may or may not have been accepted. */
  close(): void {
    this.#lanes.close();
  }
}

function notAccepted(): AttuneError {
  return new AttuneError('RESOURCE_EXHAUSTED', 'The service did not accept the event in time.');
}
