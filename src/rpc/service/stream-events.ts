import { status } from '@grpc/grpc-js';
import { type EventResultOutput, encodeEventResult } from '../../codec/wire/encode-event-result.ts';
import { parseStreamedEvent } from '../../codec/wire/parse-publish.ts';
import { EVENT_ENTRIES } from '../../codec/wire/stream-entries.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { EventService } from '../../gen/attune/v1/event_pb.ts';
import type { Refusal } from '../../port/customers.ts';
import { malformed, SHUTTING_DOWN } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { codeOf } from '../status.ts';
import { countWarnings } from '../warning-count.ts';
import { entryStreamRoute, type StreamRequest } from './entry-stream.ts';
import { eventResult, faultyEvent } from './event-result.ts';

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
  const { customers, draining, observer } = context;
  const streamed = parseStreamedEvent(bytes);
  if (streamed instanceof WireFault) return request.endStream(malformed(streamed));
  const { tag, event } = streamed;
  const reply = (result: EventResultOutput): void =>
    request.reply(encodeEventResult(tag, result), codeOfResult(result));
  if (event instanceof WireFault) return reply(faultyEvent(event));
  if (draining()) return reply(eventResult(event, REFUSED_AT_SHUTDOWN));
  customers.publish(event, streamed.bytes, request.deadlineAt, (outcome) => {
    try {
      if (outcome.kind !== 'refused') countWarnings(observer, event.source, outcome.warnings);
      reply(eventResult(event, outcome));
    } catch (thrown) {
      request.endStream(request.failureOf(thrown));
    }
  });
}

function codeOfResult({ status: became }: EventResultOutput): number {
  if (became === 'rejected') return codeOf('invalid');
  return became === 'retry' ? codeOf('unavailable') : status.OK;
}
