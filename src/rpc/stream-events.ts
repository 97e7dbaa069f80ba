import { status } from '@grpc/grpc-js';
import { type EventResultOutput, encodeEventResult } from '../codec/wire/encode-event-result.ts';
import { parseStreamedEvent } from '../codec/wire/parse-publish.ts';
import { WireFault } from '../codec/wire/violation.ts';
import { LIMITS } from '../config/limits.ts';
import { EventService } from '../gen/attune/v1/event_pb.ts';
import type { Refusal } from '../port/customers.ts';
import { deadlineOf } from './deadline.ts';
import { eventResult, faultyEvent } from './event-result.ts';
import { LEAVING, malformed } from './failure.ts';
import type { BidiCall, BidiSink } from './fast-bidi.ts';
import { Meter } from './meter.ts';
import { methodName, methodPath, type Route } from './method.ts';
import type { Serving } from './serving.ts';
import { codeOf, failureOf, statusOf } from './status.ts';

const BUFFERED_BYTES_MAX = 1 << 20;
const GOING: Refusal = { ...LEAVING, code: 'unavailable', field: '', rule: '', value: '' };

/**
 * EventService.StreamEvents: a result per event as soon as it is known. A message without an event or a legal tag has
 * nobody to answer, so it ends the stream.
 */
export function streamEventsRoute(serving: Serving): Route {
  const { customers, clock, observer, draining } = serving;
  const method = EventService.method.streamEvents;
  const meter = new Meter(methodName(method), serving.observer, serving.inFlight);
  const answer = (call: BidiCall, tag: number, began: number, result: EventResultOutput): void => {
    call.write(encodeEventResult(tag, result));
    meter.answered(
      began,
      result.status === 'rejected'
        ? codeOf('invalid')
        : result.status === 'retry'
          ? codeOf('unavailable')
          : status.OK,
    );
  };
  const open = (call: BidiCall): BidiSink => {
    const deadlineAt = deadlineOf(call, clock);
    let halfClosed = false;
    const done = (): void => {
      call.done();
      if (halfClosed && call.inFlight === 0) call.end();
    };
    return {
      message: (bytes) => {
        const began = meter.begin();
        const streamed = parseStreamedEvent(bytes);
        if (streamed instanceof WireFault) {
          const ending = statusOf(malformed(streamed));
          meter.answered(began, ending.code);
          return call.fail(ending);
        }
        const { tag, event } = streamed;
        if (event instanceof WireFault) {
          answer(call, tag, began, faultyEvent(event));
          return done();
        }
        if (draining()) {
          answer(call, tag, began, eventResult(event, GOING));
          return done();
        }
        customers.publish(event, streamed.bytes, deadlineAt, (outcome) => {
          try {
            answer(call, tag, began, eventResult(event, outcome));
          } catch (thrown) {
            call.fail(statusOf(failureOf(thrown, meter.method, observer)));
          }
          done();
        });
      },
      halfClosed: () => {
        halfClosed = true;
        if (call.inFlight === 0) call.end();
      },
      closed: () => {},
    };
  };
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open,
    },
  ];
}
