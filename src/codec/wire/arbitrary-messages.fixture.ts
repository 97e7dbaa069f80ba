/** Messages of the contract as fast-check values: valid ones, and `wild` ones in which any field may break a rule. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type { ConnectRequestSchema, FeedbackSchema } from '../../gen/attune/v1/channel_pb.ts';
import type { DecideRequestSchema, DecideStreamRequestSchema } from '../../gen/attune/v1/decision_pb.ts';
import type { EventSchema } from '../../gen/attune/v1/event_pb.ts';

type EventInit = MessageInitShape<typeof EventSchema>;
type DecideInit = MessageInitShape<typeof DecideRequestSchema>;
type DecideStreamInit = MessageInitShape<typeof DecideStreamRequestSchema>;
type FeedbackInit = MessageInitShape<typeof FeedbackSchema>;
type ConnectInit = MessageInitShape<typeof ConnectRequestSchema>;

const EVENT_NAMES = [
  'Product Viewed',
  'Product Clicked',
  'Product Added',
  'Product Removed',
  'Product Added to Wishlist',
  'Size Guide Viewed',
  'Variant Unavailable',
  'Order Completed',
  'Order Refunded',
  'Order Cancelled',
  'Consent Updated',
  'Page Viewed',
  'Something Else',
];

/** A value that keeps the rules, or in the wild now and then one that breaks them. */
function either<T>(wild: boolean, good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return wild ? fc.oneof({ weight: 9, arbitrary: good }, bad) : good;
}

/** A text of at least `min` characters and at most `max` bytes. */
function text(wild: boolean, min: 0 | 1, max: number): fc.Arbitrary<string> {
  const good = fc.oneof(
    { weight: 4, arbitrary: fc.string({ minLength: min, maxLength: Math.min(max, 24) }) },
    fc.string({ minLength: max, maxLength: max }),
    fc
      .string({ unit: 'grapheme', minLength: min, maxLength: 6 })
      .filter((value) => Buffer.byteLength(value) <= max),
    fc.constantFrom('ä', '日本', '\ufeff', '\ufffd').filter((value) => Buffer.byteLength(value) <= max),
  );
  const long = fc.constantFrom('x'.repeat(max + 1), `${'ü'.repeat(Math.ceil(max / 2))}x`, '🙂'.repeat(max));
  return either(wild, good, min === 1 ? fc.oneof(long, fc.constant('')) : long);
}

/** Up to `max` items, in the wild also too many. */
function list<T>(wild: boolean, item: fc.Arbitrary<T>, min: 0 | 1, max: number, valid: T): fc.Arbitrary<T[]> {
  const good = fc.array(item, { minLength: min, maxLength: Math.min(max, 3) });
  const bad = fc.constantFrom<T[][]>([], Array<T>(max + 1).fill(valid), Array<T>(max + 5).fill(valid));
  return either(wild, good, min === 1 ? bad : bad.filter((items) => items.length > 0));
}

function identifier(wild: boolean) {
  return fc.record({
    kind: either(
      wild,
      fc.constantFrom('crm', 'email_sha256', 'a', `a${'9'.repeat(31)}`),
      fc.constantFrom('', 'A', '9a', '_a', 'a-b', 'crm\n', 'ä', `a${'9'.repeat(32)}`, `a${'9'.repeat(5000)}`),
    ),
    value: text(wild, 1, 256),
  });
}

function identifiers(wild: boolean) {
  return list(wild, identifier(wild), 1, 8, { kind: 'crm', value: '1' });
}

function occurredAt(wild: boolean): fc.Arbitrary<{ seconds: bigint; nanos: number } | undefined> {
  const nanos = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 }));
  const at = (seconds: fc.Arbitrary<bigint>) => fc.record({ seconds, nanos });
  return either<{ seconds: bigint; nanos: number } | undefined>(
    wild,
    at(fc.bigInt({ min: 0n, max: 4_102_444_799n })),
    fc.oneof(
      fc.constant(undefined),
      at(fc.constantFrom(-1n, -5_000_000_000n, 4_102_444_800n, 200_000_000_000n)),
    ),
  );
}

function number(wild: boolean, min: number, max: number): fc.Arbitrary<number> {
  const good = fc.oneof(
    fc.double({ min, max, noNaN: true }),
    fc.constantFrom(0, min, max),
    fc.integer({ min: 0, max: 1000 }),
  );
  return either(
    wild,
    good,
    fc.constantFrom(Number.NaN, Infinity, -Infinity, max * 1.01, min === 0 ? -0.5 : min * 1.01),
  );
}

