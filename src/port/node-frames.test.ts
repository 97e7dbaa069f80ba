import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExchangeRequestSchema, NodeService } from '../gen/attune/cluster/v1/node_pb.ts';
import { methodPath } from '../rpc/method.ts';
import {
  BATCH_BYTES,
  batchLength,
  decodeFrames,
  encodeFrames,
  FRAMES_MAX,
  type Frame,
  NODE_EXCHANGE,
} from './node-frames.ts';

const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const frame = fc.record({
  tag: uint32,
  body: fc.uint8Array({ maxLength: 300 }),
  timeoutMs: uint32,
  refused: fc.boolean(),
});
const frames = fc.array(frame, { maxLength: 20 });
const plain = ({ tag, body, timeoutMs, refused }: Frame) => ({ tag, body: [...body], timeoutMs, refused });
const framesOf = (count: number): Frame[] =>
  Array.from({ length: count }, (_, tag) => ({ tag, body: new Uint8Array(0), timeoutMs: 0, refused: false }));

test('the bytes of frames are those of protobuf-es, and either reads what the other wrote', () => {
  fc.assert(
    fc.property(frames, (some) => {
      const bytes = encodeFrames(some);
      const message = create(ExchangeRequestSchema, { frames: some as never[] });
      expect([...bytes]).toEqual([...toBinary(ExchangeRequestSchema, message)]);
      expect(decodeFrames(bytes)?.map(plain)).toEqual(some.map(plain));
      expect(fromBinary(ExchangeRequestSchema, bytes).frames.map(plain)).toEqual(some.map(plain));
    }),
  );
});

test('bytes that were changed or cut are frames or none, never a throw, and a cut within one is none', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat({ max: 255 }),
      (some, at, byte) => {
        const bytes = encodeFrames(some);
        const starts = new Set(some.map((_, count) => encodeFrames(some.slice(0, count)).length));
        const cut = at % bytes.length;
        expect(decodeFrames(bytes.subarray(0, cut)) === undefined).toBe(!starts.has(cut));
        const changed = bytes.slice();
        changed[cut] = byte;
        for (const { tag } of decodeFrames(changed) ?? []) expect(tag).toBe(tag >>> 0);
      },
    ),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeFrames(bytes)));
});

test('fields of a later release are left out, groups and endless numbers are refused', () => {
  const inner = [0x08, 7, 0x28, 0xff, 0x01, 0x32, 2, 9, 9, 0x3d, 1, 2, 3, 4, 0x41, 1, 2, 3, 4, 5, 6, 7, 8];
  const bytes = Uint8Array.from([0x10, 1, 0x0a, inner.length, ...inner, 0x1a, 1, 5]);
  expect(decodeFrames(bytes)?.map(plain)).toEqual([{ tag: 7, body: [], timeoutMs: 0, refused: false }]);
  for (const wrong of [[0x0b], [0x00, 1], [0x0a, 1, 0x0c], [0x10, ...Array(10).fill(0x80), 1], [0x0d, 1, 2]])
    expect(decodeFrames(Uint8Array.from(wrong)), String(wrong)).toBeUndefined();
});

test('a message has no more than so many frames', () => {
  expect(decodeFrames(encodeFrames(framesOf(FRAMES_MAX)))).toHaveLength(FRAMES_MAX);
  expect(decodeFrames(encodeFrames(framesOf(FRAMES_MAX + 1)))).toBeUndefined();
});

test('small frames share a message up to its bounds, a large one has its own', () => {
  const sized = (...lengths: number[]) => lengths.map((length) => ({ body: new Uint8Array(length) }));
  expect(batchLength(framesOf(3_000), 0)).toBe(FRAMES_MAX);
  expect(batchLength(framesOf(3_000), 2_990)).toBe(10);
  expect(batchLength([], 0)).toBe(0);
  expect(batchLength(sized(BATCH_BYTES + 1, 1), 0)).toBe(1);
  expect(batchLength(sized(1, BATCH_BYTES, 1), 0)).toBe(1);
  expect(batchLength(sized(1, BATCH_BYTES - 1, 1), 0)).toBe(2);
});

test('the method is the one of the proto', () => {
  expect(NODE_EXCHANGE).toBe(methodPath(NodeService.method.exchange));
});
