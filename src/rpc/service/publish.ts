import { status } from '@grpc/grpc-js';
import { type EventResultOutput, encodePublishReply } from '../../codec/wire/encode-event-result.ts';
import { type PublishedEvent, parsePublish } from '../../codec/wire/parse-publish.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { EventService } from '../../gen/attune/v1/event_pb.ts';
import type { PublishOutcome, Refusal } from '../../port/customers.ts';
import { deadlineOf } from '../deadline.ts';
import { malformed, refused } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf } from '../status.ts';
import { countWarnings } from '../warning-count.ts';
import { eventResult, faultyEvent, noteRefusedEvent } from './event-result.ts';

/** EventService.Publish: each event by itself, the results in the order of the request. */
export function publishRoute(context: ServiceContext): Route {
  const { customers, clock, observer, refusals } = context;
  const method = EventService.method.publish;
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  return [
    methodPath(method),
    {
      kind: 'unary',
      messageBytesMax: LIMITS.requestBytesMax,
      failed: (error) => meter.threw(error),
      handler: (call, message) => {
        const began = meter.begin();
        const events = parsePublish(message);
        if (events instanceof WireFault) return meter.fail(call, began, malformed(events));
        const batch = new Batch(events, (results, common) => {
          try {
            if (common !== undefined) return meter.fail(call, began, refused(common));
            call.reply(encodePublishReply(results));
            meter.answered(began, status.OK);
          } catch (thrown) {
            meter.fail(call, began, failureOf(thrown, meter.method, observer));
          }
        });
        const deadlineAt = deadlineOf(call, clock);
        for (let at = 0; at < events.length; at++) {
          const { event, bytes } = events[at] as PublishedEvent;
          if (event instanceof WireFault) {
            const result = faultyEvent(event);
            noteRefusedEvent(refusals, meter.method, { ...event, id: event.eventId }, result);
            batch.put(at, result, undefined);
          } else
            customers.publish(event, bytes, deadlineAt, (outcome) => {
              const result = eventResult(event, outcome);
              if (outcome.kind === 'refused') noteRefusedEvent(refusals, meter.method, event, result);
              else countWarnings(observer, event.source, outcome.warnings);
              batch.put(at, result, outcome);
            });
        }
      },
    },
  ];
}

type OnComplete = (results: readonly EventResultOutput[], common: Refusal | undefined) => void;

/**
 * Gathers the results of a batch. Once all are there calls `onComplete`, with a refusal when all were refused for now in the
 * same way: then the call fails as a whole.
 */
class Batch {
  readonly #results: EventResultOutput[];
  readonly #onComplete: OnComplete;
  #open: number;
  #refusal: Refusal | undefined;
  /** Results that were refused for now, all with the code of `#refusal`. */
  #refusedAlike = 0;

  constructor(events: readonly PublishedEvent[], onComplete: OnComplete) {
    this.#results = new Array<EventResultOutput>(events.length);
    this.#open = events.length;
    this.#onComplete = onComplete;
  }

  put(at: number, result: EventResultOutput, outcome: PublishOutcome | undefined): void {
    this.#results[at] = result;
    if (outcome?.kind === 'refused' && result.status === 'retry') {
      this.#refusal ??= outcome;
      if (outcome.code === this.#refusal.code) this.#refusedAlike++;
    }
    if (--this.#open > 0) return;
    this.#onComplete(this.#results, this.#refusedAlike === this.#results.length ? this.#refusal : undefined);
  }
}
