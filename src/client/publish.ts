import { fromBinary } from '@bufbuild/protobuf';
import {
  type EventResult,
  EventSchema,
  EventService,
  EventStatus,
  PublishRequestSchema,
} from '../gen/attune/v1/event_pb.ts';
import { AttuneError } from './attune-error.ts';
import { backoffMs, pause } from './backoff.ts';
import { type Connection, pathOf, toBuffer } from './connection.ts';
import { msOf } from './duration.ts';
import { type EventInit, withEventIds } from './event-init.ts';
import { grouped } from './grouped.ts';
import { entryLength, joined } from './stream-message.ts';
import { unfitResult } from './unfit-event.ts';

const EVENTS_MAX = 500;
/** Of one call: the service takes 4 MiB; a single event may be larger than this, and is alone then. */
const CALL_BYTES = 3 << 20;
const EVENT_BYTES_MAX = (4 << 20) - 16;
const PATH = pathOf(EventService.method.publish);
const EVENTS_FIELD = PublishRequestSchema.field.events.number;

/**
 * Publishes events, in calls of at most 500 and 3 MiB; the results are in their order. An event that does not fit the contract
 * is REJECTED here, and the others are sent. Where it is known which node has which customer, each node gets the events of its own, in a call. What the service could not take is sent again, with the same ids, until the
 * deadline: what is still RETRY then is returned so. Throws AttuneError when a call as a whole fails.
 */
export async function publish(
  connection: Connection,
  events: readonly EventInit[],
  deadlineMs = connection.settings.deadlineMs,
): Promise<EventResult[]> {
  const until = Date.now() + deadlineMs;
  const encoded = events.map((event) => encodedEvent(withEventIds(event)));
  const ownerAt = (at: number): string => connection.ownerOf({ identifiers: events[at]?.identifiers });
  const results: EventResult[] = [];
  for (let from = 0; from < encoded.length; ) {
    let to = from;
    for (let bytes = 0; to < encoded.length && to - from < EVENTS_MAX; to++) {
      const next = encoded[to] as Buffer | EventResult;
      bytes += next instanceof Buffer ? entryLength(next) : 0;
      if (to > from && bytes > CALL_BYTES) break;
    }
    const begin = from;
    results.push(
      ...(await publishSome(
        { connection, until, ownerAt: (at) => ownerAt(begin + at) },
        encoded.slice(from, to),
      )),
    );
    from = to;
  }
  return results;
}

/** The event's bytes, or the result of one that has none. */
function encodedEvent(event: EventInit): Buffer | EventResult {
  try {
    const bytes = toBuffer(EventSchema, event);
    if (bytes.length <= EVENT_BYTES_MAX) return bytes;
    return unfitResult(event, `the event takes ${bytes.length} bytes; at most 4 MiB go into a call`);
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    return unfitResult(event, `the event does not fit the contract: ${why}`);
  }
}

interface PublishContext {
  readonly connection: Connection;
  readonly until: number;
  /** The address of the node that has the customer of an event; '': not known. */
  readonly ownerAt: (at: number) => string;
}

async function publishSome(
  { connection, until, ownerAt }: PublishContext,
  events: readonly (Buffer | EventResult)[],
): Promise<EventResult[]> {
  const results = new Array<EventResult | undefined>(events.length);
  for (const [at, event] of events.entries()) if ('$typeName' in event) results[at] = event;
  let open = [...events.keys()].filter((at) => results[at] === undefined);
  const call = async (owner: string, some: readonly number[]): Promise<void> => {
    const bytes = some.map((at) => events[at] as Buffer);
    const length = bytes.reduce((sum, event) => sum + entryLength(event), 0);
    const message = joined(bytes, EVENTS_FIELD, length);
    const answer = await connection.unaryBytes(PATH, message, { deadlineMs: until - Date.now(), owner });
    const reply = fromBinary(EventService.method.publish.output, answer);
    if (reply.results.length !== some.length) {
      const sentence = `${some.length} events were answered by ${reply.results.length} results.`;
      throw new AttuneError('INTERNAL', sentence);
    }
    for (const [n, at] of some.entries()) results[at] = reply.results[n] as EventResult;
  };
  for (let attempt = 1; open.length > 0; attempt++) {
    await Promise.all([...grouped(open, ownerAt)].map(([owner, some]) => call(owner, some)));
    open = open.filter((at) => results[at]?.status === EventStatus.RETRY);
    if (open.length === 0) break;
    const asked = Math.max(...open.map((at) => msOf(results[at]?.retryAfter)));
    const wait = backoffMs(connection.settings, attempt, asked);
    if (Date.now() + wait >= until) break;
    await pause(wait);
  }
  return results as EventResult[];
}
