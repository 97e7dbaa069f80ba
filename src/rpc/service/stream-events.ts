import { status } from '@grpc/grpc-js';
import { type EventResultOutput, encodeEventResult } from '../../codec/wire/encode-event-result.ts';
import { parseStreamedEvent } from '../../codec/wire/parse-publish.ts';
import { EVENT_ENTRIES, readEntries } from '../../codec/wire/stream-entries.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { EventService } from '../../gen/attune/v1/event_pb.ts';
import type { Refusal } from '../../port/customers.ts';
import type { BidiCall, BidiSink } from '../call.ts';
import { deadlineOf } from '../deadline.ts';
import { type Failure, LEAVING, malformed } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { Serving } from '../serving.ts';
import { codeOf, failureOf, statusOf } from '../status.ts';
import { EntryReplies } from './entry-replies.ts';
import { eventResult, faultyEvent } from './event-result.ts';

const BUFFERED_BYTES_MAX = 1 << 20;
const RESULT_ENTRIES_FIELD = 8;
const GOING: Refusal = { ...LEAVING, code: 'unavailable', field: '', rule: '', value: '' };

/**
 * EventService.StreamEvents: a result per event as soon as it is known. A request without an event or a legal tag has
 * nobody to answer, so it ends the stream.
 */
export function streamEventsRoute(serving: Serving): Route {
  const method = EventService.method.streamEvents;
  const meter = new Meter(methodName(method), serving.observer, serving.inFlight);
  return [
    methodPath(method),
    {
      kind: 'bidi',
      messageBytesMax: LIMITS.requestBytesMax,
      inFlightMax: LIMITS.streamInFlightMax,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      failed: (error) => meter.threw(error),
      open: (call) => new EventsOfStream(call, serving, meter),
    },
  ];
}

class EventsOfStream implements BidiSink {
  readonly #call: BidiCall;
  readonly #serving: Serving;
  readonly #meter: Meter;
  readonly #deadlineAt: number;
  readonly #gathered: EntryReplies;
  readonly #alone = (reply: Buffer): void => void this.#call.write(reply);
  readonly #inEntries = (reply: Buffer): void => this.#gathered.add(reply);
  #halfClosed = false;

  constructor(call: BidiCall, serving: Serving, meter: Meter) {
    this.#call = call;
    this.#serving = serving;
    this.#meter = meter;
    this.#deadlineAt = deadlineOf(call, serving.clock);
    this.#gathered = new EntryReplies(call, RESULT_ENTRIES_FIELD);
  }

  message(bytes: Buffer): void {
    const entries = readEntries(bytes, EVENT_ENTRIES);
    if (entries === undefined) return this.#publish(bytes, this.#alone);
    if (entries instanceof WireFault) return this.#call.fail(statusOf(malformed(entries)));
    this.#call.reserve(entries.length - 1);
    for (const entry of entries) this.#publish(entry, this.#inEntries);
  }

  halfClosed(): void {
    this.#halfClosed = true;
    this.#endWhenAnswered();
  }

  closed(): void {}

  #publish(bytes: Buffer, send: (reply: Buffer) => void): void {
    const began = this.#meter.begin();
    const streamed = parseStreamedEvent(bytes);
    if (streamed instanceof WireFault) return this.#break(began, malformed(streamed));
    const { tag, event } = streamed;
    const reply = (result: EventResultOutput): void => {
      send(encodeEventResult(tag, result));
      this.#meter.answered(began, codeOfResult(result));
      this.#call.done();
      this.#endWhenAnswered();
    };
    if (event instanceof WireFault) return reply(faultyEvent(event));
    const { customers, draining, observer } = this.#serving;
    if (draining()) return reply(eventResult(event, GOING));
    customers.publish(event, streamed.bytes, this.#deadlineAt, (outcome) => {
      try {
        reply(eventResult(event, outcome));
      } catch (thrown) {
        this.#break(began, failureOf(thrown, this.#meter.method, observer));
      }
    });
  }

  #break(began: number, why: Failure): void {
    const ending = statusOf(why);
    this.#meter.answered(began, ending.code);
    this.#call.fail(ending);
  }

  #endWhenAnswered(): void {
    if (!this.#halfClosed || this.#call.inFlight > 0) return;
    this.#gathered.flush();
    this.#call.end();
  }
}

function codeOfResult({ status: became }: EventResultOutput): number {
  if (became === 'rejected') return codeOf('invalid');
  return became === 'retry' ? codeOf('unavailable') : status.OK;
}
