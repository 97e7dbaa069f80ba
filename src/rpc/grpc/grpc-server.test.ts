// Long because calls of every shape are tried over one server, with a gRPC client and with raw HTTP/2.
import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import {
  Client,
  type ClientDuplexStream,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { INTERVALS } from '../../config/limits.ts';
import type { BidiCall, BidiRoute, BidiSink, CallRoute, UnaryCall, UnaryRoute } from '../call.ts';
import { GrpcServer } from './grpc-server.ts';

type UnaryHandler = UnaryRoute['handler'];

const UNARY = '/test.Service/Unary';
const BIDI = '/test.Service/Bidi';
const same = (bytes: Buffer) => bytes;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Started {
  readonly client: Client;
  readonly port: number;
  readonly server: GrpcServer;
  readonly failures: unknown[];
}

async function start(
  routes: { unary?: UnaryHandler; bidi?: (call: BidiCall) => BidiSink },
  bounds: Partial<Pick<BidiRoute, 'inFlightMax' | 'bufferedBytesMax' | 'messageBytesMax'>> = {},
  clientOptions = {},
): Promise<Started> {
  const failures: unknown[] = [];
  const shared = {
    messageBytesMax: bounds.messageBytesMax ?? 1 << 20,
    failed: (error: unknown) => failures.push(error),
  };
  const table = new Map<string, CallRoute>();
  if (routes.unary) table.set(UNARY, { kind: 'unary', handler: routes.unary, ...shared });
  if (routes.bidi) {
    table.set(BIDI, {
      kind: 'bidi',
      open: routes.bidi,
      inFlightMax: bounds.inFlightMax ?? 16,
      bufferedBytesMax: bounds.bufferedBytesMax ?? 1 << 16,
      ...shared,
    });
  }
  const server = new GrpcServer({
    routes: table,
    rules: { tokens: undefined, certificates: false },
    bounds: { connectionsMax: 100, proxies: new Set() },
    tls: undefined,
  });
  const port = await server.listen('127.0.0.1', 0);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), clientOptions);
  closers.push(() => {
    client.close();
    server.close();
  });
  return { client, port, server, failures };
}

function unary(client: Client, message: Buffer, path = UNARY, options = {}, metadata = new Metadata()) {
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, message, metadata, options, (error, reply) =>
      error ? reject(error) : resolve(reply as Buffer),
    );
  });
}

async function failure(promise: Promise<unknown>): Promise<ServiceError> {
  return await promise.then(
    () => Promise.reject(new Error('The call succeeded.')),
    (error: ServiceError) => error,
  );
}

function bidi(client: Client): ClientDuplexStream<Buffer, Buffer> {
  return client.makeBidiStreamRequest(BIDI, same, same);
}

const echo: UnaryHandler = (call, message) => call.reply(message);

test('a unary call gets its reply, whatever its size', async () => {
  const { client } = await start({ unary: echo });
  for (const size of [0, 1, 1000, 16_379, 16_384, 70_000, 1 << 20]) {
    const message = Buffer.alloc(size, size % 251);
    expect((await unary(client, message)).equals(message), `${size} bytes`).toBe(true);
  }
});

test('calls that overlap each get their own reply', async () => {
  const waiting: [UnaryCall, Buffer][] = [];
  const { client } = await start({
    unary(call, message) {
      waiting.push([call, Buffer.from(message)]);
      if (waiting.length === 50) for (const [held, bytes] of waiting.reverse()) held.reply(bytes);
    },
  });
  const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => unary(client, Buffer.from(`${i}`))));
  expect(replies.map(String)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
});

test('a failed call tells code, message and details', async () => {
  const { client } = await start({
    unary: (call) =>
      call.fail({
        code: status.ALREADY_EXISTS,
        message: '“event” 5 % off, id: 7',
        details: Buffer.from([1, 255]),
      }),
  });
  const error = await failure(unary(client, Buffer.alloc(10)));
  expect([error.code, error.details]).toEqual([status.ALREADY_EXISTS, '“event” 5 % off, id: 7']);
  expect(error.metadata.get('grpc-status-details-bin')[0]).toEqual(Buffer.from([1, 255]));
});

