import { create, toBinary } from '@bufbuild/protobuf';
import {
  type DecideRequest,
  DecideRequestSchema,
  DecideStreamRequestSchema,
  Delivery,
} from '../../gen/attune/v1/decision_pb.ts';
import { customerTruth } from '../../world/customer-truth.ts';
import { contextOf, shopperIdentifiers } from '../../world/shopper-identity.ts';
import type { StreamReplies } from './load.ts';
import { ID_PLACEHOLDER, PatchedBodies, strideFor, TAG_LOW, writeDigits } from './patched-bodies.ts';
import { findField, innerNumberField, numberField } from './wire-read.ts';

export const DECIDE = '/attune.v1.DecisionService/Decide';
export const DECIDE_STREAM = '/attune.v1.DecisionService/DecideStream';

/** The gRPC status code for an error that names none. */
const UNKNOWN = 2;
const CRM_DIGITS = 7;
const KEYS = 3;

/** Decide requests for one unary call or one message of DecideStream; `i` counts calls from 0. */
export interface DecideBodies {
  unary(i: number): Buffer;
  stream(i: number): Buffer;
  /** Of the same customers, who have three keys: named by the strongest alone, by all three, by one that leads elsewhere. */
  readonly byKeys: Readonly<Record<'one' | 'three' | 'led', (i: number) => Buffer>>;
  /** Mean bytes of a unary request. */
  readonly bytesMean: number;
}

/** Requests of the simulated shop's customers 0 to `customers` - 1, taken in a scattered order, for one placement. */
export function decideBodies(seed: number, customers: number, placement: string): DecideBodies {
  const requests = Array.from({ length: customers }, (_, index) => shopRequest(seed, index, placement));
  const unary = new PatchedBodies(
    requests.map((request) => Buffer.from(toBinary(DecideRequestSchema, request))),
    false,
  );
  const stream = new PatchedBodies(requests.map(streamBody), true);
  const rich = requests.filter(({ identifiers }) => identifiers.length >= KEYS);
  const named = (from: number, to: number): ((i: number) => Buffer) =>
    new PatchedBodies(
      rich.map((request) =>
        Buffer.from(
          toBinary(
            DecideRequestSchema,
            create(DecideRequestSchema, { ...request, identifiers: request.identifiers.slice(from, to) }),
          ),
        ),
      ),
      false,
    ).body;
  const byKeys = { one: named(0, 1), three: named(0, KEYS), led: named(1, 2) };
  return { unary: unary.body, stream: stream.body, byKeys, bytesMean: unary.bytesMean };
}

/** The CRM number of customer `index` where a bench makes its own customers. */
export function crmOf(index: number): string {
  return `b${String(index).padStart(CRM_DIGITS, '0')}`;
}

/** Requests of the customers `crmOf(0)` to `crmOf(customers - 1)`, uniformly: one body, whose customer is written in place. */
export function uniformDecideBody(customers: number, placement: string): (i: number) => Buffer {
  const request = create(DecideRequestSchema, {
    requestId: ID_PLACEHOLDER,
    identifiers: [{ kind: 'crm', value: crmOf(0) }],
    placements: [placement],
    delivery: Delivery.RETURN,
    context: {
      timeZone: 'Europe/Berlin',
      locale: 'de-DE',
      device: 'desktop',
      page: placement,
      channel: 'web',
    },
  });
  const body = Buffer.from(toBinary(DecideRequestSchema, request));
  const customerAt = body.indexOf(crmOf(0)) + 1;
  const patched = new PatchedBodies([body], false);
  const stride = strideFor(customers);
  return (i) => {
    writeDigits(body, customerAt, CRM_DIGITS, (i * stride) % customers);
    return patched.body(i);
  };
}

/** How DecideStream's replies are told apart and whether they succeeded. */
export const DECIDE_REPLIES: StreamReplies = {
  askedBy: (bytes, start, end) => numberField(bytes, start, end, 1) - TAG_LOW,
  status(bytes, start, end) {
    if (findField(bytes, start, end, 2) >= 0) return 0;
    return innerNumberField(bytes, start, end, 3, 1) || UNKNOWN;
  },
};

function shopRequest(seed: number, index: number, placement: string): DecideRequest {
  const truth = customerTruth(seed, index);
  return create(DecideRequestSchema, {
    requestId: ID_PLACEHOLDER,
    identifiers: shopperIdentifiers(truth).map(({ kind, value }) => ({ kind, value })),
    placements: [placement],
    delivery: Delivery.RETURN,
    context: { ...contextOf(truth, placement, 'web'), channel: 'web' },
  });
}

function streamBody(request: DecideRequest): Buffer {
  return Buffer.from(
    toBinary(DecideStreamRequestSchema, create(DecideStreamRequestSchema, { tag: BigInt(TAG_LOW), request })),
  );
}
