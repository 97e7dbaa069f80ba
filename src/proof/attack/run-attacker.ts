import { type Attack, GREETING } from './attack.ts';
import { HostilePeer } from './peer.ts';
import { AttackTally } from './tally.ts';

export interface Field {
  readonly port: number;
  /** The addresses that the attack comes from. */
  readonly addresses: readonly string[];
  readonly seconds: number;
}

const TICK_MS = 10;
const BARRIER_MS = 200;
/** New connections a second: all of them within a second or two at first, and again as they are cut. */
const CONNECTS_PER_SECOND = 1_000;
const FINISH_MS_MAX = 3_000;

/**
 * Makes an attack for as long as it lasts: keeps its connections up, spends its rate over those that take something, and asks
 * every now and then what arrived.
 */
export async function runAttacker(attack: Attack, { port, addresses, seconds }: Field): Promise<AttackTally> {
  const tally = new AttackTally();
  const peers = new Set<HostilePeer>();
  const wanted = Math.max(attack.connections, addresses.length);
  const connect = (): void => {
    const from = addresses[tally.connectionsMade++ % addresses.length] as string;
    const plan = {
      ...{ port, from, tally },
      greeting: attack.greeting ?? GREETING,
      mute: attack.raw === true,
      reads: attack.deaf !== true,
    };
    peers.add(new HostilePeer({ ...plan, gone: (peer) => peers.delete(peer) }));
  };
  const startMs = performance.now();
  let asked = 0;
  let connects = 0;
  let units = 0;
  for (let now = 0; now < seconds * 1_000; now = performance.now() - startMs) {
    for (; peers.size < wanted && connects < (now / 1_000) * CONNECTS_PER_SECOND + wanted / 4; connects++)
      connect();
    // What was not sent in its time is not made up for: a blocked attack does not burst later.
    units = Math.min(units, attack.perSecond / 10) + (attack.perSecond * TICK_MS) / 1_000;
    units -= spend(attack, peers, Math.floor(units));
    if (attack.unbroken !== true && now - asked > BARRIER_MS) {
      asked = now;
      for (const peer of peers) peer.barrier();
    }
    await tick();
  }
  await finish(attack, peers);
  for (const peer of peers) peer.leave();
  await tick();
  return tally;
}

/** Gives every connection its share; answers how many units were sent. */
function spend(attack: Attack, peers: Set<HostilePeer>, units: number): number {
  const able = [...peers].filter(
    (peer) => !peer.blocked && (attack.raw === true ? peer.connected : peer.ready),
  );
  let unsent = units;
  // Whoever comes first in one tick comes last in the next.
  for (const [n, peer] of able.entries()) {
    const share = Math.ceil(unsent / (able.length - n));
    if (share <= 0) break;
    unsent -= attack.send(peer, share);
    peer.flush();
    peers.delete(peer);
    peers.add(peer);
  }
  return units - unsent;
}

/** Ends what can be ended, and waits until everything that was sent is known to have arrived, or did not in time. */
async function finish(attack: Attack, peers: ReadonlySet<HostilePeer>): Promise<void> {
  for (const peer of peers) {
    attack.finish?.(peer);
    peer.flush();
    peer.speak();
  }
  const until = performance.now() + FINISH_MS_MAX;
  while (performance.now() < until && [...peers].some((peer) => !peer.settled)) {
    for (const peer of peers) peer.barrier();
    await tick();
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
