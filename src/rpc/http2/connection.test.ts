import { once } from 'node:events';
import { connect } from 'node:http2';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallStream } from './call-stream.ts';
import { FLAG, FRAME, H2_ERROR, PAYLOAD_MAX, SETTING, WINDOW_DEFAULT, WINDOW_MAX } from './frame.ts';
import { headerBlock } from './header-block.ts';
import { Listener } from './listener.ts';
import { frame, number, RawPeer, REQUEST } from './raw-peer.fixture.ts';

const STREAMS_MAX = 50;
const OK = headerBlock({ ':status': '200', 'content-type': 'application/grpc' });
const TRAILERS = headerBlock({ 'grpc-status': '0' });
const { endStream, endHeaders, ack } = FLAG;

let listener: Listener;
let port = 0;
/** What the streams were told, in order. */
let told: string[] = [];
let streams: CallStream[] = [];
let peers: RawPeer[] = [];
/** What is done with a stream at once, when it opens and when bytes of it come. */
let atOpen: (stream: CallStream) => void = () => {};
let atBytes = atOpen;

beforeEach(async () => {
  atOpen = () => {};
  atBytes = () => {};
  told = [];
  streams = [];
  peers = [];
  listener = new Listener({ streamsMax: STREAMS_MAX, keepAliveMs: 60_000, open });
  port = await listener.listen('127.0.0.1', 0);
});
afterEach(() => {
  for (const { socket } of peers) socket.destroy();
  listener.close();
});

function open(stream: CallStream): void {
  // Of this test: the streams of the one before may close a little later.
  const mine = told;
  streams.push(stream);
  stream.listen({
    received: (bytes) => {
      mine.push(`${stream.id} ${bytes.length}`);
      atBytes(stream);
    },
    receivedAll: () => mine.push(`${stream.id} end`),
    drained: () => mine.push(`${stream.id} drained`),
    closed: () => mine.push(`${stream.id} closed`),
  });
  atOpen(stream);
}

function peer(begin?: Buffer): RawPeer {
  const made = begin === undefined ? new RawPeer(port) : new RawPeer(port, begin);
  peers.push(made);
  return made;
}

const request = (id: number, flags = 0) => frame(FRAME.headers, endHeaders | flags, id, REQUEST);
const data = (id: number, size: number, flags = 0) => frame(FRAME.data, flags, id, Buffer.alloc(size, 7));

/** What the heap holds after a collection. */
async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 2; n++) {
    await new Promise(setImmediate);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** Resolves when the server has looked at all that the peer sent. */
async function settled(one: RawPeer): Promise<void> {
  const before = one.of(FRAME.ping).length;
  one.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
  await expect.poll(() => one.of(FRAME.ping).length, { interval: 1 }).toBe(before + 1);
}

function answer(stream: CallStream, size: number): void {
  stream.respond(OK);
  stream.send(Buffer.alloc(size, 9));
  stream.end(TRAILERS);
}

test('bytes that come one by one make the same call', async () => {
  const one = peer(Buffer.alloc(0));
  for (const byte of Buffer.concat([RawPeer.preface, frame(4, 0, 0), request(1), data(1, 3, endStream)]))
    one.send(Buffer.from([byte]));
  await expect.poll(() => told, { interval: 1 }).toEqual(['1 3', '1 end']);
  answer(streams[0] as CallStream, 10);
  await expect.poll(() => one.of(FRAME.headers, 1).length, { interval: 1 }).toBe(2);
  expect(one.of(FRAME.data, 1).map(({ payload }) => payload.length)).toEqual([15]);
  expect(told.at(-1)).toBe('1 closed');
  expect(one.error(1)).toBeUndefined();
});

test('a header block in pieces is one block, and nothing may come between them', async () => {
  const one = peer();
  one.send(frame(FRAME.headers, endStream, 1, REQUEST.subarray(0, 7)));
  one.send(frame(FRAME.continuation, endHeaders, 1, REQUEST.subarray(7)));
  await expect.poll(() => told, { interval: 1 }).toEqual(['1 end']);
  one.send(frame(FRAME.headers, 0, 3, REQUEST.subarray(0, 7)), data(1, 1));
  await one.gone;
  expect(one.error()).toBe(H2_ERROR.protocol);
});

test('messages of one turn share a frame; those of two streams do not mix', async () => {
  const one = peer();
  one.send(request(1), request(3));
  await settled(one);
  const [first, second] = streams as [CallStream, CallStream];
  for (const stream of [first, second]) stream.respond(OK);
  for (const stream of [first, first, second, first]) stream.send(Buffer.alloc(5, stream.id));
  await settled(one);
  expect(one.of(FRAME.data).map(({ stream, payload }) => [stream, payload.length])).toEqual([
    [1, 20],
    [3, 10],
    [1, 10],
  ]);
  expect(String(one.of(FRAME.data, 3)[0]?.payload)).toBe(`\0\0\0\0\x05${'\x03'.repeat(5)}`);
});

test('no more is sent than both windows allow, and all of it once they are widened', async () => {
  const one = peer(Buffer.concat([RawPeer.preface, frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 100]))]));
  one.send(request(1, endStream));
  await settled(one);
  const size = WINDOW_DEFAULT + 1_000;
  answer(streams[0] as CallStream, size);
  const sent = () => one.of(FRAME.data, 1).reduce((sum, { payload }) => sum + payload.length, 0);
  await settled(one);
  expect([sent(), streams[0]?.waitingBytes]).toEqual([100, size + 5 - 100]);
  one.send(frame(FRAME.windowUpdate, 0, 1, number(size)));
  await settled(one);
  expect([sent(), streams[0]?.closed]).toEqual([WINDOW_DEFAULT, false]);
  one.send(frame(FRAME.windowUpdate, 0, 0, number(5_000)));
  await settled(one);
  expect([sent(), streams[0]?.closed]).toEqual([size + 5, true]);
  expect(one.frames.every(({ payload }) => payload.length <= PAYLOAD_MAX)).toBe(true);
  expect(one.of(FRAME.headers, 1).at(-1)?.flags).toBe(endHeaders | endStream);
});

