import { Metadata, Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closedStream, closedUnary, openStream, openUnary } from './load.ts';
import { connectRaw } from './raw-client.ts';

const server = new Server();
const same = (bytes: Buffer) => bytes;
let port = 0;
/** Requests that the server has seen. */
let seen = 0;

type Done = (error: object | null, reply?: Buffer) => void;

beforeAll(async () => {
  server.register(
    '/test.S/Echo',
    (call: { request: Buffer }, done: Done) => {
      seen++;
      done(null, call.request);
    },
    same,
    same,
    'unary',
  );
  server.register(
    '/test.S/FailEveryThird',
    (call: { request: Buffer }, done: Done) => {
      const fails = seen++ % 3 === 0;
      const metadata = new Metadata();
      metadata.set('x-number', String(seen));
      if (fails) done({ code: status.RESOURCE_EXHAUSTED, details: `full ${seen}`, metadata });
      else done(null, call.request);
    },
    same,
    same,
    'unary',
  );
  server.register(
    '/test.S/Slow',
    (call: { request: Buffer }, done: Done) => {
      setTimeout(() => done(null, call.request), 20);
    },
    same,
    same,
    'unary',
  );
  server.register(
    '/test.S/Stream',
    (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
    },
    same,
    same,
    'bidi',
  );
  server.register(
    '/test.S/HalfStream',
    (call: ServerDuplexStream<Buffer, Buffer>) => {
      let number = 0;
      call.on('data', (message: Buffer) => number++ < 10 && call.write(message));
      call.on('end', () => call.end());
    },
    same,
    same,
    'bidi',
  );
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
});
afterAll(() => server.forceShutdown());

const base = { connections: 2, warmSeconds: 0.05, seconds: 0.2, nextBody: () => Buffer.alloc(300, 1) };

test('a closed loop answers all its calls, and counts those that the server has seen', async () => {
  seen = 0;
  const marks: string[] = [];
  const result = await closedUnary({
    ...base,
    port,
    path: '/test.S/Echo',
    inFlight: 16,
    mark: (edge) => void marks.push(edge),
  });
  expect(result.errorCount).toBe(0);
  expect(result.calls).toBeGreaterThan(100);
  expect(result.calls).toBeLessThan(seen);
  expect(result.latency.count).toBeGreaterThanOrEqual(result.calls);
  expect(marks).toEqual(['begin', 'end']);
});

test('a failed call counts as a failure, by its status', async () => {
  seen = 0;
  const result = await closedUnary({ ...base, port, path: '/test.S/FailEveryThird', inFlight: 4 });
  const failed = result.errors[status.RESOURCE_EXHAUSTED] ?? 0;
  expect(result.errorCount).toBe(failed);
  expect(failed).toBeGreaterThan(0.3 * seen);
  expect(failed).toBeLessThan(0.37 * seen + 3);
});

test('an unknown method counts as UNIMPLEMENTED', async () => {
  const result = await closedUnary({ ...base, port, path: '/test.S/None', inFlight: 2 });
  expect(result.calls).toBe(0);
  expect(Object.keys(result.errors)).toEqual([String(status.UNIMPLEMENTED)]);
});

test('an open loop keeps its rate and counts latency from the scheduled moment', async () => {
  const result = await openUnary({ ...base, port, path: '/test.S/Slow', perSecond: 500, seconds: 0.5 });
  expect(result.errorCount).toBe(0);
  expect(result.latency.count).toBeGreaterThan(200);
  expect(result.latency.count).toBeLessThanOrEqual(400);
  expect(result.latency.quantileMs(0.01)).toBeGreaterThanOrEqual(19);
});

test('an open loop waits for a place where the peer takes few calls at once, and counts the wait', async () => {
  const narrow = new Server({ 'grpc.max_concurrent_streams': 4 });
  narrow.register(
    '/test.S/Slow',
    (call: { request: Buffer }, done: Done) => void setTimeout(() => done(null, call.request), 20),
    same,
    same,
    'unary',
  );
  const narrowPort = await new Promise<number>((resolve, reject) => {
    narrow.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const plan = { ...base, connections: 1, port: narrowPort, path: '/test.S/Slow', perSecond: 400 };
  const result = await openUnary(plan).finally(() => narrow.forceShutdown());
  expect(result.errors).toEqual({});
  expect(result.latency.quantileMs(0.99)).toBeGreaterThan(60);
});

test('a stream answers its messages, in a closed loop and at a rate', async () => {
  const closed = await closedStream({ ...base, port, path: '/test.S/Stream', inFlight: 16 });
  expect([closed.errorCount, closed.calls > 100]).toEqual([0, true]);
  const open = await openStream({ ...base, port, path: '/test.S/Stream', perSecond: 1000 });
  expect([open.errorCount, open.latency.count > 100]).toEqual([0, true]);
});

test('messages without an answer count as failures', async () => {
  const result = await closedStream({
    ...base,
    connections: 1,
    port,
    path: '/test.S/HalfStream',
    inFlight: 16,
  });
  expect(result.errors).toEqual({ 102: 16 });
});

test('messages larger than frame and window arrive whole, and so do replies', async () => {
  const lengths: number[] = [];
  const done = Promise.withResolvers<number>();
  const connection = await connectRaw(port, {
    message: (_stream, bytes, start, end) => {
      lengths.push(end - start);
      expect(bytes.subarray(start, end).every((byte) => byte === 7)).toBe(true);
    },
    end: (_stream, code) => lengths.length === 3 && done.resolve(code),
  });
  for (const size of [100, 500_000, 70_000]) connection.unary('/test.S/Echo', Buffer.alloc(size, 7));
  expect(await done.promise).toBe(0);
  expect(lengths.sort((a, b) => a - b)).toEqual([100, 70_000, 500_000]);
  connection.close();
});

test('calls of a lost connection end as UNAVAILABLE', async () => {
  const statuses: number[] = [];
  const connection = await connectRaw(port, { end: (_stream, code) => statuses.push(code) });
  connection.unary('/test.S/Slow', Buffer.alloc(10));
  connection.unary('/test.S/Slow', Buffer.alloc(10));
  connection.close();
  await expect.poll(() => statuses).toEqual([14, 14]);
});
