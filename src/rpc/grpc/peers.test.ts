import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { PRICES } from './connections.ts';
import type { GrpcServerParts } from './grpc-server.ts';
import {
  ask,
  call,
  ECHO,
  ended,
  framed,
  gone,
  HEALTH,
  LARGE,
  over,
  type ScratchServer,
  STREAM,
  startGrpc,
  TOKEN,
  WATCH,
} from './scratch-grpc-server.fixture.ts';

let scratch: ScratchServer;
const start = async (parts?: Partial<GrpcServerParts>) => {
  scratch = await startGrpc(parts);
  return scratch;
};
afterEach(() => scratch.close());
const NOBODY = {};
const many = <T>(count: number, each: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => each(n));

test('a caller without a token is refused before a byte of their message is sent, also for methods that are not there', async () => {
  const { session } = await start();
  for (const path of [ECHO, STREAM, '/test.Service/None']) {
    expect(await ended(call(session(), path, NOBODY))).toBe(status.UNAUTHENTICATED);
  }
  expect(await ask(session(), ECHO)).toBe(status.OK);
  expect(await ask(session(), '/test.Service/None')).toBe(status.UNIMPLEMENTED);
});

test('refusals add up to a debt that ends the connection, and a drained debt is forgiven', async () => {
  const { session, later } = await start();
  const free = Math.floor((LIMITS.connectionDebtMax - PRICES.health) / PRICES.refused);
  const connection = session();
  expect(await ask(connection, HEALTH, NOBODY)).toBe(status.OK);
  for (let n = 0; n < free; n++) expect(await ask(connection, ECHO, NOBODY)).toBe(status.UNAUTHENTICATED);
  later((LIMITS.connectionDebtMax / INTERVALS.connectionDebtPerSecond) * 1_000);
  for (let n = 0; n < free; n++) expect(await ask(connection, ECHO, NOBODY)).toBe(status.UNAUTHENTICATED);
  const closed = over(connection);
  await Promise.all(many(free, () => ask(connection, ECHO, NOBODY)));
  await closed;
});

test('an address in debt gets no new connection until it has drained; another one does', async () => {
  const { session, later } = await start();
  const calls = Math.floor(LIMITS.connectionDebtMax / PRICES.refused);
  for (let paid = 0; paid <= LIMITS.addressDebtMax; paid += calls * PRICES.refused) {
    const connection = session(2);
    // What is opened before is refused without costing anything.
    await once(connection, 'remoteSettings');
    await Promise.all(many(calls, () => ask(connection, ECHO, NOBODY)));
    connection.destroy();
  }
  expect(String(await ask(session(2), ECHO))).toMatch(/rst/);
  expect(await ask(session(3), ECHO)).toBe(status.OK);
  later((LIMITS.addressDebtMax / INTERVALS.addressDebtPerSecond) * 1_000);
  expect(await ask(session(2), ECHO)).toBe(status.OK);
});

test('while strangers cost too much new connections wait their turn, but not from where a caller came', async () => {
  const { session, tcp, server } = await start({ bounds: { connectionsMax: 2_000, proxies: new Set() } });
  expect(await ask(session(9), ECHO)).toBe(status.OK);
  // The clock stands still: what they cost does not drain.
  const free = Math.floor(LIMITS.strangersDebtMax / PRICES.connection);
  await Promise.all(many(free + 40, (n) => tcp(10 + (n % 200))));
  await expect.poll(() => server.load.connections, { interval: 1 }).toBe(free + 41);
  const known = ask(session(9), ECHO);
  const unknown = ask(session(250), ECHO);
  expect(await Promise.race([known.then(() => 'known'), unknown.then(() => 'unknown')])).toBe('known');
  expect(await unknown).toBe(status.OK);
});

