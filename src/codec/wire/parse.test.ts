import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelNamed } from '../../core/event/channel-word.ts';
import type { OrderInput } from '../../core/event/event-input.ts';
import { ConnectRequestSchema, FeedbackSchema, ReportRequestSchema } from '../../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema, DecideStreamRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import {
  type Event,
  EventSchema,
  PublishRequestSchema,
  StreamEventsRequestSchema,
} from '../../gen/attune/v1/event_pb.ts';
import { contractViolations } from '../contract-rules.fixture.ts';
import {
  arbConnect,
  arbDecide,
  arbDecideStream,
  arbEvent,
  arbFeedback,
  arbTag,
} from './arbitrary-messages.fixture.ts';
import { bodyHash } from './body-hash.ts';
import { EVENT_BODY } from './body-shape.ts';
import { bytesHash } from './bytes-hash.ts';
import { parseConnect, parseReport } from './parse-channel.ts';
import { DecideStreamFault, parseDecide, parseDecideStream } from './parse-decide.ts';
import { parsePublish, parseStreamedEvent } from './parse-publish.ts';
import {
  durationMs,
  plainDecide,
  plainEvent,
  plainFeedback,
  unhashed,
  unhashedDecide,
} from './plain-message.fixture.ts';
import { WireFault } from './violation.ts';

/** Bytes of a message, and what protobuf-es reads from them. */
function sent<D extends DescMessage>(schema: D, init: MessageInitShape<D>) {
  const bytes = toBinary(schema, create(schema, init));
  return { bytes, message: fromBinary(schema, bytes) };
}

/** Of the rules that annotations can say; what an event means is refused by rules of its own (core/event/understand-event.test.ts). */
function faultsOf(fault: WireFault): string[] {
  expect(fault.malformed).toBe(false);
  expect(fault.violations.length).toBeGreaterThan(0);
  for (const { field } of fault.violations) expect(field).not.toBe('');
  return fault.violations
    .filter(({ field, rule }) => !rule.startsWith('event.') && !/identifiers\[\d+\]/.test(field))
    .map(({ field, rule }) => `${field} ${rule}`)
    .sort();
}

