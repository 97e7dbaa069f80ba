import { create, toBinary } from '@bufbuild/protobuf';
import {
  type DecideRequest,
  DecideRequestSchema,
  DecideStreamRequestSchema,
  Delivery,
} from '../../gen/attune/v1/decision_pb.ts';
import { customerTruth } from '../../world/customer-truth.ts';
import { contextOf, identifiersOf } from '../../world/shopper-identity.ts';
import type { StreamReplies } from './load.ts';
import { findField, innerNumberField, numberField } from './wire-read.ts';

export const DECIDE = '/attune.v1.DecisionService/Decide';
export const DECIDE_STREAM = '/attune.v1.DecisionService/DecideStream';

const REQUEST_ID = 'bench-0000000000000000';
const DIGITS = 16;
/** Tags of this span all take four bytes, so that they can be written in place. */
const TAG_LOW = 2 ** 21;
const TAG_SPAN = 2 ** 21;
const UNKNOWN = 2;

/** Prepared Decide requests: a body a customer, whose request id (and tag) is written in place for each call. */
export interface DecideBodies {
  /** A unary request; the buffer is reused after `customers` calls. */
  unary(i: number): Buffer;
  /** A message of DecideStream. */
  stream(i: number): Buffer;
  /** Mean bytes of a unary request. */
  readonly bytesMean: number;
}

/** No request id is used twice in one process, nor by two processes that start in different microseconds. */
let issued = Date.now() * 1000;

/** Requests of the simulated shop's customers 0 to `customers` - 1, taken in a scattered order, for one placement. */
export function decideBodies(seed: number, customers: number, placement: string): DecideBodies {
  const unary: Buffer[] = [];
  const stream: Buffer[] = [];
  for (let index = 0; index < customers; index++) {
    const request = decideRequest(seed, index, placement);
    unary.push(Buffer.from(toBinary(DecideRequestSchema, request)));
    const wrapped = create(DecideStreamRequestSchema, { tag: BigInt(TAG_LOW), request });
    stream.push(Buffer.from(toBinary(DecideStreamRequestSchema, wrapped)));
  }
  const unaryAt = unary.map(digitsAt);
  const streamAt = stream.map(digitsAt);
  const stride = strideFor(customers);
  return {
    bytesMean: unary.reduce((sum, body) => sum + body.length, 0) / customers,
    unary(i) {
      const at = (i * stride) % customers;
      const body = unary[at] as Buffer;
      writeDigits(body, unaryAt[at] as number);
      return body;
    },
    stream(i) {
      const at = (i * stride) % customers;
      const body = stream[at] as Buffer;
      writeDigits(body, streamAt[at] as number);
      writeTag(body, 1, TAG_LOW + (i % TAG_SPAN));
      return body;
    },
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

function decideRequest(seed: number, index: number, placement: string): DecideRequest {
  const truth = customerTruth(seed, index);
  const context = contextOf(truth, placement, 'web');
  return create(DecideRequestSchema, {
    requestId: REQUEST_ID,
    identifiers: identifiersOf(truth).map(({ kind, value }) => ({ kind, value })),
    placements: [placement],
    delivery: Delivery.RETURN,
    context: { ...context, channel: 'web' },
  });
}

function digitsAt(body: Buffer): number {
  return body.indexOf(REQUEST_ID, 0, 'latin1') + REQUEST_ID.length - DIGITS;
}

function writeDigits(body: Buffer, at: number): void {
  let rest = issued++;
  for (let i = at + DIGITS - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    body[i] = 48 + (rest - next * 10);
    rest = next;
  }
}

function writeTag(body: Buffer, at: number, tag: number): void {
  body[at] = (tag & 0x7f) | 0x80;
  body[at + 1] = ((tag >>> 7) & 0x7f) | 0x80;
  body[at + 2] = ((tag >>> 14) & 0x7f) | 0x80;
  body[at + 3] = tag >>> 21;
}

/** A step that visits every customer before any comes again, far enough apart that neighbours do not follow each other. */
function strideFor(customers: number): number {
  let stride = Math.max(1, Math.floor(customers * 0.618));
  while (greatestCommonDivisor(stride, customers) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