test('while strangers cost too much each pays more, so that many addresses are cut as early as one', async () => {
  const { session, tcp, server } = await start({ bounds: { connectionsMax: 2_000, proxies: new Set() } });
  const first = session(2);
  await once(first, 'remoteSettings');
  const free = Math.floor(LIMITS.strangersDebtMax / PRICES.connection);
  await Promise.all(many(free, (n) => tcp(10 + (n % 200))));
  await expect.poll(() => server.load.connections, { interval: 1 }).toBe(free + 1);
  const calls = Math.ceil(LIMITS.connectionDebtMax / (PRICES.refused * LIMITS.strangersPriceFactor));
  expect(calls).toBeLessThan(LIMITS.connectionDebtMax / PRICES.refused / 2);
  for (let n = 0; n <= calls; n++) await ask(first, ECHO, NOBODY);
  await expect.poll(() => first.destroyed, { interval: 1 }).toBe(true);
});

test('a proxy owes nothing for those behind it', async () => {
  const { session } = await start({ bounds: { connectionsMax: 100, proxies: new Set(['127.0.0.2']) } });
  const connection = session(2);
  for (let n = 0; n <= LIMITS.addressDebtMax / PRICES.refused; n++) await ask(connection, ECHO, NOBODY);
  expect(await ask(connection, ECHO)).toBe(status.OK);
  expect(await ask(session(2), ECHO)).toBe(status.OK);
});

test('a caller’s own cancellations are no debt, a stranger’s resets are', async () => {
  const { session, server } = await start();
  const caller = session();
  await ask(caller, ECHO);
  const stranger = session(2);
  for (let n = 0; n < LIMITS.connectionDebtMax / (PRICES.reset + PRICES.health) + 1; n++) {
    for (const [connection, path, headers] of [
      [caller, STREAM, undefined],
      [stranger, WATCH, NOBODY],
    ] as const) {
      if (connection.destroyed) continue;
      const stream = call(connection, path, headers);
      const over = ended(stream);
      await Promise.race([once(stream, 'response'), over]);
      stream.close(8);
      await over;
    }
  }
  await expect.poll(() => stranger.destroyed, { interval: 1 }).toBe(true);
  expect(await ask(caller, ECHO)).toBe(status.OK);
  expect(server.load.connections).toBe(1);
});

