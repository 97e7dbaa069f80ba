/** The way of a producer's message into the service: bytes, the parser of the wire, the gateway, the turn, the log. */
import { create, toBinary } from '@bufbuild/protobuf';
import { readEventLine } from '../../cli/send/read-event.ts';
import { RepeatIds } from '../../cli/send/repeat-ids.ts';
import type { EventResultOutput } from '../../codec/wire/encode-event-result.ts';
import { parsePublish } from '../../codec/wire/parse-publish.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { type Event, EventSchema, PublishRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import type { Node } from '../../node/open-node.ts';
import { eventResult, faultyEvent } from '../../rpc/service/event-result.ts';
import type { MessageOnItsWay } from './message-on-its-way.ts';

/** What the sender hears. */
export interface Answer {
  readonly status: EventResultOutput['status'];
  /** Rules of faults and warnings. */
  readonly rules: readonly string[];
}

/** A service with a known bug, to show that the proof can fail. */
export interface MessMutant {
  readonly name: string;
  /** Changes an event between parser and gateway; undefined: it is acknowledged and dropped. */
  readonly hears?: (event: EventInput, message: MessageOnItsWay) => EventInput | undefined;
  /** Changes what the sender hears. */
  readonly answers?: (answer: Answer) => Answer;
}

const NEVER = Number.POSITIVE_INFINITY;
const READING = { source: 'web-shop', historical: false, userKind: 'crm', country: undefined } as const;

/** Hands a message over; `heard` is called with the answer, at once or when the turn is durable. */
export function handOver(
  node: Node,
  message: MessageOnItsWay,
  mutant: MessMutant | undefined,
  heard: (answer: Answer) => void,
): void {
  const answer = (result: EventResultOutput): void => {
    const rules = [...result.violations, ...(result.warnings ?? [])].map(({ rule }) => rule);
    const plain = { status: result.status, rules };
    heard(mutant?.answers?.(plain) ?? plain);
  };
  let event: Event;
  try {
    event = message.line === '' ? message.event : eventOfLine(message.line);
  } catch {
    // The tool refuses the line with a sentence.
    return heard({ status: 'rejected', rules: ['line'] });
  }
  const parsed = parsePublish(
    toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: [event] })),
  );
  if (parsed instanceof WireFault) return heard({ status: 'rejected', rules: ['request'] });
  const [published] = parsed;
  if (published === undefined) throw new Error('a request of one event has none');
  if (published.event instanceof WireFault) return answer(faultyEvent(published.event));
  const input = mutant?.hears === undefined ? published.event : mutant.hears(published.event, message);
  if (input === undefined) return heard({ status: 'accepted', rules: [] });
  node.gateway.publish(input, published.bytes, NEVER, (outcome) => answer(eventResult(input, outcome)));
}

function eventOfLine(line: string): Event {
  const { event } = readEventLine(line, READING, new RepeatIds('mess'));
  return create(EventSchema, event);
}