test('what a handler throws stays inside; the caller learns a bland sentence', async () => {
  const { client, failures } = await start({
    unary: () => {
      throw new Error('secret path');
    },
  });
  const error = await failure(unary(client, Buffer.alloc(10)));
  expect([error.code, error.details]).toEqual([status.INTERNAL, 'Something went wrong on our side.']);
  expect(String(failures[0])).toContain('secret path');
});

test('a message over the bound is refused before it is read whole', async () => {
  const { client } = await start({ unary: echo }, { messageBytesMax: 1000 });
  expect((await failure(unary(client, Buffer.alloc(1001)))).code).toBe(status.RESOURCE_EXHAUSTED);
  expect((await failure(unary(client, Buffer.alloc(200_000)))).code).toBe(status.RESOURCE_EXHAUSTED);
  expect((await unary(client, Buffer.alloc(1000))).length).toBe(1000);
});

test('a compressed request is read, but not one that unpacks to more than the bound', async () => {
  for (const algorithm of [compressionAlgorithms.gzip, compressionAlgorithms.deflate]) {
    const options = { 'grpc.default_compression_algorithm': algorithm };
    const { client } = await start({ unary: echo }, { messageBytesMax: 5000 }, options);
    expect((await unary(client, Buffer.alloc(5000, 7))).equals(Buffer.alloc(5000, 7))).toBe(true);
    expect((await failure(unary(client, Buffer.alloc(5001, 7)))).code).toBe(status.RESOURCE_EXHAUSTED);
  }
});

test('a method that is not served is UNIMPLEMENTED, and what is no gRPC is 415', async () => {
  const { client, port } = await start({ unary: echo });
  const error = await failure(unary(client, Buffer.from('none'), '/test.Service/None'));
  expect(error.code).toBe(status.UNIMPLEMENTED);
  const session = connect(`http://127.0.0.1:${port}`);
  closers.push(() => session.destroy());
  const [headers] = await once(session.request({ ':path': UNARY }), 'response');
  expect(headers[':status']).toBe(415);
});

test('a handler sees the deadline, if there is one', async () => {
  const left: number[] = [];
  const { client } = await start({
    unary(call, message) {
      left.push(call.deadline - Date.now());
      call.reply(message);
    },
  });
  await unary(client, Buffer.alloc(1), UNARY, { deadline: Date.now() + 60_000 });
  await unary(client, Buffer.alloc(1));
  expect(left[0]).toBeGreaterThan(50_000);
  expect(left[0]).toBeLessThanOrEqual(60_000);
  expect(left[1]).toBe(Number.POSITIVE_INFINITY);
});

test('the longest timeout that gRPC can write is no timeout that has passed', async () => {
  const { port } = await start({ unary: echo });
  for (const timeout of ['2147484S', '99999999H', '99999999M', '2147483S']) {
    const stream = request(port, UNARY, { 'grpc-timeout': timeout });
    stream.end(framed(Buffer.from('x')));
    const [headers] = await once(stream, 'response');
    expect([timeout, headers['grpc-status']]).toEqual([timeout, undefined]);
    stream.close();
  }
});

test('a late reply to a cancelled call harms nothing', async () => {
  const began = Promise.withResolvers<UnaryCall>();
  const { client, server } = await start({ unary: (call) => began.resolve(call) });
  const call = client.makeUnaryRequest(UNARY, same, same, Buffer.alloc(1), () => {});
  const held = await began.promise;
  expect(held.ended).toBe(false);
  call.cancel();
  await expect.poll(() => held.ended, { interval: 1 }).toBe(true);
  held.reply(Buffer.alloc(1));
  held.fail({ code: status.INTERNAL, message: 'late' });
  expect(server.load.calls).toBe(0);
});

