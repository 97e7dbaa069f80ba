import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import { DecideStreamReplySchema, DecideStreamRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import { StreamEventsRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import { contractViolations } from '../contract-rules.fixture.ts';
import { type DecideStreamFault, parseDecideStream } from './parse-decide.ts';
import { parseStreamedEvent } from './parse-publish.ts';
import { DECIDE_ENTRIES, EVENT_ENTRIES, ReplyEntries, readEntries } from './stream-entries.ts';
import { WireFault } from './violation.ts';

const { entriesPerMessageMax, entriesBytesMax } = REQUEST_BOUNDS;
const decide = (tag: number, requestId = `r${tag}`) => ({
  tag: BigInt(tag),
  request: { requestId, identifiers: [{ kind: 'crm', value: 'a' }], placements: ['home'] },
});
const sent = (message: Parameters<typeof create<typeof DecideStreamRequestSchema>>[1]) =>
  Buffer.from(toBinary(DecideStreamRequestSchema, create(DecideStreamRequestSchema, message)));

test('the entries of a message are those that protobuf-es reads', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 100 }), (tags) => {
      const entries = readEntries(sent({ entries: tags.map((tag) => decide(tag)) }), DECIDE_ENTRIES);
      expect((entries as Buffer[]).map((entry) => (parseDecideStream(entry) as { tag: number }).tag)).toEqual(
        tags,
      );
    }),
  );
});

test('a message without entries is left to the parser of one request', () => {
  expect(readEntries(sent(decide(1)), DECIDE_ENTRIES)).toBeUndefined();
  expect(readEntries(Buffer.from([0xff, 0xff]), DECIDE_ENTRIES)).toBeUndefined();
});

test('each rule about entries is refused by its name, as the contract says', () => {
  const rulesOf = (outcome: unknown) =>
    outcome instanceof WireFault ? outcome.violations.map(({ field, rule }) => `${field} ${rule}`) : outcome;
  const both = create(DecideStreamRequestSchema, { ...decide(1), entries: [decide(2)] });
  const expected = contractViolations(DecideStreamRequestSchema, both);
  expect(rulesOf(readEntries(sent(both), DECIDE_ENTRIES))).toEqual(expected);

  const many = create(DecideStreamRequestSchema, {
    entries: Array.from({ length: entriesPerMessageMax + 1 }, (_, n) => decide(n)),
  });
  expect(rulesOf(readEntries(sent(many), DECIDE_ENTRIES))).toEqual(
    contractViolations(DecideStreamRequestSchema, many),
  );

  const large = sent({ entries: [decide(1, 'r'.repeat(entriesBytesMax))] });
  expect(rulesOf(readEntries(large, DECIDE_ENTRIES))).toEqual(['entries entries.max_bytes']);

  const nested = create(DecideStreamRequestSchema, { entries: [{ entries: [decide(1)] }] });
  expect(contractViolations(DecideStreamRequestSchema, nested)).toEqual([
    'entries decide_stream.entries_flat',
  ]);
  const [inner] = readEntries(sent(nested), DECIDE_ENTRIES) as Buffer[];
  expect(rulesOf(parseDecideStream(inner as Buffer) as DecideStreamFault)).toEqual([
    'entries decide_stream.entries_flat',
  ]);

  const events = Buffer.from(
    toBinary(
      StreamEventsRequestSchema,
      create(StreamEventsRequestSchema, { entries: [{ entries: [{ tag: 1n }] }] }),
    ),
  );
  const [event] = readEntries(events, EVENT_ENTRIES) as Buffer[];
  expect(rulesOf(parseStreamedEvent(event as Buffer))).toEqual(['entries stream_events.entries_flat']);
});

test('gathered replies are one message that protobuf-es reads', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt(0n, 2n ** 53n - 1n), { minLength: 1, maxLength: 300 }), (tags) => {
      const replies = new ReplyEntries(4);
      for (const round of [1, 2]) {
        for (const tag of tags) {
          const reply = create(DecideStreamReplySchema, {
            tag,
            result: { case: 'error', value: { message: 'x'.repeat(Number(tag % 200n) * round) } },
          });
          replies.add(toBinary(DecideStreamReplySchema, reply));
        }
        expect(replies.count).toBe(tags.length);
        const message = fromBinary(DecideStreamReplySchema, replies.take());
        expect(message.entries.map(({ tag }) => tag)).toEqual(tags);
      }
    }),
  );
});

test('gathered replies are full at a hundred, and at half of a MiB', () => {
  const many = new ReplyEntries(4);
  for (let n = 0; n < 99; n++) many.add(new Uint8Array(1));
  expect(many.full).toBe(false);
  many.add(new Uint8Array(1));
  expect(many.full).toBe(true);
  const large = new ReplyEntries(4);
  large.add(new Uint8Array(1 << 19));
  expect(large.full).toBe(true);
});
