import { status } from '@grpc/grpc-js';
import { type EventResultOutput, encodeEventResult } from '../../codec/wire/encode-event-result.ts';
import { parseStreamedEvent } from '../../codec/wire/parse-publish.ts';
import { EVENT_ENTRIES } from '../../codec/wire/stream-entries.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { EventService } from '../../gen/attune/v1/event_pb.ts';
import type { Refusal } from '../../port/customers.ts';
import { malformed, SHUTTING_DOWN } from '../failure.ts';
import { methodName, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { codeOf } from '../status.ts';
import { countWarnings } from '../warning-count.ts';
import { entryStreamRoute, type StreamRequest } from './entry-stream.ts';
import { eventResult, faultyEvent, noteRefusedEvent } from './event-result.ts';

const METHOD = methodName(EventService.method.streamEvents);
const REFUSED_AT_SHUTDOWN: Refusal = {
  ...SHUTTING_DOWN,
  code: 'unavailable',
  field: '',
  rule: '',
  value: '',
};

/**
 * EventService.StreamEvents: a result per event as soon as it is known. A request without an event or a legal tag ends the
 * stream, because no reply can name it.
 */
export function streamEventsRoute(context: ServiceContext): Route {
  return entryStreamRoute(context, EventService.method.streamEvents, {
    requestEntries: EVENT_ENTRIES,
    replyEntriesField: 8,
    handle: (bytes, request) => publish(bytes, request, context),
  });
}

function publish(bytes: Buffer, request: StreamRequest, context: ServiceContext): void {
  const { customers, draining, observer, refusals } = context;
  const streamed = parseStreamedEvent(bytes);
  if (streamed instanceof WireFault) return request.endStream(malformed(streamed));
  const { tag, event } = streamed;
  const reply = (result: EventResultOutput): void =>
    request.reply(encodeEventResult(tag, result), codeOfResult(result));
  if (event instanceof WireFault) {
    const result = faultyEvent(event);
    noteRefusedEvent(refusals, METHOD, { ...event, id: event.eventId }, result);
    return reply(result);
  }
  if (draining()) return reply(eventResult(event, REFUSED_AT_SHUTDOWN));
  customers.publish(event, streamed.bytes, request.deadlineAt, (outcome) => {
    try {
      const result = eventResult(event, outcome);
      if (outcome.kind === 'refused') noteRefusedEvent(refusals, METHOD, event, result);
      else countWarnings(observer, event.source, outcome.warnings);
      reply(result);
    } catch (thrown) {
      request.endStream(request.failureOf(thrown));
    }
  });
}

function codeOfResult({ status: became }: EventResultOutput): number {
  if (became === 'rejected') return codeOf('invalid');
  return became === 'retry' ? codeOf('unavailable') : status.OK;
}
