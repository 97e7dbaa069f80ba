/**
 * What the hot messages cost on the wire: µs per message by hand and with protobuf-es (without validation), on one
 * core, warm. Run it with `node src/codec/wire/wire.bench.ts`; prints one JSON object. Not measured: sockets, HTTP/2,
 * protovalidate (which costs a multiple of the parse), cold caches.
 */
import { cpus } from 'node:os';
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  DecideReplySchema,
  DecideRequestSchema,
  DecideStreamRequestSchema,
} from '../../gen/attune/v1/decision_pb.ts';
import { PublishReplySchema, PublishRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import { sampleDecision } from '../stored/sample-values.fixture.ts';
import { encodeDecideReply } from './encode-decide.ts';
import { type EventResultOutput, encodePublishReply } from './encode-event-result.ts';
import { parseDecide, parseDecideStream } from './parse-decide.ts';
import { parsePublish } from './parse-publish.ts';

const ROUNDS = 9;
const CALLS = 20_000;
const VARIANTS = 256;

/** Median over rounds of the CPU µs per call, all threads: a busy machine and garbage collection do not hide in it. */
function micros(call: (i: number) => void, calls = CALLS): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const from = process.cpuUsage();
    for (let i = 0; i < calls; i++) call(i & (VARIANTS - 1));
    const used = process.cpuUsage(from);
    if (round >= 2) times.push((used.user + used.system) / calls);
  }
  times.sort((a, b) => a - b);
  return Math.round((times[ROUNDS >> 1] ?? 0) * 1000) / 1000;
}

/** Different ids in every message, as in traffic: strings are made, not found. */
function messages<D extends DescMessage>(schema: D, init: (i: number) => MessageInitShape<D>): Buffer[] {
  return Array.from({ length: VARIANTS }, (_, i) => Buffer.from(toBinary(schema, create(schema, init(i)))));
}

interface Pair {
  readonly bytes: number;
  readonly handUs: number;
  readonly protobufEsUs: number;
}

function decoding(
  schema: DescMessage,
  sent: Buffer[],
  parse: (bytes: Buffer) => unknown,
  calls = CALLS,
): Pair {
  return {
    bytes: sent[0]?.length ?? 0,
    handUs: micros((i) => void parse(sent[i] as Buffer), calls),
    protobufEsUs: micros((i) => void fromBinary(schema, sent[i] as Buffer), calls),
  };
}

function encoding<D extends DescMessage>(schema: D, encode: (i: number) => Buffer, calls = CALLS): Pair {
  const inits = Array.from({ length: VARIANTS }, (_, i) => initOf(schema, encode(i)));
  return {
    bytes: encode(0).length,
    handUs: micros((i) => void encode(i), calls),
    protobufEsUs: micros(
      (i) => void toBinary(schema, create(schema, inits[i] as MessageInitShape<D>)),
      calls,
    ),
  };
}

/** The same message as the plain object that a handler would build for protobuf-es. */
function initOf<D extends DescMessage>(schema: D, bytes: Buffer): MessageInitShape<D> {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => !key.startsWith('$'));
    return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
  };
  return plain(fromBinary(schema, bytes)) as MessageInitShape<D>;
}

const identifiers = (i: number) => [{ kind: 'crm', value: String(12_346 + i * 7) }];
const event = (i: number) => ({
  id: `018f2e7a-91c4-7000-8000-0000000${10_000 + i}`,
  source: 'web-shop',
  identifiers: [...identifiers(i), { kind: 'anonymous', value: `a9f3e2c1b0d4${1_000 + i}` }],
  name: 'Product Viewed',
  occurredAt: { seconds: BigInt(1_790_000_000 + i), nanos: 123_000_000 },
  channel: 'web',
  sessionId: `s-${i}-77ab`,
  products: [{ productId: `p-${1_000 + i}`, category: 'coats', brand: 'nord', size: 'M', price: 129.5 + i }],
  currency: 'EUR',
  context: { timeZone: 'Europe/Berlin', locale: 'de-DE', device: 'mobile', page: `/coats/p-${1_000 + i}` },
});
const small = (i: number) => ({
  requestId: `018f2e7a-91c4-7000-8000-0000001${10_000 + i}`,
  identifiers: identifiers(i),
  placements: ['home_hero'],
  context: { timeZone: 'Europe/Berlin', locale: 'de-DE', device: 'mobile', channel: 'web' },
});

const decided = Array.from({ length: VARIANTS }, (_, i) => ({
  place: { generation: 1, shard: i & 63, seq: 1_000_000 + i, index: i & 15 },
  fact: { ...sampleDecision(i & 15), alternativesMax: 0 },
  repeated: false,
}));
const withAlternatives = decided.map((one) => ({ ...one, fact: { ...one.fact, alternativesMax: 3 } }));
const names = {
  actions: Array.from({ length: 200 }, (_, i) => ({
    id: `recover-cart-${i}`,
    variants: [{ id: 'a' }, { id: 'b' }],
  })),
};
const results = Array.from(
  { length: 100 },
  (_, i): EventResultOutput => ({
    eventId: `018f2e7a-91c4-7000-8000-0000000${10_000 + i}`,
    source: 'web-shop',
    status: i % 10 === 0 ? 'duplicate' : 'accepted',
    violations: [],
    retryAfterMs: 0,
    linkPending: false,
    warnings: [],
  }),
);

const measured = {
  machine: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  decideRequest: decoding(DecideRequestSchema, messages(DecideRequestSchema, small), parseDecide),
  decideRequestWithEvent: decoding(
    DecideRequestSchema,
    messages(DecideRequestSchema, (i) => ({ ...small(i), events: [event(i)] })),
    parseDecide,
  ),
  decideStreamRequest: decoding(
    DecideStreamRequestSchema,
    messages(DecideStreamRequestSchema, (i) => ({
      tag: BigInt(i),
      timeout: { nanos: 50_000_000 },
      request: small(i),
    })),
    parseDecideStream,
  ),
  publishOne: decoding(
    PublishRequestSchema,
    messages(PublishRequestSchema, (i) => ({ events: [event(i)] })),
    parsePublish,
  ),
  publish100: decoding(
    PublishRequestSchema,
    messages(PublishRequestSchema, (i) => ({
      events: Array.from({ length: 100 }, (_, at) => event(i + at)),
    })),
    parsePublish,
    400,
  ),
  decideReply: encoding(DecideReplySchema, (i) =>
    encodeDecideReply(decided[i] as (typeof decided)[0], names),
  ),
  decideReplyWith3Alternatives: encoding(DecideReplySchema, (i) =>
    encodeDecideReply(withAlternatives[i] as (typeof decided)[0], names),
  ),
  publishReply100: encoding(PublishReplySchema, () => encodePublishReply(results), 400),
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
