import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../config/limits.ts';
import { MessageReader } from './message-reader.ts';

function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + message.length);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, 5);
  return bytes;
}

/** What the reader gives, pulled at most `most` at a time between two pushes. */
function read(chunks: readonly Buffer[], pulls: readonly number[]): string[] {
  const reader = new MessageReader(1_000, 'identity', { bytes: 0 });
  const seen: string[] = [];
  const pull = (most: number): void => {
    for (let i = 0; i < most; i++) {
      const message = reader.next();
      if (message === undefined) return;
      seen.push(message.toString('hex'));
    }
  };
  chunks.forEach((chunk, i) => {
    reader.push(chunk);
    pull(pulls[i % pulls.length] ?? 1);
  });
  pull(Number.POSITIVE_INFINITY);
  expect(reader.fault).toBe(undefined);
  expect(reader.pending).toBe(0);
  return seen;
}

test('messages come whole and in order, however their bytes are cut and however slowly they are pulled', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }),
      (messages, cuts, pulls) => {
        const all = Buffer.concat(messages.map(framed));
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const length = cuts[i % cuts.length] as number;
          chunks.push(all.subarray(at, at + length));
          at += length;
        }
        expect(read(chunks, pulls)).toEqual(messages.map((message) => Buffer.from(message).toString('hex')));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a message that is too large is a fault before its bytes have come', () => {
  const reader = new MessageReader(10, 'identity', { bytes: 0 });
  reader.push(framed(new Uint8Array(11)).subarray(0, 5));
  expect(reader.next()).toBe(undefined);
  expect(reader.fault).toBe('too-large');
});

test('bytes that come one by one take no more room than their number', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const bytes = framed(Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251)));
  const reader = new MessageReader(1 << 20, 'identity', { bytes: 0 });
  const before = held();
  let early = 0;
  for (let at = 0; at < bytes.length - 1; at++) {
    reader.push(bytes.subarray(at, at + 1));
    if (reader.next() !== undefined) early++;
  }
  expect(held() - before).toBeLessThan(2 * bytes.length);
  reader.push(bytes.subarray(-1));
  expect([early, reader.next()?.equals(bytes.subarray(5))]).toEqual([0, true]);
});

test('beyond the bytes that all unfinished messages may hold a message ends with no room, and gives back what it held', () => {
  const others = LIMITS.unfinishedBytesMax - 1_000;
  const held = { bytes: others };
  const [first, second] = [1, 2].map(() => new MessageReader(10_000, 'identity', held)) as [
    MessageReader,
    MessageReader,
  ];
  const bytes = framed(Buffer.alloc(2_000));
  for (const reader of [first, second]) reader.push(bytes.subarray(0, 100));
  first.push(bytes.subarray(100, 1_100));
  second.push(bytes.subarray(100, 101));
  expect([first, second].map((reader) => [reader.next(), reader.fault])).toEqual([
    [undefined, undefined],
    [undefined, 'no-room'],
  ]);
  second.close();
  expect(held.bytes).toBe(others + 1_000);
  first.close();
  expect(held.bytes).toBe(others);
  const third = new MessageReader(10_000, 'identity', held);
  for (let at = 0; at < 900; at += 300) third.push(framed(Buffer.alloc(895)).subarray(at, at + 300));
  expect([third.next()?.length, held.bytes]).toEqual([895, others]);
});
