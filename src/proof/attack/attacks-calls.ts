import { type Attack, type Given, inTurn } from './attack.ts';
import { type CallShape, type CallTemplate, callTemplate } from './call-template.ts';
import { message, resetFrame } from './frame.ts';
import type { Headers } from './header-block.ts';
import type { HostilePeer } from './peer.ts';

const CONNECTIONS = 40;
/** A quarter of what a core of the service can refuse, and several times what callers send. */
const FLOOD = 10_000;
const CANCEL = 8;
const EMPTY = message(Buffer.alloc(0));
const WATCH = '/grpc.health.v1.Health/Watch';
const CHECK = '/grpc.health.v1.Health/Check';
/** Headers that a server which allows 16 KiB still takes, in one frame. */
const FILLER: Headers = [['x-filler', 'a'.repeat(15_000)]];

/** Calls in masses: never finished, refused, reset. */
export const CALL_ATTACKS = {
  'held-calls': (given: Given) =>
    calls(given, { perSecond: 20_000, arrivedMin: 200 }, (path) => ({ path, ends: false })),
  'held-headers': (given: Given) =>
    calls(given, { perSecond: 3_000, arrivedMin: 100 }, (path) => ({ path, headers: FILLER, ends: false })),
  'health-watch': () =>
    templates({ perSecond: 20_000, arrivedMin: 200 }, [
      callTemplate({ path: WATCH, body: EMPTY, ends: true }),
    ]),
  'health-check-flood': () =>
    templates({ perSecond: FLOOD, arrivedMin: 200 }, [
      callTemplate({ path: CHECK, body: EMPTY, ends: true }),
    ]),
  'unknown-methods': () =>
    templates(
      { perSecond: FLOOD, arrivedMin: 200 },
      [
        '/attune.v1.DecisionService/Unknown',
        '/nobody.Knows/This',
        '/',
        '/attune.v1.DecisionService/Decide/more',
      ].map((path) => callTemplate({ path, body: EMPTY, ends: true })),
    ),
  'no-token': (given: Given) =>
    calls(given, { perSecond: FLOOD, arrivedMin: 200 }, (path) => ({
      path,
      body: given.bodies[path] ?? EMPTY,
      ends: true,
    })),
  'wrong-token': (given: Given) =>
    calls(given, { perSecond: FLOOD, arrivedMin: 200 }, (path) => ({
      path,
      headers: [['authorization', 'Bearer nobody-gave-this']],
      body: given.bodies[path] ?? EMPTY,
      ends: true,
    })),
  'refused-streams': ({ paths, openPaths }: Given) =>
    templates(
      { perSecond: FLOOD, arrivedMin: 200 },
      [...paths.filter((path) => !openPaths.includes(path)), '/nobody.Knows/This'].map((path) =>
        callTemplate({ path, body: EMPTY, ends: false }),
      ),
    ),
  'rapid-reset': (given: Given) =>
    calls(given, { perSecond: FLOOD, arrivedMin: 40 }, (path) => ({
      path,
      body: given.bodies[path] ?? EMPTY,
      ends: false,
      tail: resetFrame(CANCEL),
    })),
} as const;

type Rate = Pick<Attack, 'perSecond' | 'arrivedMin'>;

/** A call of each method in turn; every second one is of those that are open to anybody. */
function calls({ paths, openPaths }: Given, rate: Rate, shape: (path: string) => CallShape): Attack {
  const open = inTurn(openPaths);
  return templates(
    rate,
    paths.flatMap((path) => [callTemplate(shape(path)), callTemplate(shape(open()))]),
  );
}

/** These calls in turn, as many as the service takes. */
export function templates(rate: Rate, all: readonly CallTemplate[], connections = CONNECTIONS): Attack {
  const next = inTurn(all);
  return { ...rate, connections, send: (peer, units) => sendCalls(peer, units, next) };
}

/** Sends up to `units` calls, each counted once. */
export function sendCalls(peer: HostilePeer, units: number, next: () => CallTemplate): number {
  let sent = 0;
  while (sent < units) {
    const template = next();
    if (!peer.hasRoom(template.dataBytes)) break;
    const stream = peer.call(template);
    // What was reset within the same bytes holds no place.
    if (template.resets) peer.forget(stream);
    sent++;
  }
  peer.sent += sent;
  return sent;
}
