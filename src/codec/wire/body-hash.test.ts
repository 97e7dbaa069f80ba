import { create, type DescMessage, type MessageInitShape, ScalarType, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeedbackSchema } from '../../gen/attune/v1/channel_pb.ts';
import { DecideRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import { EventSchema } from '../../gen/attune/v1/event_pb.ts';
import { arbDecide, arbEvent, arbFeedback } from './arbitrary-messages.fixture.ts';
import { bodyHash } from './body-hash.ts';
import {
  type BodyShape,
  DECIDE_BODY,
  DECIDE_BODY_0_2,
  EVENT_BODY,
  EVENT_BODY_0_2,
  FEEDBACK_BODY,
} from './body-shape.ts';

/** Their order says nothing. */
const SETS = ['identifiers', 'products'];

describe('the hash of a body is the same in whatever order it is written, with defaults and unknown fields or without', () => {
  const kinds = [
    ['a decide request', DecideRequestSchema, DECIDE_BODY, arbDecide(true)],
    ['an event', EventSchema, EVENT_BODY, arbEvent(true)],
    ['a feedback', FeedbackSchema, FEEDBACK_BODY, arbFeedback(true)],
  ] as const;
  for (const [name, schema, shape, messages] of kinds) {
    test(`of ${name}`, () => {
      fc.assert(
        fc.property(messages as fc.Arbitrary<object>, fc.infiniteStream(fc.nat()), (message, chance) => {
          const bytes = toBinary(
            schema as DescMessage,
            create(schema as DescMessage, message as Record<string, unknown>),
          );
          const mixed = rewritten(bytes, schema, () => chance.next().value ?? 0);
          expect(mixed.length).toBeGreaterThanOrEqual(bytes.length);
          expect(hash(mixed, shape)).toBe(hash(bytes, shape));
        }),
        { numRuns: 300 },
      );
    });
  }
});

test('a body with another order of elements, or with values in other places, is another body', () => {
  const sound = {
    requestId: 'r',
    identifiers: [
      { kind: 'crm', value: '1' },
      { kind: 'loyalty', value: '2' },
    ],
    placements: ['a', 'b'],
    context: { device: 'x', page: 'y' },
  };
  const [first, second] = sound.identifiers as [(typeof sound.identifiers)[0], (typeof sound.identifiers)[0]];
  const others: MessageInitShape<typeof DecideRequestSchema>[] = [
    sound,
    { ...sound, placements: ['b', 'a'] },
    { ...sound, placements: ['a'] },
    { ...sound, placements: ['a', 'b', 'b'] },
    { ...sound, placements: ['ab'] },
    { ...sound, identifiers: [first, first] },
    { ...sound, identifiers: [first] },
    {
      ...sound,
      identifiers: [
        { ...first, value: '2' },
        { ...second, value: '1' },
      ],
    },
    { ...sound, context: { device: 'y', page: 'x' } },
    { ...sound, alternativesMax: 3 },
    { ...sound, dryRun: true },
    { ...sound, context: {} },
  ];
  const hashes = others.map((other) =>
    hash(toBinary(DecideRequestSchema, create(DecideRequestSchema, other)), DECIDE_BODY),
  );
  expect(new Set(hashes).size).toBe(others.length);
});

test('identifiers and product lines in another order are the same body', () => {
  const identifiers = [
    { kind: 'crm', value: '1' },
    { kind: 'anonymous', value: '2' },
  ];
  const products = [
    { productId: 'coat', quantity: 1 },
    { productId: 'scarf', quantity: 2 },
  ];
  const order = { orderId: 'o', total: 9 };
  const said = { id: 'e', source: 'shop', name: 'Order Completed', occurredAt: { seconds: 1n }, order };
  const event = { ...said, identifiers, products };
  const turned = { ...said, identifiers: identifiers.toReversed(), products: products.toReversed() };
  const decide = (one: typeof event) =>
    toBinary(
      DecideRequestSchema,
      create(DecideRequestSchema, {
        requestId: 'r',
        identifiers: one.identifiers,
        events: [one],
        placements: ['a', 'b'],
      }),
    );
  const bytes = (one: typeof event) => toBinary(EventSchema, create(EventSchema, one));
  expect(hash(bytes(turned), EVENT_BODY)).toBe(hash(bytes(event), EVENT_BODY));
  expect(hash(decide(turned), DECIDE_BODY)).toBe(hash(decide(event), DECIDE_BODY));
  // What version 0.2.0 said of them.
  expect(hash(bytes(event), EVENT_BODY_0_2)).toBe(2_820_841_067);
  expect(hash(decide(event), DECIDE_BODY_0_2)).toBe(3_615_157_676);
});

test('any bytes have a hash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(hash(bytes, DECIDE_BODY)).toBeGreaterThanOrEqual(0);
    }),
  );
});

function hash(bytes: Uint8Array, shape: BodyShape): number {
  return bodyHash(bytes, 0, bytes.length, shape);
}

/** The same message with its fields, those of its nested messages and the entries of its maps in another order. */
function rewritten(bytes: Uint8Array, message: DescMessage | undefined, chance: () => number): Uint8Array {
  const groups = new Map<string, Uint8Array[]>();
  for (const field of message?.fields ?? []) {
    // Only where no value follows: the last one would count.
    const isPlain = field.fieldKind === 'scalar' && field.oneof === undefined && !field.proto.proto3Optional;
    if (isPlain && field.scalar === ScalarType.STRING && !holds(bytes, field.number) && chance() % 3 === 0)
      groups.set(`${field.number}`, [
        new BinaryWriter().tag(field.number, WireType.LengthDelimited).string('').finish(),
      ]);
    if (isPlain && field.scalar === ScalarType.BOOL && !holds(bytes, field.number) && chance() % 3 === 0)
      groups.set(`${field.number}`, [
        new BinaryWriter().tag(field.number, WireType.Varint).bool(false).finish(),
      ]);
  }
  if (message !== undefined && chance() % 2 === 0) {
    const later = new BinaryWriter()
      .tag(1_000, WireType.LengthDelimited)
      .string('later')
      .tag(1_001, WireType.Varint);
    groups.set('unknown', [later.uint32(7).tag(1_002, WireType.Bit64).fixed64(1).finish()]);
  }
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const field = message?.fields.find((one) => one.number === number);
    const isMap = field?.fieldKind === 'map';
    const isMessage = field?.message !== undefined || isMap;
    const inner = isMessage && !isMap ? field?.message : undefined;
    const value = isMessage
      ? new BinaryWriter()
          .tag(number, type)
          .bytes(rewritten(reader.bytes(), inner, chance))
          .finish()
      : new BinaryWriter()
          .tag(number, type)
          .raw(skipped(reader, number, type))
          .finish();
    // Each entry of a map goes where it likes, and elements of a repeated field stay in order, but of sets.
    const group = isMap ? `${number} ${groups.size}` : `${number}`;
    const others = groups.get(group) ?? [];
    const isFirst = SETS.includes(field?.name ?? '') && chance() % 2 === 0;
    groups.set(group, isFirst ? [value, ...others] : [...others, value]);
  }
  const order = [...groups.values()].map((values) => ({ values, at: chance() }));
  return Buffer.concat(order.sort((a, b) => a.at - b.at).flatMap(({ values }) => values));
}

function skipped(reader: BinaryReader, number: number, type: WireType): Uint8Array {
  return reader.skip(type, number);
}

function holds(bytes: Uint8Array, wanted: number): boolean {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === wanted) return true;
    reader.skip(type, number);
  }
  return false;
}