test('noise that is no call ends a connection, a caller’s too', async () => {
  const { tcp } = await start();
  const socket = await tcp();
  const closed = gone(socket);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  const priority = Buffer.from([0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 16]);
  const flood = Buffer.concat(many(1_000, () => priority));
  while (!socket.destroyed && socket.bytesWritten < 16 << 20) {
    if (!socket.write(flood)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  await closed;
  expect(socket.destroyed).toBe(true);
});

test('connections beyond the bound make those give way that hoard, were never used or idle longest, never a caller at work', async () => {
  const { session, tcp, server } = await start({ bounds: { connectionsMax: 8, proxies: new Set() } });
  const worker = session(2);
  await ask(worker, ECHO);
  const busy = session(3);
  call(busy, STREAM);
  await ask(busy, ECHO);
  const idle = await Promise.all(many(4, () => tcp(4)));
  const used = [session(5), session(6)];
  for (const connection of used) await ask(connection, ECHO);
  expect(server.load.connections).toBe(8);
  const firstGone = gone(idle[0] as Socket);
  expect(await ask(session(7), ECHO)).toBe(status.OK);
  await firstGone;
  for (const connection of [worker, busy, ...used]) expect(await ask(connection, ECHO)).toBe(status.OK);
  expect(server.load.connections).toBe(8);
});

test('where everybody is at work a new connection is refused', async () => {
  const { session } = await start({ bounds: { connectionsMax: 4, proxies: new Set() } });
  const workers = many(4, (n) => session(2 + n));
  for (const worker of workers) expect(await ask(worker, ECHO)).toBe(status.OK);
  expect(await ask(session(9), ECHO)).toMatch(/rst/);
});

test('one address holds no more than its share of connections', async () => {
  const { tcp, server } = await start({ bounds: { connectionsMax: 10, proxies: new Set() } });
  const share = (10 * LIMITS.connectionsPerAddressPercentMax) / 100;
  const sockets = await Promise.all(many(share, () => tcp(2)));
  const closed = gone(sockets[0] as Socket);
  await tcp(2);
  await closed;
  expect(server.load.connections).toBe(share);
});

test('a connection whose first call does not come in time is cut, one that was used is not', async () => {
  const { session, tcp, later } = await start();
  const silent = await tcp();
  const used = session();
  await ask(used, ECHO);
  const closed = gone(silent);
  later(LIMITS.firstCallMsMax + 1);
  await closed;
  expect(await ask(used, ECHO)).toBe(status.OK);
});

test('a unary call whose message does not come in time ends, a stream may wait', async () => {
  const { session, later } = await start();
  const connection = session();
  const half = call(connection, ECHO);
  half.write(framed(Buffer.alloc(100)).subarray(0, 50));
  const waiting = call(connection, STREAM);
  await once(waiting, 'response');
  later(LIMITS.messageMsMax + 1);
  expect(await ended(half)).toBe(status.DEADLINE_EXCEEDED);
  expect(waiting.closed).toBe(false);
});

test('strangers have few health calls at once, of a connection and of the process', async () => {
  const { session } = await start();
  const connections: ReturnType<typeof session>[] = [];
  const perConnection = LIMITS.strangerCallsPerConnectionMax;
  for (let n = 0; n < LIMITS.strangerCallsMax / perConnection; n++) {
    const connection = session(2 + n);
    connections.push(connection);
    const open = many(perConnection, () => call(connection, WATCH, NOBODY));
    await Promise.all(open.map((stream) => once(stream, 'response')));
    expect(await ask(connection, HEALTH, NOBODY)).toBe(status.RESOURCE_EXHAUSTED);
  }
  const other = session(90);
  expect(await ask(other, HEALTH, NOBODY)).toBe(status.RESOURCE_EXHAUSTED);
  expect(await ask(other, HEALTH)).toBe(status.OK);
  expect(await ask(other, ECHO)).toBe(status.OK);
  connections[0]?.destroy();
  await expect.poll(() => ask(other, HEALTH, NOBODY), { interval: 5 }).toBe(status.OK);
});

test('a stranger’s message is small', async () => {
  const { session } = await start();
  const large = call(session(), HEALTH, NOBODY);
  const end = ended(large);
  large.end(framed(Buffer.alloc(LIMITS.strangerMessageBytesMax + 1)));
  expect(await end).toBe(status.RESOURCE_EXHAUSTED);
});

test('messages that are not whole have room together for so much; the call beyond it is refused', async () => {
  const { session, server } = await start();
  const size = 4 << 20;
  const connections = [session(), session()];
  const part = framed(Buffer.alloc(size)).subarray(0, size - 1);
  const count = Math.floor(LIMITS.unfinishedBytesMax / part.length);
  for (let n = 0; n < count; n++) call(connections[n % 2] as ClientHttp2Session, ECHO).write(part);
  await expect
    .poll(() => server.load.readingBytes, { interval: 5, timeout: 20_000 })
    .toBe(count * part.length);
  const beyond = call(connections[0] as ClientHttp2Session, ECHO);
  beyond.write(part);
  expect(await ended(beyond)).toBe(status.RESOURCE_EXHAUSTED);
  for (const connection of connections) connection.destroy();
  await expect.poll(() => server.load.readingBytes, { interval: 5 }).toBe(0);
}, 60_000);

test('compressed calls are read some at a time, and all are answered', async () => {
  const { session } = await start();
  const connection = session();
  const zip = { 'grpc-encoding': 'gzip', authorization: 'Bearer first' };
  const held = many(LIMITS.unpackingMax, () => call(connection, ECHO, zip));
  const waiting = call(connection, ECHO, zip);
  waiting.end(framed(gzipSync(Buffer.from('late')), 1));
  const stream = call(connection, STREAM, zip);
  expect(await ended(stream)).toBe(status.RESOURCE_EXHAUSTED);
  const ends = [...held, waiting].map(ended);
  for (const one of held) one.end(framed(gzipSync(Buffer.from('now')), 1));
  expect(new Set(await Promise.all(ends))).toEqual(new Set([status.OK]));
});

test('replies that nobody reads are bounded: the connection that holds most of them is cut', async () => {
  const { session, server } = await start();
  const slow = session();
  await ask(slow, ECHO);
  slow.settings({ initialWindowSize: 0 });
  await once(slow, 'localSettings');
  const reader = session();
  const unread = LIMITS.unreadBytesMax / (1 << 20);
  for (let n = 0; n <= unread; n++) call(slow, LARGE).end(framed(Buffer.from('x')));
  await over(slow);
  await expect.poll(() => server.load.unreadBytes, { interval: 5 }).toBe(0);
  expect(await ask(reader, LARGE)).toBe(status.OK);
}, 30_000);

test('a connection whose replies stand still is cut', async () => {
  const { session, later, server } = await start();
  const slow = session();
  slow.settings({ initialWindowSize: 0 });
  await once(slow, 'localSettings');
  call(slow, LARGE).end(framed(Buffer.from('x')));
  await expect.poll(() => server.load.unreadBytes, { interval: 5 }).toBe(1 << 20);
  // The first look that sees them counts from then on.
  await expect
    .poll(() => {
      later(LIMITS.unreadMsMax + 1);
      return slow.destroyed;
    })
    .toBe(true);
});

test('a connection may have few calls at once before its caller is known, and many after', async () => {
  const { session } = await start();
  const connection = session();
  await once(connection, 'remoteSettings');
  expect(connection.remoteSettings.maxConcurrentStreams).toBe(LIMITS.strangerStreamsPerConnectionMax);
  await ask(connection, HEALTH, NOBODY);
  const raised = once(connection, 'remoteSettings');
  expect(await ask(connection, ECHO)).toBe(status.OK);
  await raised;
  expect(connection.remoteSettings.maxConcurrentStreams).toBe(LIMITS.streamsPerConnectionMax);
});

test('a compressed unary call of several messages is refused before any of them is unpacked', async () => {
  const { session } = await start();
  const stream = call(session(), ECHO, { 'grpc-encoding': 'gzip', authorization: 'Bearer first' });
  const end = ended(stream);
  const bomb = framed(gzipSync(Buffer.alloc(4 << 20)), 1);
  stream.write(bomb.subarray(0, 3));
  stream.end(Buffer.concat([bomb.subarray(3), bomb]));
  expect(await end).toBe(status.UNIMPLEMENTED);
});

test('a call of one message is refused with thousands of empty ones before the library takes them up', async () => {
  const { session } = await start();
  for (const [path, headers] of [
    [ECHO, TOKEN],
    [HEALTH, NOBODY],
    [WATCH, NOBODY],
  ] as const) {
    const stream = call(session(), path, headers);
    const end = ended(stream);
    stream.write(Buffer.alloc(3));
    stream.end(Buffer.alloc(15_000));
    expect([status.UNIMPLEMENTED, 'rst 0']).toContainEqual(await end);
  }
});

test('compressed calls wait once they came to too many bytes, and go on as the debt drains', async () => {
  const { session, later } = await start();
  const connection = session();
  const zip = { 'grpc-encoding': 'gzip', authorization: 'Bearer first' };
  const size = 4 << 20;
  const bomb = framed(gzipSync(Buffer.alloc(size)), 1);
  const zipped = (): Promise<number | string> => {
    const stream = call(connection, ECHO, zip);
    const end = ended(stream);
    stream.end(bomb);
    return end;
  };
  for (let owed = 0; owed <= LIMITS.unpackedBytesMax; owed += size) expect(await zipped()).toBe(status.OK);
  let isDone = false;
  const late = zipped().finally(() => (isDone = true));
  for (let n = 0; n < 20; n++) expect(await ask(connection, ECHO)).toBe(status.OK);
  expect(isDone).toBe(false);
  later(1_000);
  expect(await late).toBe(status.OK);
});

test('the headers of held calls do not pile up beyond what a connection may hold', async () => {
  const { session } = await start();
  const connection = session();
  await ask(connection, ECHO);
  const headers = Object.fromEntries(many(15, (n) => [`x-${n}`, 'h'.repeat(1_000)]));
  const held = many(LIMITS.streamsPerConnectionMax, () => call(connection, STREAM, { ...TOKEN, ...headers }));
  const began = await Promise.all(
    held.map((stream) => Promise.race([once(stream, 'response'), ended(stream)])),
  );
  const opened = began.filter((one) => Array.isArray(one)).length;
  expect(opened * 15_000).toBeLessThan(LIMITS.sessionMebibytesMax << 20);
  expect(await ask(session(2), ECHO)).toBe(status.OK);
});