test('settings take back a window that was used, and streams wait until it is positive again', async () => {
  const one = peer();
  one.send(request(1, endStream));
  await settled(one);
  const stream = streams[0] as CallStream;
  stream.respond(OK);
  stream.send(Buffer.alloc(995));
  one.send(frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
  await settled(one);
  stream.send(Buffer.alloc(95));
  one.send(frame(FRAME.windowUpdate, 0, 1, number(1_000)));
  await settled(one);
  expect([one.of(FRAME.data).length, stream.waitingBytes]).toEqual([1, 100]);
  one.send(frame(FRAME.windowUpdate, 0, 1, number(100)));
  await settled(one);
  expect([one.of(FRAME.data).length, told]).toEqual([2, ['1 end', '1 drained']]);
});

test('a call that does not read is given its window once, whatever others read', async () => {
  const one = peer();
  one.send(request(1), request(3));
  await settled(one);
  const [lazy, keen] = streams as [CallStream, CallStream];
  lazy.pause();
  for (let sent = 0; sent + PAYLOAD_MAX <= WINDOW_DEFAULT; sent += PAYLOAD_MAX)
    one.send(data(1, PAYLOAD_MAX), data(3, PAYLOAD_MAX));
  await settled(one);
  const credits = (id: number) => one.of(FRAME.windowUpdate, id).length;
  expect([credits(1), credits(3)]).toEqual([0, 1]);
  lazy.resume();
  await settled(one);
  expect(credits(1)).toBe(1);
  lazy.pause();
  one.send(...Array.from({ length: 5 }, () => data(1, PAYLOAD_MAX)));
  await settled(one);
  expect([one.error(1), lazy.closed, keen.closed]).toEqual([H2_ERROR.flowControl, true, false]);
});

test('a stream whose answer came before its request was whole is told to stop, and what was on the way is dropped', async () => {
  const one = peer();
  one.send(request(1));
  await settled(one);
  (streams[0] as CallStream).end(headerBlock({ ':status': '200', 'grpc-status': '8' }));
  one.send(data(1, 100), data(1, 0, endStream));
  await settled(one);
  expect([one.error(1), told]).toEqual([H2_ERROR.none, ['1 closed']]);
  one.send(request(3, endStream));
  await settled(one);
  expect(told).toEqual(['1 closed', '3 end']);
});

test('one stream too many is refused, so that it may be tried again, and none counts twice', async () => {
  const one = peer();
  for (let n = 0; n <= STREAMS_MAX; n++) one.send(request(2 * n + 1));
  await settled(one);
  expect([streams.length, one.error(2 * STREAMS_MAX + 1)]).toEqual([STREAMS_MAX, H2_ERROR.refusedStream]);
  one.send(frame(FRAME.rstStream, 0, 1, number(H2_ERROR.cancel)), request(2 * STREAMS_MAX + 3));
  await settled(one);
  expect([streams.length, told]).toEqual([STREAMS_MAX + 1, ['1 closed']]);
});

test('a burst of calls beyond the bound is refused call by call, and the connection goes on', async () => {
  const one = peer();
  const last = 2 * (STREAMS_MAX + 1_500) + 1;
  for (let id = 1; id <= last; id += 2) one.send(request(id));
  await settled(one);
  expect([streams.length, one.error(last), one.error()]).toEqual([
    STREAMS_MAX,
    H2_ERROR.refusedStream,
    undefined,
  ]);
});

test('faults of a peer end the connection with their name', async () => {
  const whole = (id: number) => frame(FRAME.headers, endHeaders, id, REQUEST);
  const cases: [string, number, Buffer[]][] = [
    ['no frame but settings may be first', H2_ERROR.protocol, [RawPeer.preface, request(1)]],
    ['something else than HTTP/2', H2_ERROR.protocol, [Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')]],
    ['a frame beyond the size', H2_ERROR.frameSize, [...begun(), data(1, PAYLOAD_MAX + 1)]],
    ['data of a stream that is idle', H2_ERROR.protocol, [...begun(), data(1, 1)]],
    ['an even stream', H2_ERROR.protocol, [...begun(), whole(2)]],
    ['padding beyond the frame', H2_ERROR.protocol, [...begun(), whole(1), data(1, 3, FLAG.padded)]],
    [
      'headers that are no HPACK',
      H2_ERROR.compression,
      [...begun(), frame(FRAME.headers, endHeaders, 1, 'ÿÿÿÿÿÿ')],
    ],
    [
      'a window beyond its bound',
      H2_ERROR.flowControl,
      [...begun(), frame(FRAME.windowUpdate, 0, 0, number(WINDOW_MAX))],
    ],
    ['a continuation of nothing', H2_ERROR.protocol, [...begun(), frame(FRAME.continuation, endHeaders, 1)]],
    ['a promise', H2_ERROR.protocol, [...begun(), frame(FRAME.pushPromise, endHeaders, 1, number(2))]],
  ];
  for (const [what, error, frames] of cases) {
    const one = peer(Buffer.concat(frames));
    await one.gone;
    expect([what, one.error()]).toEqual([what, error]);
  }
});

function begun(): Buffer[] {
  return [RawPeer.preface, frame(FRAME.settings, 0, 0)];
}

test('headers without end, and calls begun to be given up, cost a peer its connection', async () => {
  const flood = peer();
  flood.send(frame(FRAME.headers, 0, 1, REQUEST));
  for (let n = 0; n < 5; n++) flood.send(frame(FRAME.continuation, 0, 1, Buffer.alloc(PAYLOAD_MAX)));
  await flood.gone;
  expect(flood.error()).toBe(H2_ERROR.enhanceYourCalm);
  const drip = peer();
  drip.send(frame(FRAME.headers, 0, 1, REQUEST.subarray(0, 7)));
  for (let n = 0; n < 40; n++) drip.send(frame(FRAME.continuation, 0, 1, Buffer.alloc(n % 2)));
  await drip.gone;
  expect(drip.error()).toBe(H2_ERROR.enhanceYourCalm);
  const rapid = peer();
  for (let id = 1; id < 4_000; id += 2) rapid.send(request(id), frame(FRAME.rstStream, 0, id, number(8)));
  await rapid.gone;
  expect(rapid.error()).toBe(H2_ERROR.enhanceYourCalm);
  expect(streams.length).toBeLessThan(1_100);
});

test('a peer that reads nothing stops being read, and gets all of it when it reads again', async () => {
  const wide = Buffer.concat([RawPeer.preface, frame(4, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]))]);
  const one = peer(Buffer.concat([wide, frame(FRAME.windowUpdate, 0, 0, number(2 ** 30)), request(1)]));
  await settled(one);
  const stream = streams[0] as CallStream;
  stream.respond(OK);
  one.socket.pause();
  const piece = Buffer.alloc(100_000);
  let sent = 0;
  while (stream.waitingBytes < 1_000_000) {
    stream.send(piece);
    sent += piece.length + 5;
    await new Promise(setImmediate);
  }
  // What waits is ours; what the socket took and could not hand on stays small.
  const pings = 800_000;
  const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  one.send(Buffer.alloc(pings * ping.length, ping), request(3));
  for (let before = 0; before !== one.socket.writableLength; ) {
    before = one.socket.writableLength;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  }
  expect(one.socket.writableLength).toBeGreaterThan(0);
  one.socket.resume();
  stream.end(TRAILERS);
  await expect.poll(() => streams.length, { interval: 20, timeout: 20_000 }).toBe(2);
  await expect.poll(() => one.of(FRAME.ping).length, { interval: 20, timeout: 20_000 }).toBe(pings + 1);
  expect(one.of(FRAME.data, 1).reduce((sum, { payload }) => sum + payload.length, 0)).toBe(sent);
  expect(one.of(FRAME.headers, 1).at(-1)?.flags).toBe(endHeaders | endStream);
});

test('a drain serves what was begun, refuses what comes later, and closes', async () => {
  const one = peer();
  one.send(request(1, endStream));
  const idle = peer();
  await Promise.all([settled(one), settled(idle)]);
  const drained = listener.drain();
  await idle.gone;
  expect(idle.error()).toBe(H2_ERROR.none);
  one.send(request(3, endStream));
  await settled(one);
  expect(one.of(FRAME.goAway)[0]?.payload.readUInt32BE()).toBe(1);
  answer(streams[0] as CallStream, 3);
  await drained;
  await one.gone;
  expect([streams.length, one.of(FRAME.headers, 1).length]).toEqual([1, 2]);
});

test('a silent peer is asked whether it is there, and given up when it does not answer', async () => {
  const now = performance.now();
  const [silent, alive] = [peer(), peer()];
  await Promise.all([settled(silent), settled(alive)]);
  listener.beat(now + 100_000);
  const asked = (one: RawPeer) => one.of(FRAME.ping).filter(({ flags }) => flags === 0).length;
  await expect.poll(() => [asked(silent), asked(alive)], { interval: 1 }).toEqual([1, 1]);
  alive.send(frame(FRAME.ping, ack, 0, Buffer.alloc(8)));
  await settled(alive);
  listener.beat(now + 130_000);
  await silent.gone;
  expect(alive.socket.destroyed).toBe(false);
});

test('whatever headers nghttp2 packs, the same are read', async () => {
  const session = connect(`http://127.0.0.1:${port}`);
  const arbName = fc.stringMatching(/^x-[a-z0-9_-]{1,20}$/);
  const arbValue = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(arbName, arbValue, { maxKeys: 8, noNullPrototype: true }),
      async (headers) => {
        const call = session.request(
          { ':method': 'POST', ':path': '/test', ...headers },
          { endStream: true },
        );
        const before = streams.length;
        await expect.poll(() => streams.length, { interval: 0 }).toBe(before + 1);
        const stream = streams.at(-1) as CallStream;
        answer(stream, 1);
        call.resume();
        await once(call, 'close');
        const read = Object.fromEntries([...stream.headers].filter(([name]) => name.startsWith('x-')));
        expect(read).toEqual(headers);
        expect(stream.headers.get(':path')).toBe('/test');
      },
    ),
    { numRuns: 200 },
  );
  session.destroy();
});

