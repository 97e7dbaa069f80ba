/**
 * Request number `index` of a seed: always the same one, so that a failure can be sent again by itself. (Times in it
 * are relative to the clock, which changes their bytes but not their shape.)
 */

import { deflateSync, gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { type Rng, seedRng } from '../../base/rng.ts';
import { ChannelService, ConnectRequestSchema } from '../../gen/attune/v1/channel_pb.ts';
import { FUZZ_METHODS, type FuzzMethod } from './fuzz-methods.ts';
import { type MessagePlan, makeMessage } from './make-message.ts';
import { mutateBytes } from './mutate-bytes.ts';

export type AttackKind = 'valid' | 'fields' | 'bytes' | 'frames' | 'headers' | 'reset' | 'order';

export interface FuzzCall {
  readonly index: number;
  readonly kind: AttackKind;
  readonly method: FuzzMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Written one after the other. */
  readonly chunks: readonly Buffer[];
  /** `half-close`: an answer must come. `reset`: we go after the chunks. */
  readonly ending: 'half-close' | 'reset';
  readonly resetCode: number;
}

export interface FuzzCallPlan {
  readonly seed: number;
  readonly now: () => number;
  readonly policy: MessagePlan['policy'];
}

/** Kinds and their shares. */
const KINDS: readonly (readonly [AttackKind, number])[] = [
  ['valid', 25],
  ['fields', 25],
  ['bytes', 25],
  ['frames', 10],
  ['headers', 6],
  ['reset', 5],
  ['order', 4],
];
const MESSAGE_HEAD = 5;
/** The first byte of a ConnectRequest that holds a Hello. */
const HELLO_TAG = 0x0a;
const RESET_CODES = [0, 1, 2, 5, 7, 8, 11, 13];

/** Makes the request of this number. */
export function makeAttack(index: number, plan: FuzzCallPlan): FuzzCall {
  const rng = seedRng(plan.seed, index);
  const kind = weighted(KINDS, rng);
  const method = weighted(WEIGHED_METHODS, rng);
  const wildness = kind === 'fields' ? 0.02 + rng.float() * 0.3 : 0;
  const message: MessagePlan = { wildness, now: plan.now(), policy: plan.policy };
  const messages = kind === 'order' ? disordered(method, rng, message) : ordered(method, rng, message);
  const base = {
    index,
    kind,
    method,
    path: method.path,
    headers: {},
    ending: 'half-close',
    resetCode: 0,
  } as const;
  switch (kind) {
    case 'bytes':
      return { ...base, chunks: messages.map((bytes) => framed(mutateBytes(bytes, rng))) };
    case 'frames':
      return { ...base, ...wrongFrames(messages, rng) };
    case 'headers':
      return { ...base, ...wrongHeaders(method, rng), chunks: messages.map((bytes) => framed(bytes)) };
    case 'reset':
      return {
        ...base,
        ending: 'reset',
        resetCode: RESET_CODES[rng.intBelow(RESET_CODES.length)] as number,
        chunks: cutSomewhere(Buffer.concat(messages.map((bytes) => framed(bytes))), rng),
      };
    default:
      return { ...base, chunks: messages.map((bytes) => framed(bytes)) };
  }
}

const WEIGHED_METHODS = FUZZ_METHODS.map((method) => [method, method.weight] as const);

function weighted<T>(values: readonly (readonly [T, number])[], rng: Rng): T {
  let at = rng.float() * values.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of values) {
    at -= weight;
    if (at < 0) return value;
  }
  return (values[0] as readonly [T, number])[0];
}

function ordered(method: FuzzMethod, rng: Rng, plan: MessagePlan): Buffer[] {
  const count = method.streamsUp ? 1 + rng.intBelow(5) : 1;
  const messages = Array.from({ length: count }, () => makeMessage(method.input, rng, plan));
  if (method.input !== ChannelService.method.connect.input) return messages;
  // One Hello, and that first.
  return [hello(rng), ...messages.filter((bytes) => plan.wildness > 0 || bytes[0] !== HELLO_TAG)];
}

/** Messages that come too often, too early or not at all. */
function disordered(method: FuzzMethod, rng: Rng, plan: MessagePlan): Buffer[] {
  const count = [0, 2, 3, 40][rng.intBelow(4)] as number;
  const messages = Array.from({ length: count }, () => makeMessage(method.input, rng, plan));
  if (method.input !== ChannelService.method.connect.input || rng.intBelow(2) === 0) return messages;
  return [...messages, hello(rng), hello(rng), ...messages];
}

function hello(rng: Rng): Buffer {
  const channel = ['email', 'sms', 'push', 'whatsapp', 'ads', 'web_push'][rng.intBelow(6)] as string;
  const message = {
    case: 'hello' as const,
    value: { channel, credits: 1 + rng.intBelow(1_000), client: 'fuzz' },
  };
  return Buffer.from(toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message })));
}

/** A gRPC message: a flag, four bytes of length, the bytes. */
function framed(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const frame = Buffer.allocUnsafe(MESSAGE_HEAD + bytes.length);
  frame[0] = flag;
  frame.writeUInt32BE(length >>> 0, 1);
  bytes.copy(frame, MESSAGE_HEAD);
  return frame;
}

type Frames = Partial<FuzzCall> & Pick<FuzzCall, 'chunks'>;