test('a second answer is ignored', async () => {
  const { client } = await start({
    unary(call, message) {
      call.reply(message);
      call.reply(Buffer.from('second'));
      call.fail({ code: status.INTERNAL, message: 'third' });
    },
  });
  expect(String(await unary(client, Buffer.from('first')))).toBe('first');
});

test('a message that never comes ends its call at the deadline', async () => {
  const { port } = await start({ unary: echo });
  const stream = request(port, UNARY, { 'grpc-timeout': '20m' });
  const [headers] = await once(stream, 'response');
  expect(Number(headers['grpc-status'])).toBe(status.DEADLINE_EXCEEDED);
});

function echoSink(call: BidiCall): BidiSink {
  return {
    message(message) {
      call.write(message);
      call.done();
    },
    halfClosed: () => call.end(),
    closed() {},
  };
}

test('a stream echoes every message in order and ends with OK', async () => {
  const { client } = await start({ bidi: echoSink });
  const call = bidi(client);
  const replies: Buffer[] = [];
  call.on('data', (reply: Buffer) => replies.push(reply));
  const sizes = Array.from({ length: 500 }, (_, i) => (i * 37) % 900).concat([100_000, 3]);
  for (const size of sizes) call.write(Buffer.alloc(size, size % 251));
  call.end();
  const [end] = await once(call, 'status');
  expect(end.code).toBe(status.OK);
  expect(replies.map((reply) => reply.length)).toEqual(sizes);
});