test('a peer that allows no table of headers is told that there is none before the first block', async () => {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { headerTableSize: 0 } });
  const ended = once(session, 'close');
  for (let n = 0; n < 2; n++) {
    const call = session.request({ ':method': 'POST', ':path': '/test' }, { endStream: true });
    call.on('error', () => {});
    await expect.poll(() => streams.length, { interval: 1 }).toBe(n + 1);
    answer(streams[n] as CallStream, 1);
    const [headers] = await Promise.race([once(call, 'response'), ended]);
    expect(headers?.[':status']).toBe(200);
    call.resume();
    await once(call, 'close');
  }
  session.destroy();
});

test('a call whose request is whole is answered without a reset, at whichever of its frames the answer is made', async () => {
  const one = peer();
  atOpen = (stream) => answer(stream, 3);
  one.send(request(1, endStream));
  await settled(one);
  atOpen = () => {};
  atBytes = (stream) => answer(stream, 3);
  one.send(request(3), data(3, 8, endStream), request(5), data(5, 8));
  await settled(one);
  expect([1, 3, 5].map((id) => one.error(id))).toEqual([undefined, undefined, H2_ERROR.none]);
});

test('what comes for a stream after the goodbye harms none that was begun, whatever it is', async () => {
  const one = peer();
  one.send(request(1));
  await settled(one);
  void listener.drain();
  one.send(request(3), data(3, 10), frame(FRAME.headers, endHeaders | endStream, 3, TRAILERS));
  one.send(request(5), frame(FRAME.headers, endHeaders | endStream, 5, TRAILERS), data(1, 4, endStream));
  await settled(one);
  expect([one.error(3), one.error(5), told]).toEqual([undefined, undefined, ['1 4', '1 end']]);
  answer(streams[0] as CallStream, 3);
  await one.gone;
  expect(one.of(FRAME.goAway).length).toBe(1);
});