function wrongFrames(messages: readonly Buffer[], rng: Rng): Frames {
  const first = messages[0] ?? Buffer.alloc(0);
  const rest = messages.slice(1).map((bytes) => framed(bytes));
  const wrong = (FRAME_FAULTS[rng.intBelow(FRAME_FAULTS.length)] as (bytes: Buffer, rng: Rng) => Frames)(
    first,
    rng,
  );
  return { ...wrong, chunks: [...wrong.chunks, ...rest] };
}

/** 5 MiB of nothing are 5 KiB. */
const BOMB = gzipSync(Buffer.alloc(5 * 1_048_576));
const OVERSIZED = Buffer.alloc(4 * 1_048_576 + 1);

const FRAME_FAULTS: readonly ((bytes: Buffer, rng: Rng) => Frames)[] = [
  (bytes) => ({ chunks: [framed(bytes, 1)] }),
  (bytes, rng) => ({ chunks: [framed(bytes, 2 + rng.intBelow(254))] }),
  (bytes) => ({ chunks: [framed(gzipSync(bytes), 1)], headers: { 'grpc-encoding': 'gzip' } }),
  (bytes) => ({ chunks: [framed(deflateSync(bytes), 1)], headers: { 'grpc-encoding': 'deflate' } }),
  (bytes) => ({ chunks: [framed(gzipSync(bytes).subarray(0, 12), 1)], headers: { 'grpc-encoding': 'gzip' } }),
  (bytes) => ({ chunks: [framed(bytes, 1)], headers: { 'grpc-encoding': 'gzip' } }),
  (bytes) => ({ chunks: [framed(gzipSync(bytes), 1)], headers: { 'grpc-encoding': 'br' } }),
  () => ({ chunks: [framed(BOMB, 1)], headers: { 'grpc-encoding': 'gzip' } }),
  (bytes, rng) => ({ chunks: [framed(bytes, 0, bytes.length + 1 + rng.intBelow(100))] }),
  (bytes, rng) => ({ chunks: [framed(bytes, 0, rng.intBelow(bytes.length + 1))] }),
  (bytes) => ({ chunks: [framed(bytes, 0, 0xffffffff)] }),
  (bytes) => ({ chunks: [framed(bytes, 0, 0x80000000)] }),
  (bytes) => ({ chunks: [framed(bytes), framed(bytes), framed(bytes)] }),
  () => ({ chunks: [] }),
  () => ({ chunks: [framed(Buffer.alloc(0))] }),
  (bytes, rng) => ({ chunks: [framed(bytes).subarray(0, 1 + rng.intBelow(4))] }),
  (bytes) => ({ chunks: pieces(framed(bytes), 1) }),
  (bytes, rng) => ({ chunks: pieces(framed(bytes), 1 + rng.intBelow(20)) }),
  (bytes) => ({ chunks: [framed(bytes), Buffer.from('trailing')] }),
  (bytes) => ({ chunks: [bytes] }),
  // Rarely: it costs as much as a thousand others.
  (bytes, rng) => ({ chunks: [framed(rng.intBelow(20) === 0 ? OVERSIZED : bytes)] }),
];

/** A few pieces of this size, then the rest: each is written by itself. */
function pieces(bytes: Buffer, size: number): Buffer[] {
  const cut: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && cut.length < 40) {
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...cut, bytes.subarray(at)];
}

function cutSomewhere(bytes: Buffer, rng: Rng): Buffer[] {
  return rng.intBelow(4) === 0 ? [] : [bytes.subarray(0, rng.intBelow(bytes.length + 1))];
}

const LONG_VALUE = 'v'.repeat(7_000);
const HEADER_FAULTS: readonly Readonly<Record<string, string>>[] = [
  ...[
    '0m',
    '1n',
    '',
    'abc',
    '-1S',
    '99999999H',
    '999999999S',
    '1',
    'm',
    '1m1m',
    '00000001S',
    '5u',
    '+5S',
    '5 S',
  ].map((timeout) => ({ 'grpc-timeout': timeout })),
  ...[
    'application/grpc+json',
    'application/grpc;charset=x',
    'application/json',
    'text/html',
    'application/grpcx',
  ].map((type) => ({ 'content-type': type })),
  ...['br', 'snappy', 'gzip', 'identity', '', ','].map((encoding) => ({ 'grpc-encoding': encoding })),
  { 'grpc-accept-encoding': 'zstd' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic Og==' },
  { 'x-junk-bin': '!!! not base64 !!!' },
  { 'grpc-trace-bin': 'AAAA' },
  { 'grpc-tags-bin': '\\x00' },
  { 'x-long': LONG_VALUE },
  Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`x-many-${n}`, `${n}`])),
  { traceparent: '00-00000000000000000000000000000000-0000000000000000-zz' },
  { 'user-agent': '' },
  { te: 'gzip' },
  { 'grpc-status': '0', 'grpc-message': '%ZZ' },
  { 'content-length': '0' },
  { cookie: 'a=b; a=b' },
  { expect: '100-continue' },
  { ':method': 'GET' },
  { ':method': 'PUT' },
  { ':scheme': 'ftp' },
  { ':authority': '' },
];

function wrongHeaders(method: FuzzMethod, rng: Rng): Partial<FuzzCall> {
  if (rng.intBelow(5) === 0) {
    const paths = [
      '/',
      '//',
      '/x',
      `${method.path}/`,
      method.path.toLowerCase(),
      `${method.path}%00`,
      `/${'a'.repeat(4_000)}`,
      '*',
    ];
    return { path: paths[rng.intBelow(paths.length)] as string };
  }
  return { headers: HEADER_FAULTS[rng.intBelow(HEADER_FAULTS.length)] as Record<string, string> };
}