/** A plain HTTP/2 request, for what a gRPC client hides: many messages in one write, and not reading. */
function request(port: number, path = BIDI, headers = {}): ClientHttp2Stream {
  const session = connect(`http://127.0.0.1:${port}`);
  closers.push(() => session.destroy());
  return session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

test('a deadline that passes while replies wait for their reader is told, and what is written behind it is not', async () => {
  let held: BidiCall | undefined;
  const { port } = await start({
    bidi: (call) => {
      held = call;
      return { message: () => call.write(Buffer.alloc(200_000)), halfClosed: () => {}, closed() {} };
    },
  });
  const stream = request(port, BIDI, { 'grpc-timeout': '50m' });
  stream.pause();
  stream.write(framed(Buffer.alloc(1)));
  await expect.poll(() => held?.bufferedBytes, { interval: 1 }).toBeGreaterThan(0);
  await expect.poll(() => held?.ended, { interval: 1 }).toBe(true);
  expect(held?.write(Buffer.alloc(10))).toBe(false);
  held?.end();
  held?.fail({ code: status.INTERNAL, message: 'late' });
  const trailers = once(stream, 'trailers');
  stream.resume();
  const [{ 'grpc-status': code }] = await trailers;
  expect(Number(code)).toBe(status.DEADLINE_EXCEEDED);
});

test('no more than the bound of messages is handed over before some are done', async () => {
  const held: BidiCall[] = [];
  let handed = 0;
  const { port, client } = await start(
    {
      unary: echo,
      bidi: (call) => ({
        message(message) {
          handed++;
          held.push(call);
          call.write(message);
        },
        halfClosed: () => call.end(),
        closed() {},
      }),
    },
    { inFlightMax: 8 },
  );
  const stream = request(port);
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  const total = 1000;
  stream.end(Buffer.concat(Array.from({ length: total }, (_, i) => framed(Buffer.alloc(100, i)))));
  for (let released = 0; released < total; ) {
    const bound = Math.min(total, released + 8);
    await expect.poll(() => handed, { interval: 1 }).toBe(bound);
    await unary(client, Buffer.alloc(1));
    expect(handed).toBe(bound);
    for (const call of held.splice(0, 8)) {
      released++;
      call.done();
    }
  }
  await once(stream, 'close');
  expect(received).toBe(total * 105);
});

test('a caller that reads nothing stops being read, and loses nothing when it reads again', async () => {
  const bound = 1 << 16;
  const size = 4096;
  let peak = 0;
  let handed = 0;
  const { port, client } = await start(
    {
      unary: echo,
      bidi: (call) => ({
        message(message) {
          handed++;
          call.write(message);
          peak = Math.max(peak, call.bufferedBytes);
          call.done();
        },
        halfClosed: () => call.end(),
        closed() {},
      }),
    },
    { bufferedBytesMax: bound },
  );
  const stream = request(port);
  const total = 2000;
  for (let i = 0; i < total; i++) stream.write(framed(Buffer.alloc(size, i)));
  stream.end();
  await expect.poll(() => peak, { interval: 1 }).toBeGreaterThan(bound);
  for (let i = 0; i < 20; i++) await unary(client, Buffer.alloc(1));
  expect(peak).toBeLessThanOrEqual(bound + size + 5);
  expect(handed).toBeLessThan(total / 4);
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(stream, 'close');
  expect([handed, received]).toEqual([total, total * (size + 5)]);
});

test('write says when to stop, and drained when to go on', async () => {
  const drained = Promise.withResolvers<void>();
  let wrote = 0;
  const { port } = await start(
    {
      bidi: (call) => ({
        message() {
          while (call.write(Buffer.alloc(10_000))) wrote++;
          wrote++;
        },
        halfClosed() {},
        drained() {
          call.end();
          drained.resolve();
        },
        closed() {},
      }),
    },
    { bufferedBytesMax: 100_000 },
  );
  const stream = request(port);
  stream.write(framed(Buffer.alloc(1)));
  await expect.poll(() => wrote, { interval: 5 }).toBeGreaterThan(9);
  const before = wrote;
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await drained.promise;
  await once(stream, 'end');
  expect([wrote, received]).toEqual([before, before * 10_005]);
});

test('a cancelled stream is closed once', async () => {
  let closed = 0;
  const came = Promise.withResolvers<void>();
  const { client, server } = await start({
    bidi: () => ({
      message: () => came.resolve(),
      halfClosed() {},
      closed: () => closed++,
    }),
  });
  const call = bidi(client);
  call.on('error', () => {});
  call.write(Buffer.alloc(1));
  await came.promise;
  expect(server.open.size).toBe(1);
  call.cancel();
  await expect.poll(() => closed, { interval: 5 }).toBe(1);
  expect(server.open.size).toBe(0);
});

test('a throw in a sink ends its stream blandly', async () => {
  const { client, failures } = await start({
    bidi: () => ({
      message() {
        throw new Error('secret');
      },
      halfClosed() {},
      closed() {},
    }),
  });
  const call = bidi(client);
  call.on('data', () => {});
  call.write(Buffer.alloc(1));
  const [error] = await once(call, 'error');
  expect([error.code, error.details]).toEqual([status.INTERNAL, 'Something went wrong on our side.']);
  expect(failures.length).toBe(1);
});

test('what waits unread is no noise: a caller whose streams are full stays connected', async () => {
  const { port, client, server } = await start(
    { unary: echo, bidi: () => ({ message() {}, halfClosed() {}, closed() {} }) },
    { inFlightMax: 1 },
  );
  const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
  closers.push(() => session.destroy());
  const streams = Array.from({ length: 20 }, () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': BIDI,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    for (let n = 0; n < 3; n++) stream.write(framed(Buffer.alloc(30_000)));
    return stream.on('error', () => {});
  });
  await Promise.all(streams.map((stream) => once(stream, 'response')));
  // Several looks at the connections.
  for (const until = performance.now() + 5 * INTERVALS.sweepMs; performance.now() < until; )
    await unary(client, Buffer.alloc(1));
  expect(session.destroyed).toBe(false);
  expect(server.load.calls).toBe(streams.length);
});

