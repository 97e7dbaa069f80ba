import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENT_ENTRIES, readEntries } from '../codec/wire/stream-entries.ts';
import { StreamEventsRequestSchema } from '../gen/attune/v1/event_pb.ts';
import { ENTRIES_MAX, streamMessages } from './stream-message.ts';

const MIB = 1 << 20;

/** A block of bytes of which requests are cut; what is in them does not matter to a message. */
const BLOCK: Buffer = Buffer.alloc(MIB + 1, 'attune');

test('messages hold all requests in order, within the bounds of the service, and no two of them would go together', () => {
  // Around the lengths where a varint grows by a byte, and where a mebibyte is full.
  const length = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 200 }) },
    fc.integer({ min: 16_300, max: 16_500 }),
    fc.integer({ min: MIB / 2 - 40, max: MIB / 2 + 40 }),
    fc.constant(MIB + 1),
  );
  fc.assert(
    fc.property(fc.array(length, { maxLength: 250, size: 'max' }), (lengths) => {
      const requests = lengths.map((bytes) => BLOCK.subarray(0, bytes));
      const messages = streamMessages(requests, EVENT_ENTRIES.entries);
      const carried = messages.map((message) => {
        if (requests.includes(message)) return [message];
        const entries = readEntries(message, EVENT_ENTRIES);
        if (!Array.isArray(entries)) throw new Error('The service would refuse it.');
        expect(entries.length).toBeGreaterThan(1);
        return entries;
      });
      expect(carried.flat().map((request) => request.length)).toEqual(lengths);
      expect(carried.flat().every((request) => BLOCK.indexOf(request) === 0)).toBe(true);
      for (const [n, next] of carried.entries()) {
        const before = carried[n - 1] ?? [];
        const bytes = [...before, next[0] as Buffer].reduce((sum, entry) => sum + entry.length + 4, 0);
        if (n > 0) expect(before.length === ENTRIES_MAX || bytes > MIB - 512).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test('a message with entries is what protobuf-es reads', () => {
  const requests = [3, 300].map((length, at) =>
    Buffer.from(
      toBinary(
        StreamEventsRequestSchema,
        create(StreamEventsRequestSchema, { tag: BigInt(at + 7), event: { name: 'x'.repeat(length) } }),
      ),
    ),
  );
  const [message] = streamMessages(requests, EVENT_ENTRIES.entries);
  const { tag, event, entries } = fromBinary(StreamEventsRequestSchema, message as Buffer);
  expect([tag, event]).toEqual([0n, undefined]);
  expect(entries.map((entry) => [entry.tag, entry.event?.name.length])).toEqual([
    [7n, 3],
    [8n, 300],
  ]);
});