test('a second goodbye names no later stream than the first', async () => {
  const one = peer();
  one.send(request(1));
  await settled(one);
  void listener.drain();
  one.send(request(3), frame(FRAME.windowUpdate, 0, 0, number(0)));
  await one.gone;
  expect(one.of(FRAME.goAway).map(({ payload }) => payload.readUInt32BE())).toEqual([1, 1]);
});

test('settings that move the windows of all streams over and over cost a peer its connection', async () => {
  const window = (value: number) => Buffer.concat([Buffer.from([0, SETTING.initialWindow]), number(value)]);
  const few = peer();
  for (let n = 0; n < 500; n++) few.send(frame(4, 0, 0, window(n)), frame(4, 0, 0, window(n)));
  const long = peer();
  long.send(frame(4, 0, 0, Buffer.concat(Array.from({ length: 33 }, (_, n) => window(n)))));
  const many = peer();
  for (let n = 0; n < 1_200; n++) many.send(frame(4, 0, 0, window(n)));
  await Promise.all([settled(few), long.gone, many.gone]);
  expect([few, long, many].map((one) => one.error())).toEqual([
    undefined,
    H2_ERROR.enhanceYourCalm,
    H2_ERROR.enhanceYourCalm,
  ]);
});

test('headers hold what they count, however they are packed, and beyond the bound cost a call and not the connection', async () => {
  const one = peer();
  // Eight times "a" are five bytes of Huffman's code: 16,000 of them, as the value of :authority.
  const value = Buffer.alloc(10_000, Buffer.from([0x18, 0xc6, 0x31, 0x8c, 0x63]));
  const long = Buffer.concat([Buffer.from([0x83, 0x86, 0x84, 0x01, 0xff, 0x91, 0x4d]), value]);
  const calls = 40;
  const before = await heapBytes();
  for (let n = 0; n < calls; n++) one.send(frame(FRAME.headers, endHeaders, 2 * n + 1, long));
  await settled(one);
  expect([streams.length, streams[0]?.headers.get(':authority')]).toEqual([calls, 'a'.repeat(16_000)]);
  expect(((await heapBytes()) - before) / calls).toBeLessThan(50_000);
  const beyond = Buffer.concat([long, Buffer.from([0x00, 1, 120, 0x7f, 0x80, 4]), Buffer.alloc(639, 121)]);
  one.send(frame(FRAME.headers, endHeaders | endStream, 2 * calls + 1, beyond));
  one.send(request(2 * calls + 3, endStream));
  await settled(one);
  expect([one.error(2 * calls + 1), streams.length]).toEqual([H2_ERROR.enhanceYourCalm, calls + 1]);
});

test('callers that give up as many calls as were answered before keep their connection', async () => {
  const one = peer();
  const calls = 1_500;
  const given = (id: number) => [
    request(id, endStream),
    frame(FRAME.rstStream, 0, id, number(H2_ERROR.cancel)),
  ];
  atOpen = (stream) => answer(stream, 1);
  for (let n = 0; n < calls; n++) one.send(request(2 * n + 1, endStream));
  await settled(one);
  atOpen = () => {};
  for (let n = calls; n < 2 * calls; n++) one.send(...given(2 * n + 1));
  await settled(one);
  expect([streams.length, one.error()]).toEqual([2 * calls, undefined]);
  for (let n = 2 * calls; n < 3 * calls; n++) one.send(...given(2 * n + 1));
  await one.gone;
  expect(one.error()).toBe(H2_ERROR.enhanceYourCalm);
});

test('a connection whose stream numbers are used up drains like any other', async () => {
  const one = peer();
  one.send(request(WINDOW_MAX, endStream));
  await settled(one);
  void listener.drain();
  answer(streams[0] as CallStream, 3);
  await one.gone;
  expect(one.of(FRAME.goAway).map(({ payload }) => payload.readUInt32BE())).toEqual([WINDOW_MAX]);
});