test('streams that fail while their callers still send a lot are all told why', async () => {
  const { port } = await start({
    bidi: (call) => ({
      message(message) {
        if (message.length > 1_000) return call.fail({ code: status.INVALID_ARGUMENT, message: 'no' });
        call.write(message);
        call.done();
      },
      halfClosed: () => call.end(),
      closed() {},
    }),
  });
  const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
  closers.push(() => session.destroy());
  const headers = { ':method': 'POST', ':path': BIDI, 'content-type': 'application/grpc', te: 'trailers' };
  const told = (): Promise<unknown> =>
    new Promise((resolve) => {
      const stream = session.request(headers, { endStream: false }).on('error', () => {});
      stream.on('trailers', (trailers) => resolve(Number(trailers['grpc-status'])));
      stream.on('close', () => resolve(`rst ${stream.rstCode}`));
      stream.resume();
      for (const size of [164, 125_821]) stream.write(framed(Buffer.alloc(size)));
      setImmediate(() => stream.end(framed(Buffer.alloc(201_015))));
    });
  for (let round = 0; round < 5; round++) {
    const all = await Promise.all(Array.from({ length: 24 }, told));
    expect(new Set(all)).toEqual(new Set([status.INVALID_ARGUMENT]));
  }
});

test('shutdown ends open streams after what they had written, then the server', async () => {
  const came = Promise.withResolvers<void>();
  const { client, server } = await start({
    bidi: (call) => ({
      message(message) {
        call.write(message);
        came.resolve();
      },
      halfClosed() {},
      closed() {},
    }),
  });
  const call = bidi(client);
  const replies: string[] = [];
  call.on('data', (reply: Buffer) => replies.push(String(reply)));
  call.write(Buffer.from('last words'));
  await came.promise;
  server.endOpen({ code: status.UNAVAILABLE, message: 'This node is going away.' });
  const [error] = await once(call, 'error');
  expect([replies, error.code]).toEqual([['last words'], status.UNAVAILABLE]);
  await server.drain();
});

test('what a message holds before it is whole is given back, however its call ends', async () => {
  const { port, server } = await start({ unary: echo, bidi: echoSink }, { messageBytesMax: 100_000 });
  const message = framed(Buffer.alloc(90_000));
  for (const path of [UNARY, BIDI]) {
    const [whole, given] = [request(port, path), request(port, path)];
    for (const stream of [whole, given]) stream.on('error', () => {}).write(message.subarray(0, 80_000));
    await expect.poll(() => server.load.readingBytes, { interval: 1 }).toBeGreaterThan(100_000);
    given.close();
    whole.resume().end(message.subarray(80_000));
    await once(whole, 'close');
    await expect.poll(() => server.load.readingBytes, { interval: 1 }).toBe(0);
  }
});

test('a message in an unknown compression is UNIMPLEMENTED; bytes that do not unpack are INTERNAL', async () => {
  const { port } = await start({ unary: echo, bidi: echoSink });
  const message = framed(Buffer.from('some words'));
  const flagged = (flag: number) => Buffer.concat([Buffer.from([flag]), message.subarray(1)]);
  const cases: [encoding: string, bytes: Buffer, code: number][] = [
    ['snappy', flagged(1), status.UNIMPLEMENTED],
    ['snappy', message, status.OK],
    ['gzip', flagged(1), status.INTERNAL],
    ['gzip', message, status.OK],
  ];
  for (const path of [UNARY, BIDI]) {
    for (const [encoding, bytes, code] of cases) {
      const stream = request(port, path, { 'grpc-encoding': encoding });
      let trailers: Record<string, unknown> = {};
      stream.on('trailers', (came) => {
        trailers = came;
      });
      stream.end(bytes);
      const [headers] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'close');
      const told = Number(trailers['grpc-status'] ?? headers['grpc-status']);
      expect([path, encoding, bytes[0], told]).toEqual([path, encoding, bytes[0], code]);
    }
  }
});