describe.each([
  ['valid', false],
  ['wild', true],
])('parsing %s messages agrees with protobuf-es and protovalidate', (_, wild) => {
  test('on Decide', () => {
    fc.assert(
      fc.property(arbDecide(wild), (init) => {
        const { bytes, message } = sent(DecideRequestSchema, init);
        const expected = contractViolations(DecideRequestSchema, message);
        const parsed = parseDecide(bytes);
        if (parsed instanceof WireFault) expect(faultsOf(parsed)).toEqual(expected);
        else {
          expect(expected).toEqual([]);
          expect(unhashedDecide(parsed)).toEqual(plainDecide(message));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('on DecideStream', () => {
    fc.assert(
      fc.property(arbDecideStream(wild), (init) => {
        const { bytes, message } = sent(DecideStreamRequestSchema, init);
        const expected = contractViolations(DecideStreamRequestSchema, message);
        const parsed = parseDecideStream(bytes);
        expect(parsed.tag).toBe(Number(message.tag));
        if (parsed instanceof DecideStreamFault) expect(faultsOf(parsed)).toEqual(expected);
        else {
          expect(expected).toEqual([]);
          expect(parsed.timeoutMs).toBe(message.timeout === undefined ? 0 : durationMs(message.timeout));
          expect(parsed.traceparent).toBe(message.traceparent);
          expect(unhashedDecide(parsed.request)).toEqual(message.request && plainDecide(message.request));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('on every event of Publish by itself', () => {
    fc.assert(
      fc.property(fc.array(arbEvent(wild), { minLength: 1, maxLength: 3 }), (events) => {
        const { bytes, message } = sent(PublishRequestSchema, { events });
        const parsed = parsePublish(bytes);
        if (parsed instanceof WireFault) throw new Error('the batch was refused');
        expect(parsed).toHaveLength(message.events.length);
        for (const [i, event] of message.events.entries()) {
          const expected = contractViolations(EventSchema, event);
          const published = parsed[i];
          expect(published?.bytes).toBe(toBinary(EventSchema, event).length);
          if (published?.event instanceof WireFault) {
            expect(faultsOf(published.event)).toEqual(expected);
            expect(published.event.eventId).toBe(plainEvent(event).id);
            expect(published.event.source).toBe(plainEvent(event).source);
          } else {
            expect(expected).toEqual([]);
            expect(published && unhashed(published.event)).toEqual(plainEvent(event));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('on StreamEvents', () => {
    fc.assert(
      fc.property(arbTag(wild), fc.option(arbEvent(false), { nil: undefined }), (tag, event) => {
        const { bytes, message } = sent(StreamEventsRequestSchema, event ? { tag, event } : { tag });
        const expected = contractViolations(StreamEventsRequestSchema, message);
        const parsed = parseStreamedEvent(bytes);
        if (parsed instanceof WireFault) {
          // A faulty event keeps the tag; what is left are faults of the message around it.
          expect(faultsOf(parsed)).toEqual(expected.filter((fault) => !/^event[.](?!required)/.test(fault)));
        } else {
          expect(parsed.tag).toBe(Number(tag));
          const inner = message.event && contractViolations(EventSchema, message.event);
          if (parsed.event instanceof WireFault) expect(faultsOf(parsed.event)).toEqual(inner);
          else expect(unhashed(parsed.event)).toEqual(message.event && plainEvent(message.event));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('on Connect', () => {
    fc.assert(
      fc.property(arbConnect(wild), (init) => {
        const { bytes, message } = sent(ConnectRequestSchema, init);
        const expected = contractViolations(ConnectRequestSchema, message);
        const parsed = parseConnect(bytes, 'email');
        if (parsed instanceof WireFault) {
          expect(faultsOf(parsed)).toEqual(expected);
          return;
        }
        const up = message.message;
        expect(parsed.kind).toBe(up.case);
        if (parsed.kind === 'feedback') {
          if (parsed.feedback instanceof WireFault) {
            expect(faultsOf(parsed.feedback).map(inFeedback).sort()).toEqual(expected);
          } else {
            expect(expected).toEqual([]);
            expect(up.case === 'feedback' && plainFeedback(up.value, 'email')).toEqual(
              unhashed(parsed.feedback),
            );
          }
          return;
        }
        expect(expected).toEqual([]);
        if (parsed.kind === 'rejected' && up.case === 'rejected') {
          const { retryAfter } = up.value;
          expect(parsed.retryAfterMs).toBe(retryAfter === undefined ? -1 : durationMs(retryAfter));
          expect(up.value).toMatchObject({
            dispatchId: parsed.dispatchId,
            retryable: parsed.retryable,
            reason: parsed.reason,
          });
        } else {
          const { kind, ...fields } = parsed;
          expect(kind).toBe(up.case);
          // A channel may be spelt in other ways.
          const told =
            up.case === 'hello' ? { ...up.value, channel: channelNamed(up.value.channel) } : up.value;
          expect(told).toMatchObject(fields);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('on every feedback of Report by itself', () => {
    fc.assert(
      fc.property(fc.array(arbFeedback(wild), { minLength: 1, maxLength: 3 }), (feedback) => {
        const { bytes, message } = sent(ReportRequestSchema, { channel: 'sms', feedback });
        const parsed = parseReport(bytes);
        if (parsed instanceof WireFault) throw new Error('the batch was refused');
        expect(parsed.channel).toBe('sms');
        for (const [i, one] of message.feedback.entries()) {
          const expected = contractViolations(FeedbackSchema, one);
          const found = parsed.feedback[i];
          if (found instanceof WireFault) expect(faultsOf(found)).toEqual(expected);
          else {
            expect(expected).toEqual([]);
            expect(found && unhashed(found)).toEqual(plainFeedback(one, 'sms'));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a batch as a whole', () => {
  const event = { id: 'e', source: 's', name: 'Page Viewed' };
  const feedback = { id: 'f', kind: 4 };

  test.each([
    ['no events', PublishRequestSchema, {}, parsePublish],
    ['501 events', PublishRequestSchema, { events: Array(501).fill(event) }, parsePublish],
    ['no feedback', ReportRequestSchema, { channel: 'sms' }, parseReport],
    [
      '501 feedback',
      ReportRequestSchema,
      { channel: 'sms', feedback: Array(501).fill(feedback) },
      parseReport,
    ],
    ['no channel', ReportRequestSchema, { feedback: [feedback] }, parseReport],
    ['a long channel', ReportRequestSchema, { channel: 'x'.repeat(33), feedback: [feedback] }, parseReport],
  ])('is refused with %s, as the contract says', (_, schema, init, parse) => {
    const { bytes, message } = sent<DescMessage>(schema, init as MessageInitShape<DescMessage>);
    const expected = contractViolations(schema as DescMessage, message).filter(
      (fault) => !fault.includes('['),
    );
    expect(expected).toHaveLength(1);
    const parsed = parse(bytes);
    expect(parsed).toBeInstanceOf(WireFault);
    expect(faultsOf(parsed as WireFault)).toEqual(expected);
  });

  test('of 500 events is taken', () => {
    const { bytes } = sent(PublishRequestSchema, { events: Array(500).fill(event) });
    expect(parsePublish(bytes)).toHaveLength(500);
  });
});

describe('whatever bytes come', () => {
  /** One or two places of valid bytes changed, cut or doubled. */
  const mutated = (valid: fc.Arbitrary<Uint8Array>) =>
    fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 })), { maxLength: 2 }))
      .map(([bytes, changes]) => {
        let result = Buffer.from(bytes);
        for (const [where, byte, how] of changes) {
          const at = where % (result.length + 1);
          if (how === 0) result = result.subarray(0, at);
          else if (how === 1)
            result = Buffer.concat([result.subarray(0, at), Buffer.of(byte), result.subarray(at)]);
          else if (how === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1)]);
          else result[at] = byte;
        }
        return result;
      });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    mutated(arbDecide(false).map((init) => toBinary(DecideRequestSchema, create(DecideRequestSchema, init)))),
    mutated(
      arbConnect(false).map((init) => toBinary(ConnectRequestSchema, create(ConnectRequestSchema, init))),
    ),
    mutated(
      arbDecideStream(false).map((init) =>
        toBinary(DecideStreamRequestSchema, create(DecideStreamRequestSchema, init)),
      ),
    ),
  );

  test('what is accepted obeys the contract, and nothing is thrown', () => {
    let accepted = 0;
    fc.assert(
      fc.property(bytes, (input) => {
        parsePublish(input);
        parseStreamedEvent(input);
        parseConnect(input, 'email');
        parseReport(input);
        parseDecideStream(input);
        const parsed = parseDecide(input);
        if (parsed instanceof WireFault) return;
        accepted++;
        const again = create(DecideRequestSchema, {
          ...parsed,
          identifiers: [...parsed.identifiers],
          placements: [...parsed.placements],
          delivery: parsed.dispatch ? 2 : 1,
          context: { ...parsed },
          events: parsed.events.map(eventAgain),
        });
        expect(contractViolations(DecideRequestSchema, again)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test('a message that is cut anywhere is malformed, invalid or a shorter message, never read beyond its end', () => {
    const { bytes: whole } = sent(DecideRequestSchema, {
      requestId: 'r1',
      identifiers: [{ kind: 'crm', value: '17850' }],
      placements: ['home', 'cart'],
      context: { timeZone: 'Europe/Berlin', page: '/x' },
    });
    // The bytes behind the cut are there, in the same buffer.
    for (let cut = 0; cut < whole.length; cut++) {
      const parsed = parseDecide(whole.subarray(0, cut));
      if (parsed instanceof WireFault) continue;
      expect(unhashedDecide(parsed)).toEqual(
        plainDecide(fromBinary(DecideRequestSchema, whole.slice(0, cut))),
      );
    }
  });

  test('unknown fields of every wire type are stepped over', () => {
    const { bytes: known, message } = sent(DecideRequestSchema, {
      requestId: 'r1',
      identifiers: [{ kind: 'crm', value: '17850' }],
      placements: ['home'],
    });
    const unknown = Buffer.from([
      ...[0xf8, 0x07, 0xff, 0x01], // 127, varint
      ...[0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8], // 127, 64 bits
      ...[0xfa, 0x07, 2, 9, 9], // 127, bytes
      ...[0xfb, 0x07, 0x08, 0x01, 0xfc, 0x07], // 127, group with a field
      ...[0xfd, 0x07, 1, 2, 3, 4], // 127, 32 bits
    ]);
    const parsed = parseDecide(Buffer.concat([unknown, known, unknown]));
    expect(parsed).not.toBeInstanceOf(WireFault);
    expect(unhashedDecide(parsed as Exclude<typeof parsed, WireFault>)).toEqual(plainDecide(message));
  });

  test.each([
    ['a length beyond the end', [0x0a, 0x05, 0x61]],
    ['a length of 2^63', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a nested length beyond the outer one', [0x12, 0x02, 0x0a, 0x7f, 0x61, 0x61]],
    ['a varint of eleven bytes', [0x38, ...Array(10).fill(0x80), 0x01]],
    ['field number 0', [0x02, 0x00]],
    ['an end of a group that never began', [0x0c]],
    ['a group without an end', [0xfb, 0x07, 0x08, 0x01]],
    ['wire type 7', [0x0f]],
    ['nothing behind a tag', [0x0a]],
    ['half a double in front of other fields', [0x1a, 0x0a, 0x4a, 0x08, 0x11, 1, 2, 3, 4, 5, 6, 7, 0]],
  ])('%s is malformed', (_, input) => {
    expect(parseDecide(Uint8Array.from(input))).toMatchObject({ malformed: true, violations: [] });
  });

  test.each([
    ['short', [0xc3, 0x28]],
    ['long', [...Array(70).fill(0x61), 0xff]],
    ['cut', [0x61, 0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('a %s text that is no UTF-8 is a violation', (_, text) => {
    const parsed = parseDecide(Uint8Array.from([0x2a, 0x00, 0x0a, text.length, ...text]));
    expect(parsed).toBeInstanceOf(WireFault);
    expect(faultsOf(parsed as WireFault)).toContain('request_id string.utf8');
  });

  test('a refusal names field, rule, value and says it in a sentence', () => {
    const { bytes } = sent(DecideRequestSchema, {
      requestId: 'r1',
      identifiers: [{ kind: 'crm', value: 'x' }],
      placements: ['home'],
      alternativesMax: 21,
    });
    expect(parseDecide(bytes)).toMatchObject({
      violations: [
        {
          field: 'alternatives_max',
          rule: 'uint32.lte',
          value: '21',
          message: '`alternatives_max` must be at most 20.',
        },
      ],
    });
  });
});

describe('the hash of a body', () => {
  test('is MurmurHash3 x86_32 of the bytes', () => {
    // Vectors of Austin Appleby's reference with seed 0.
    const hash = (text: string) => bytesHash(Buffer.from(text), 0, Buffer.byteLength(text));
    expect(hash('')).toBe(0);
    expect(hash('test')).toBe(0xba6bd213);
    expect(hash('Hello, world!')).toBe(0xc0363e43);
    expect(hash('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723);
  });

  test('of an event is the same alone, in a batch, in a stream and in a decide request', () => {
    const event = {
      id: 'e',
      source: 's',
      identifiers: [{ kind: 'crm', value: '1' }],
      name: 'Page Viewed',
      occurredAt: { seconds: 1n },
    };
    const inBatch = parsePublish(sent(PublishRequestSchema, { events: [event] }).bytes);
    const inStream = parseStreamedEvent(sent(StreamEventsRequestSchema, { tag: 7n, event }).bytes);
    const inDecide = parseDecide(
      sent(DecideRequestSchema, {
        requestId: 'r',
        identifiers: event.identifiers,
        placements: ['p'],
        events: [event],
      }).bytes,
    );
    const bodyHash = eventHash(create(EventSchema, event));
    expect(inBatch).toMatchObject([{ event: { bodyHash } }]);
    expect(inStream).toMatchObject({ event: { bodyHash } });
    expect(inDecide).toMatchObject({ events: [{ bodyHash }] });
  });

  test('of an event is the same at whatever time it happened', () => {
    fc.assert(
      fc.property(arbEvent(false), fc.nat(), (given, ms) => {
        const event = { ...given, name: 'Page Viewed' };
        const again = { ...event, occurredAt: timestampFromMs(ms) };
        const parsed = parsePublish(sent(PublishRequestSchema, { events: [event, again] }).bytes);
        const bodyHash = eventHash(create(EventSchema, event));
        expect(parsed).toMatchObject([{ event: { bodyHash } }, { event: { bodyHash } }]);
      }),
      { numRuns: 200 },
    );
  });

  test('of an event is another one when anything but its time is another', () => {
    const event = { id: 'e', source: 's', name: 'Page Viewed', occurredAt: { seconds: 1n } };
    const others = [
      {},
      { historical: true },
      { channel: 'web' },
      { name: 'Page Visited' },
      { context: { device: 'x' } },
    ];
    const hashes = others.map((other) => eventHash(create(EventSchema, { ...event, ...other })));
    expect(new Set(hashes).size).toBe(others.length);
  });
});

function eventHash(event: Event): number {
  const bytes = toBinary(EventSchema, event);
  return bodyHash(bytes, 0, bytes.length, EVENT_BODY);
}

function inFeedback(fault: string): string {
  return fault.startsWith(' ') ? `feedback${fault}` : `feedback.${fault}`;
}

function eventAgain(event: ReturnType<typeof plainEvent>): MessageInitShape<typeof EventSchema> {
  return {
    id: event.id,
    source: event.source,
    identifiers: [...event.identifiers],
    name: event.name,
    occurredAt: {
      seconds: BigInt(Math.floor(event.occurredAt / 1000)),
      nanos: (event.occurredAt % 1000) * 1e6,
    },
    channel: event.channel,
    sessionId: event.sessionId,
    products: event.products.map(({ price, ...rest }) => (Number.isNaN(price) ? rest : { ...rest, price })),
    ...(event.order && { order: orderAgain(event.order) }),
    currency: event.currency,
    properties: Object.fromEntries(
      Object.entries(event.properties ?? {}).map(([key, value]) => [key, { kind: kindOf(value) }]),
    ),
    ...(event.context && { context: event.context }),
    historical: event.historical,
  };
}

/** What was not said is absent. */
function orderAgain({ orderId, coupon, refundId, ...amounts }: OrderInput) {
  const said = Object.entries(amounts).filter(([, amount]) => !Number.isNaN(amount));
  return { orderId, coupon, refundId, ...Object.fromEntries(said) };
}

function kindOf(value: string | number | boolean) {
  if (typeof value === 'string') return { case: 'stringValue' as const, value };
  if (typeof value === 'number') return { case: 'doubleValue' as const, value };
  return { case: 'boolValue' as const, value };
}