function product(wild: boolean) {
  return fc.record(
    {
      productId: text(wild, 1, 64),
      sku: text(wild, 0, 64),
      variant: text(wild, 0, 64),
      size: text(wild, 0, 32),
      category: text(wild, 0, 128),
      brand: text(wild, 0, 64),
      price: number(wild, 0, 1e9),
      quantity: either(
        wild,
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom(-1, -(2 ** 31), 1_000_001, 2 ** 31 - 1),
      ),
      coupon: text(wild, 0, 64),
    },
    { requiredKeys: ['productId'] },
  );
}

function order(wild: boolean) {
  const amount = number(wild, -1e12, 1e12);
  return fc.record(
    {
      orderId: text(wild, 1, 64),
      total: amount,
      revenue: amount,
      shipping: amount,
      tax: amount,
      discount: amount,
      coupon: text(wild, 0, 64),
      refundId: text(wild, 0, 64),
    },
    { requiredKeys: ['orderId'] },
  );
}

function propertyValue(wild: boolean) {
  const good = fc.oneof(
    text(wild, 0, 1024).map((value) => ({ kind: { case: 'stringValue' as const, value } })),
    number(wild, -1e15, 1e15).map((value) => ({ kind: { case: 'doubleValue' as const, value } })),
    fc.boolean().map((value) => ({ kind: { case: 'boolValue' as const, value } })),
  );
  return wild ? fc.oneof({ weight: 9, arbitrary: good }, fc.constant({})) : good;
}

function properties(wild: boolean): fc.Arbitrary<EventInit['properties']> {
  const value = propertyValue(wild);
  const key = text(wild, 1, 64).filter((name) => name !== '__proto__');
  const consent = fc.record({
    channel: fc.constantFrom('email', '').map(stringValue),
    purpose: fc.constantFrom('marketing', 'service', 'gossip').map(stringValue),
    granted: fc.oneof(
      fc.boolean().map((granted) => ({ kind: { case: 'boolValue' as const, value: granted } })),
      fc.constant(stringValue('yes')),
    ),
  });
  const many = fc.constant(
    Object.fromEntries(Array.from({ length: 66 }, (_, i) => [`k${i}`, stringValue('v')])),
  );
  return either<EventInit['properties']>(
    wild,
    fc.oneof(fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }), consent),
    many,
  );
}

function stringValue(value: string) {
  return { kind: { case: 'stringValue' as const, value } };
}

function context(wild: boolean) {
  return fc.record(
    {
      timeZone: text(wild, 0, 64),
      locale: text(wild, 0, 35),
      device: text(wild, 0, 64),
      page: text(wild, 0, 512),
    },
    { requiredKeys: [] },
  );
}

/** Events; those that are not wild may still lack what their name requires. */
export function arbEvent(wild: boolean): fc.Arbitrary<EventInit> {
  return fc.record(
    {
      id: text(wild, 1, 128),
      source: text(wild, 1, 64),
      identifiers: identifiers(wild),
      name: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...EVENT_NAMES) }, text(wild, 1, 64)),
      occurredAt: occurredAt(wild),
      channel: fc.oneof(fc.constantFrom('web', 'store', ''), text(wild, 0, 32)),
      sessionId: text(wild, 0, 64),
      products: list(wild, product(wild), 0, 1000, { productId: 'p' }),
      order: order(wild),
      currency: either(
        wild,
        fc.constantFrom('', 'EUR', 'GBP'),
        fc.constantFrom('eur', 'EURO', 'E€', 'EU', 'EUR '),
      ),
      properties: properties(wild),
      context: context(wild),
      historical: fc.boolean(),
    },
    { requiredKeys: ['id', 'source', 'identifiers', 'name', 'occurredAt'] },
  ) as fc.Arbitrary<EventInit>;
}

