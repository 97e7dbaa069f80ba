import { type EventResult, EventService, EventStatus } from '../gen/attune/v1/event_pb.ts';
import { AttuneError } from './attune-error.ts';
import { backoffMs, pause } from './backoff.ts';
import type { Connection } from './connection.ts';
import { msOf } from './duration.ts';
import { type EventInit, withEventIds } from './event-init.ts';

const EVENTS_MAX = 500;

/**
 * Publishes events, in calls of at most 500; the results are in their order. What the service could not take is sent
 * again, with the same ids, until the deadline: what is still RETRY then is returned so. Throws AttuneError when a call
 * as a whole fails.
 */
export async function publish(
  connection: Connection,
  events: readonly EventInit[],
  deadlineMs = connection.settings.deadlineMs,
): Promise<EventResult[]> {
  const named = events.map(withEventIds);
  const until = Date.now() + deadlineMs;
  const results: EventResult[] = [];
  for (let at = 0; at < named.length; at += EVENTS_MAX) {
    results.push(...(await publishSome(connection, named.slice(at, at + EVENTS_MAX), until)));
  }
  return results;
}

async function publishSome(
  connection: Connection,
  events: readonly EventInit[],
  until: number,
): Promise<EventResult[]> {
  const results = new Array<EventResult>(events.length);
  let open = events.map((_, at) => at);
  for (let attempt = 1; ; attempt++) {
    const request = { events: open.map((at) => events[at] as EventInit) };
    const left = until - Date.now();
    const reply = await connection.unary(EventService.method.publish, request, { deadlineMs: left });
    if (reply.results.length !== open.length) {
      throw new AttuneError(
        'INTERNAL',
        `${open.length} events were answered by ${reply.results.length} results.`,
      );
    }
    for (const [n, at] of open.entries()) results[at] = reply.results[n] as EventResult;
    open = open.filter((at) => results[at]?.status === EventStatus.RETRY);
    if (open.length === 0) return results;
    const asked = Math.max(...open.map((at) => msOf(results[at]?.retryAfter)));
    const wait = backoffMs(connection.settings, attempt, asked);
    if (Date.now() + wait >= until) return results;
    await pause(wait);
  }
}
