import { type Attack, type Given, GREETING, inTurn } from './attack.ts';
import { callTemplate, stamped } from './call-template.ts';
import { PREFACE, settingsFrame } from './frame.ts';
import type { HostilePeer } from './peer.ts';

/** More than a process with 1,024 descriptors can hold. */
const MANY = 1_100;

/** Connections that say nothing, half of what they should, or no more than they must. */
export const CONNECTION_ATTACKS = {
  'silent-connections': () => waiting(Buffer.alloc(0), PREFACE),
  'half-preface': () => waiting(PREFACE.subarray(0, 11), PREFACE.subarray(11)),
  'preface-only': () => waiting(PREFACE, Buffer.alloc(0)),
  'idle-connections': (): Attack => ({
    connections: MANY,
    perSecond: 2 * MANY,
    arrivedMin: MANY / 2,
    send: once,
  }),
  'slow-preface': () => slowPreface(),
  'slow-headers': (given: Given) => slowHeaders(given),
} as const;

/** Greets with a part and never says the rest, save at the end, to be heard. */
function waiting(begin: Buffer, rest: Buffer): Attack {
  return {
    connections: MANY,
    perSecond: 2 * MANY,
    arrivedMin: MANY / 2,
    greeting: begin,
    raw: true,
    unbroken: true,
    send: once,
    finish: (peer) => peer.write(Buffer.concat([rest, settingsFrame([])])),
  };
}

/** The connection is the unit. */
function once(peer: HostilePeer): number {
  if (peer.sent > 0) return 0;
  peer.sent = 1;
  return 1;
}

const SLOW = 200;
const SLOW_RATE = { connections: SLOW, perSecond: 10 * SLOW, arrivedMin: SLOW };
const FILLER = [['x-filler', 'a'.repeat(600)]] as const;

/** What all connections must send, a byte at a time, ten a second and connection. */
function slowPreface(): Attack {
  return {
    ...SLOW_RATE,
    greeting: Buffer.alloc(0),
    raw: true,
    unbroken: true,
    send: (peer) => nextByte(peer, GREETING),
    finish: (peer) => peer.write(GREETING.subarray(peer.sent)),
  };
}

/** The headers of a call, a byte at a time: the block is one that takes a minute. */
function slowHeaders({ paths }: Given): Attack {
  const calls = inTurn(paths.map((path) => stamped(callTemplate({ path, headers: FILLER, ends: true }), 1)));
  const own = new WeakMap<HostilePeer, Buffer>();
  const of = (peer: HostilePeer): Buffer => {
    const bytes = own.get(peer) ?? calls();
    own.set(peer, bytes);
    return bytes;
  };
  return {
    ...SLOW_RATE,
    unbroken: true,
    send: (peer) => nextByte(peer, of(peer)),
    finish: (peer) => peer.write(of(peer).subarray(peer.sent)),
  };
}

function nextByte(peer: HostilePeer, bytes: Buffer): number {
  if (peer.sent >= bytes.length - 1) return 0;
  peer.write(bytes.subarray(peer.sent, peer.sent + 1));
  peer.sent++;
  return 1;
}
