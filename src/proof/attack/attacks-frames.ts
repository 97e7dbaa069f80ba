import { type Attack, type Given, GREETING, greeting, inTurn } from './attack.ts';
import { sendCalls, templates } from './attacks-calls.ts';
import { callTemplate, framesTemplate, headerFrames } from './call-template.ts';
import {
  FLAG,
  frame,
  PREFACE,
  repeated,
  SETTING,
  settingsFrame,
  TYPE,
  WINDOW_DEFAULT,
  windowUpdateFrame,
} from './frame.ts';
import { callHeaders, indexedLiteral, literals, newestEntry } from './header-block.ts';
import type { HostilePeer } from './peer.ts';

const CONNECTIONS = 20;
/** Frames a second: more than any caller sends, and no more than a core can look at. */
const FLOOD = 100_000;
const STREAMS_NAMED = 1_000;

/** Frames that cost their sender next to nothing, and blocks of headers that are larger than they look. */
export const FRAME_ATTACKS = {
  'settings-flood': () => flood(settingsFrame([[SETTING.initialWindow, WINDOW_DEFAULT]])),
  'ping-flood': () => flood(frame(TYPE.ping, 0, 0, Buffer.from('flooding'))),
  'window-update-flood': (): Attack => ({
    ...flood(windowUpdateFrame(0, 1)),
    greeting: greeting(WINDOW_DEFAULT, false),
  }),
  'priority-flood': () =>
    flood(
      ...Array.from({ length: STREAMS_NAMED }, (_, n) =>
        frame(TYPE.priority, 0, 2 * n + 1, Buffer.from([0, 0, 0, 0, 15])),
      ),
    ),
  'empty-data-flood': (given: Given) => emptyData(given),
  'continuation-flood': (given: Given) => continuations(given),
  'large-headers': ({ paths }: Given) =>
    templates(
      { perSecond: 500, arrivedMin: 20 },
      paths.map((path) => callTemplate({ path, headers: LARGE, ends: true })),
    ),
  'hpack-bomb': (given: Given) => hpackBomb(given),
} as const;

/** 80 KB in 40 headers. */
const LARGE = Array.from({ length: 40 }, (_, n) => [`x-large-${n}`, 'a'.repeat(2_000)] as const);

/** The same frames again and again. */
function flood(...frames: readonly Buffer[]): Attack {
  const one = Buffer.concat(frames);
  const many = repeated(one, Math.max(1, Math.floor(STREAMS_NAMED / frames.length)));
  const size = many.length / STREAMS_NAMED;
  return {
    connections: CONNECTIONS,
    perSecond: FLOOD,
    arrivedMin: CONNECTIONS,
    send: (peer, units) => {
      const count = Math.min(units, STREAMS_NAMED);
      peer.write(many.subarray(0, count * size));
      peer.sent += count;
      return count;
    },
  };
}

/** DATA frames without data on a call that is open; another call when that one is answered. */
function emptyData({ paths, openPaths }: Given): Attack {
  const next = inTurn(
    paths.flatMap((path, n) =>
      [openPaths[n % openPaths.length] as string, path].map((each) =>
        callTemplate({ path: each, ends: false }),
      ),
    ),
  );
  const streams = new WeakMap<HostilePeer, number>();
  return {
    connections: CONNECTIONS,
    perSecond: FLOOD,
    arrivedMin: CONNECTIONS,
    send: (peer, units) => {
      let stream = streams.get(peer);
      if (stream === undefined || !peer.isUnanswered(stream)) {
        if (!peer.hasRoom(0)) return 0;
        stream = peer.call(next());
        streams.set(peer, stream);
      }
      peer.write(repeated(frame(TYPE.data, 0, stream), units));
      peer.sent += units;
      return units;
    },
  };
}

/** A block of headers that goes on for ever, in frames of a few bytes. */
function continuations({ paths }: Given): Attack {
  const blocks = inTurn(paths.map((path) => literals(callHeaders(path))));
  const more = frame(TYPE.continuation, 0, 1, literals([['x', 'y']]));
  return {
    connections: CONNECTIONS,
    perSecond: FLOOD,
    arrivedMin: CONNECTIONS,
    unbroken: true,
    send: (peer, units) => {
      if (peer.sent === 0) peer.write(frame(TYPE.headers, FLAG.endStream, 1, blocks()));
      peer.write(repeated(more, units));
      peer.sent += units;
      return units;
    },
    finish: (peer) => peer.write(frame(TYPE.continuation, FLAG.endHeaders, 1)),
  };
}

/** Bytes of one header in the peer's table, and how often each call names it. */
const BOMB_BYTES = 3_900;
const BOMB_NAMED = 16_000;

/** A call of 16 KB that unpacks to 62 MB of headers: a large one enters the table, the others name it. */
function hpackBomb({ paths, openPaths }: Given): Attack {
  const bombs = [...openPaths, ...paths].map((path) => {
    const block = Buffer.concat([literals(callHeaders(path)), newestEntry(BOMB_NAMED)]);
    return framesTemplate(headerFrames(block, FLAG.endStream), true);
  });
  const fuses = paths.map((path) => {
    const block = Buffer.concat([literals(callHeaders(path)), indexedLiteral('x', 'a'.repeat(BOMB_BYTES))]);
    return framesTemplate(headerFrames(block, FLAG.endStream), true);
  });
  const [bomb, fuse] = [inTurn(bombs), inTurn(fuses)];
  return {
    connections: CONNECTIONS,
    perSecond: 1_000,
    arrivedMin: 20,
    // The table of the service is as large as it says; ours is not used.
    greeting: GREETING,
    send: (peer, units) => (peer.sent === 0 ? sendCalls(peer, 1, fuse) : sendCalls(peer, units, bomb)),
  };
}

/** Bytes that are no HTTP/2, and HTTP of another age. */
export const STRANGER_ATTACKS = {
  garbage: () =>
    stranger([
      noise(4_000, 1),
      Buffer.concat([PREFACE, noise(4_000, 2)]),
      Buffer.concat([GREETING, ...Array.from({ length: 20 }, (_, n) => anyFrame(n))]),
    ]),
  'http-1': () =>
    stranger(
      [
        'GET / HTTP/1.1\r\nHost: attune\r\n\r\n',
        'POST /attune.v1.DecisionService/Decide HTTP/1.1\r\nHost: attune\r\nContent-Length: 1000000\r\n\r\n{}',
        'GET / HTTP/1.1\r\nHost: attune\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n',
      ].map((text) => Buffer.from(text, 'latin1')),
    ),
} as const;

/** Says the same a few times; that it was read shows by the connection's end. */
function stranger(texts: readonly Buffer[]): Attack {
  const text = inTurn(texts);
  return {
    connections: CONNECTIONS,
    perSecond: 400,
    arrivedMin: CONNECTIONS,
    greeting: Buffer.alloc(0),
    raw: true,
    unbroken: true,
    send: (peer) => {
      if (peer.sent >= 10) return 0;
      peer.write(text());
      peer.sent++;
      return 1;
    },
  };
}

function noise(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return (state >>> 16) & 0xff;
    }),
  );
}

function anyFrame(n: number): Buffer {
  const [type = 0, flags = 0, stream = 0] = noise(3, n + 7);
  return frame(type % 12, flags, stream % 9, noise(n * 3, n));
}
