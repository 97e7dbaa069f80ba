import { gzipSync } from 'node:zlib';
import { type Attack, type Given, greeting, inTurn } from './attack.ts';
import { sendCalls, templates } from './attacks-calls.ts';
import { callTemplate } from './call-template.ts';
import { message, repeated, WINDOW_DEFAULT } from './frame.ts';
import type { Headers } from './header-block.ts';
import type { HostilePeer } from './peer.ts';

const MIB = 1_048_576;
const EMPTY = message(Buffer.alloc(0));
/** The beginning of a message of 4 MiB. */
const ANNOUNCED = message(Buffer.alloc(4 * MIB)).subarray(0, 5);
const CHUNK = Buffer.alloc(16_384, 0x2a);
const GZIP: Headers = [['grpc-encoding', 'gzip']];
const BOMBS = 14;

/** Messages that never end, that are nothing but many, or that are larger than they look. */
export const BODY_ATTACKS = {
  'slow-message': (given: Given) =>
    unfinished(
      given,
      { connections: 20, perSecond: 5_000, arrivedMin: 200, calls: 50 },
      CHUNK.subarray(0, 1),
    ),
  'unfinished-messages': (given: Given) =>
    unfinished(given, { connections: 40, perSecond: 3_000, arrivedMin: 200, calls: 100 }, CHUNK),
  'empty-messages': ({ paths, openPaths }: Given): Attack =>
    templates(
      { perSecond: 200, arrivedMin: 20 },
      interleaved(openPaths, paths).map((path) =>
        callTemplate({ path, body: repeated(EMPTY, Math.floor(WINDOW_DEFAULT / EMPTY.length)), ends: false }),
      ),
      1,
    ),
  'gzip-bombs': ({ paths, openPaths }: Given): Attack => gzipBombs(interleaved(openPaths, paths), GZIP),
  'gzip-bombs-token': (given: Given): Attack =>
    gzipBombs(Object.keys(given.bodies), [...GZIP, authorization(given)]),
} as const;

/** Those who ask and never listen. */
export const READER_ATTACKS = {
  'never-reads-window': ({ paths, openPaths, bodies }: Given): Attack => ({
    ...templates(
      { perSecond: 4_000, arrivedMin: 200 },
      interleaved(openPaths, paths).map((path) =>
        callTemplate({ path, body: bodies[path] ?? EMPTY, ends: true }),
      ),
    ),
    ...CLOSED,
  }),
  'never-reads-window-token': (given: Given): Attack => ({
    ...templates(ASKED, asked(given)),
    ...CLOSED,
  }),
  'never-reads-tcp': ({ paths, openPaths, bodies }: Given): Attack => {
    const next = inTurn(
      interleaved(openPaths, paths).map((path) =>
        callTemplate({ path, body: bodies[path] ?? EMPTY, ends: true }),
      ),
    );
    return unheard({ perSecond: 8_000, arrivedMin: 40 }, (peer, units) => {
      const sent = sendCalls(peer, units, next);
      // It cannot see which calls are over; the service answers all of these at once, or does not care to.
      peer.open.clear();
      return sent;
    });
  },
  'never-reads-tcp-token': (given: Given): Attack => {
    const next = inTurn(asked(given));
    return unheard(ASKED, (peer, units) => sendCalls(peer, units, next));
  },
} as const;

/** No more than the service can answer: it is the answers that harm. */
const ASKED = { perSecond: 100, arrivedMin: 100 };

const CLOSED = { greeting: greeting(0, false), deaf: true } as const;

/** Reads the service's settings, and then nothing until the attack is over. */
function unheard(rate: Pick<Attack, 'perSecond' | 'arrivedMin'>, send: Attack['send']): Attack {
  return {
    ...rate,
    connections: 40,
    send: (peer, units) => {
      peer.pause();
      return send(peer, units);
    },
    finish: (peer) => peer.resume(),
  };
}

/** Sound calls of a caller with a token, on every method that has a request here. */
function asked(given: Given) {
  return Object.entries(given.bodies).map(([path, body]) =>
    callTemplate({ path, headers: [authorization(given)], body, ends: false }),
  );
}

function authorization({ token }: Given): readonly [string, string] {
  return ['authorization', `Bearer ${token}`];
}

/** A few kilobytes that unpack to 4 MiB: one in a call, and as many as fit into a window. */
function gzipBombs(paths: readonly string[], headers: Headers): Attack {
  const bomb = message(gzipSync(Buffer.alloc(4 * MIB - 64), { level: 9 }), true);
  const bodies = [bomb, repeated(bomb, BOMBS)];
  return templates(
    { perSecond: 1_000, arrivedMin: 20 },
    bodies.flatMap((body) => paths.map((path) => callTemplate({ path, headers, body, ends: true }))),
    20,
  );
}

interface Slowness extends Pick<Attack, 'connections' | 'perSecond' | 'arrivedMin'> {
  /** Open calls of one connection. */
  readonly calls: number;
}

/** Calls that announce 4 MiB and go on piece by piece, as far as the windows allow, and never come to an end. */
function unfinished({ paths, openPaths }: Given, { calls, ...rate }: Slowness, piece: Buffer): Attack {
  const next = inTurn(
    interleaved(openPaths, paths).map((path) => callTemplate({ path, body: ANNOUNCED, ends: false })),
  );
  const turns = new WeakMap<HostilePeer, Iterator<number>>();
  return {
    ...rate,
    send: (peer, units) => {
      const opened =
        peer.open.size < calls ? sendCalls(peer, Math.min(units, calls - peer.open.size), next) : 0;
      let sent = opened;
      for (let idle = 0; sent < units && idle < peer.open.size; ) {
        const stream = nextOpen(peer, turns);
        if (stream === undefined || peer.data(stream, piece) === 0) idle++;
        else sent++;
      }
      peer.sent += sent - opened;
      return sent;
    },
  };
}

/** The open calls of a peer in turn; undefined at the end of each round. */
function nextOpen(peer: HostilePeer, turns: WeakMap<HostilePeer, Iterator<number>>): number | undefined {
  const turn = turns.get(peer) ?? peer.open.keys();
  const { value, done } = turn.next();
  if (done === true) turns.delete(peer);
  else turns.set(peer, turn);
  return done === true ? undefined : value;
}

/** Every second one of those that are open to anybody. */
function interleaved(openPaths: readonly string[], paths: readonly string[]): string[] {
  return paths.flatMap((path, n) => [openPaths[n % openPaths.length] as string, path]);
}