export function arbDecide(wild: boolean): fc.Arbitrary<DecideInit> {
  const event = {
    id: 'e',
    source: 's',
    identifiers: [{ kind: 'crm', value: '1' }],
    name: 'Page Viewed',
    occurredAt: { seconds: 1n },
  };
  return fc.record(
    {
      requestId: text(wild, 1, 64),
      identifiers: identifiers(wild),
      events: list<EventInit>(wild, arbEvent(wild), 0, 20, event),
      placements: list(wild, text(wild, 1, 64), 0, 8, 'home'),
      delivery: either(wild, fc.constantFrom(0, 1, 2), fc.constantFrom(3, -1, 2 ** 31 - 1)),
      context: fc.record(
        {
          timeZone: text(wild, 0, 64),
          locale: text(wild, 0, 35),
          device: text(wild, 0, 64),
          page: text(wild, 0, 512),
          channel: text(wild, 0, 32),
        },
        { requiredKeys: [] },
      ),
      alternativesMax: either(wild, fc.integer({ min: 0, max: 20 }), fc.constantFrom(21, 2 ** 32 - 1)),
      dryRun: fc.boolean(),
      explain: fc.boolean(),
    },
    { requiredKeys: ['requestId', 'identifiers'] },
  ) as fc.Arbitrary<DecideInit>;
}

export function arbTag(wild: boolean): fc.Arbitrary<bigint> {
  return either(
    wild,
    fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })),
    fc.constantFrom(2n ** 53n, 2n ** 64n - 1n),
  );
}

export function arbDecideStream(wild: boolean): fc.Arbitrary<DecideStreamInit> {
  return fc.record(
    {
      tag: arbTag(wild),
      timeout: either(
        wild,
        fc.record({
          seconds: fc.bigInt({ min: 0n, max: 59n }),
          nanos: fc.integer({ min: 1, max: 999_999_999 }),
        }),
        fc.constantFrom(
          { seconds: 0n, nanos: 0 },
          { seconds: 60n, nanos: 1 },
          { seconds: -1n, nanos: 0 },
          { seconds: 100_000_000n, nanos: 0 },
        ),
      ),
      traceparent: text(wild, 0, 64),
      request: arbDecide(wild),
    },
    { requiredKeys: wild ? [] : ['request'] },
  ) as fc.Arbitrary<DecideStreamInit>;
}

export function arbFeedback(wild: boolean): fc.Arbitrary<FeedbackInit> {
  return fc.record(
    {
      id: text(wild, 1, 128),
      dispatchId: text(wild, 0, 64),
      tracking: text(wild, 0, 160),
      kind: either(wild, fc.integer({ min: 1, max: 11 }), fc.constantFrom(0, 12, -1)),
      occurredAt: occurredAt(wild),
      machine: fc.boolean(),
      link: text(wild, 0, 512),
      value: number(wild, -1e12, 1e12),
      scope: either(
        wild,
        fc.constantFrom('', 'marketing', 'service'),
        fc.constantFrom('all', 'x'.repeat(5000)),
      ),
      identifiers: identifiers(wild),
    },
    { requiredKeys: ['id', 'kind', 'occurredAt'] },
  ) as fc.Arbitrary<FeedbackInit>;
}

export function arbConnect(wild: boolean): fc.Arbitrary<ConnectInit> {
  const dispatchId = text(wild, 1, 64);
  const message = fc.oneof(
    fc
      .record({
        channel: text(wild, 1, 32),
        credits: either(wild, fc.integer({ min: 1, max: 1000 }), fc.constantFrom(0, 1001, 2 ** 32 - 1)),
        client: text(wild, 0, 64),
      })
      .map((value) => ({ case: 'hello' as const, value })),
    fc.record({ dispatchId }).map((value) => ({ case: 'accepted' as const, value })),
    fc
      .record(
        {
          dispatchId,
          retryable: fc.boolean(),
          retryAfter: either(
            wild,
            fc.record({
              seconds: fc.bigInt({ min: 0n, max: 86_399n }),
              nanos: fc.integer({ min: 0, max: 999_999_999 }),
            }),
            fc.constantFrom({ seconds: -1n, nanos: 0 }, { seconds: 86_400n, nanos: 1 }),
          ),
          reason: text(wild, 0, 256),
        },
        { requiredKeys: ['dispatchId'] },
      )
      .map((value) => ({ case: 'rejected' as const, value })),
    fc.record({ dispatchId, tooLate: fc.boolean() }).map((value) => ({ case: 'withdrawn' as const, value })),
    fc.record({ customerId: text(wild, 1, 64) }).map((value) => ({ case: 'erased' as const, value })),
    arbFeedback(wild).map((value) => ({ case: 'feedback' as const, value })),
  );
  const good = message.map((chosen) => ({ message: chosen }));
  return (
    wild ? fc.oneof({ weight: 9, arbitrary: good }, fc.constant({})) : good
  ) as fc.Arbitrary<ConnectInit>;
}
