import type { Socket } from 'node:net';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { ConnectionQueue } from './connection-queue.ts';
import { Debt } from './debt.ts';
import { Peer } from './peer.ts';

/** What it costs a peer, in the units of the debts' bounds. A caller with a token or certificate pays for noise only. */
export const PRICES = {
  /** A call without a known token or certificate, also to a method that is not there. */
  refused: 4,
  /** A call of a stranger's that was let in: health. */
  health: 1,
  /** A stream that a stranger opened and reset. */
  reset: 1,
  /** 1 KiB of frames that are no call. */
  noise: 1,
  /** A connection from an address without a caller; owed to the process alone. */
  connection: 5,
} as const;

const NOISE_BYTES = 1_024;

export interface ConnectionBounds {
  /** Connections at once. */
  readonly connectionsMax: number;
  /** Addresses of proxies: many callers share one, so neither the share of an address nor debts apply. */
  readonly proxies: ReadonlySet<string>;
}

interface Address {
  readonly debt: Debt;
  connections: number;
  /** When a caller from there had a call let in last; -Infinity: none had. */
  calledAtMs: number;
}

/**
 * The connections of a server and the addresses that they come from. Called by the listener for each new one, by calls for
 * what they cost, and every `sweepMs` to look after the rest.
 *
 * I1  At most `connectionsMax` are open, at most a share of them from one address.
 * I2  A connection with calls, or of a caller who had one lately, never gives way to a new one.
 * I3  The library's own timers bound age and idleness; this class ends those that never call, that flood and that do not read.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #now: () => number;
  readonly #perAddressMax: number;
  readonly #peers = new Map<Socket, Peer>();
  readonly #addresses = new Map<string, Address>();
  /** What all strangers cost the process lately. */
  readonly #strangers = new Debt(LIMITS.strangersDebtMax, INTERVALS.strangersDebtPerSecond);
  readonly #waiting = new ConnectionQueue();

  /** `now`: milliseconds of a clock that never runs backwards. */
  constructor(bounds: ConnectionBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
    this.#perAddressMax = Math.max(
      1,
      Math.floor((bounds.connectionsMax * LIMITS.connectionsPerAddressPercentMax) / 100),
    );
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The peer of a new connection; undefined: there is no room for it, or its address is in debt. */
  accept(socket: Socket): Peer | undefined {
    const nowMs = this.#now();
    const host = socket.remoteAddress;
    if (host === undefined) return undefined;
    const isProxy = this.#bounds.proxies.has(host);
    const address = this.#addressOf(host);
    if (!isProxy) {
      if (address.debt.exceeded(nowMs)) return undefined;
      const isCrowded = address.connections >= this.#perAddressMax;
      if (isCrowded && !this.#evictOne((peer) => peer.address === host)) return undefined;
    }
    if (this.#peers.size >= this.#bounds.connectionsMax && !this.#evictOne(() => true)) return undefined;
    const peer = new Peer(socket, nowMs, isProxy);
    this.#peers.set(socket, peer);
    if (!this.#isKnown(peer)) this.#strangers.charge(PRICES.connection, nowMs);
    address.connections++;
    socket.once('close', () => this.#remove(socket));
    return peer;
  }

  /** Goes on with an accepted connection: at once, or in its turn while strangers cost too much. */
  enter(peer: Peer, socket: Socket, go: () => void): void {
    const isFree = this.#waiting.isEmpty && !this.#strangers.exceeded(this.#now());
    if (isFree || this.#isKnown(peer)) return go();
    this.#waiting.wait(peer.address, () => {
      if (socket.destroyed) return false;
      go();
      return true;
    });
  }

  /** A call of a known caller was let in. */
  admitted(peer: Peer): void {
    peer.admitted();
    this.#addressOf(peer.address).calledAtMs = this.#now();
  }

  #isKnown(peer: Peer): boolean {
    return peer.isProxy || this.#now() - this.#addressOf(peer.address).calledAtMs < INTERVALS.atWorkMs;
  }

  /** A call of this peer's cost something; disconnects it when it owes too much. */
  charge(peer: Peer, price: number): void {
    if (peer.isProxy) return;
    const nowMs = this.#now();
    const isStrained = !peer.isCaller && this.#strangers.charge(price, nowMs);
    const owed = isStrained ? price * LIMITS.strangersPriceFactor : price;
    const address = this.#addressOf(peer.address).debt.charge(owed, nowMs);
    if (peer.charge(owed, nowMs) || (address && !peer.isCaller)) peer.disconnect();
  }

  /** Looks at every connection; `unreadBytes`: replies of the whole server that have not left. */
  sweep(unreadBytes: number): void {
    const nowMs = this.#now();
    let slowest: Peer | undefined;
    for (const peer of this.#peers.values()) {
      const noise = peer.noise();
      if (noise > 0) this.charge(peer, (noise / NOISE_BYTES) * PRICES.noise);
      const isUnused = peer.usedAtMs === 0 && peer.calls === 0;
      if (isUnused && nowMs - peer.acceptedAtMs > LIMITS.firstCallMsMax) peer.disconnect();
      if (peer.stalledMs(nowMs) > LIMITS.unreadMsMax) peer.disconnect();
      if (peer.unreadBytes > (slowest?.unreadBytes ?? 0)) slowest = peer;
    }
    if (unreadBytes > LIMITS.unreadBytesMax) slowest?.disconnect();
    for (const [host, { connections, debt, calledAtMs }] of this.#addresses) {
      const isRecent = nowMs - calledAtMs < INTERVALS.atWorkMs;
      if (connections === 0 && !isRecent && debt.owed(nowMs) === 0) this.#addresses.delete(host);
    }
  }

  /** Ends every connection at once. */
  destroy(): void {
    this.#waiting.close();
    for (const socket of this.#peers.keys()) socket.destroy();
  }

  /** I2. Ends one connection: of the address with most of them, never used before used, longest idle first. */
  #evictOne(among: (peer: Peer) => boolean): boolean {
    const nowMs = this.#now();
    let chosen: Peer | undefined;
    let chosenSocket: Socket | undefined;
    for (const [socket, peer] of this.#peers) {
      if (!among(peer) || peer.calls > 0) continue;
      if (peer.isCaller && nowMs - peer.usedAtMs < INTERVALS.atWorkMs) continue;
      if (chosen !== undefined && !this.#isEvictedBefore(peer, chosen)) continue;
      chosen = peer;
      chosenSocket = socket;
    }
    if (chosenSocket === undefined) return false;
    chosenSocket.destroy();
    this.#remove(chosenSocket);
    return true;
  }

  #isEvictedBefore(one: Peer, other: Peer): boolean {
    const hoarded = this.#addressOf(one.address).connections - this.#addressOf(other.address).connections;
    if (hoarded !== 0) return hoarded > 0;
    if ((one.usedAtMs === 0) !== (other.usedAtMs === 0)) return one.usedAtMs === 0;
    return Math.max(one.usedAtMs, one.acceptedAtMs) < Math.max(other.usedAtMs, other.acceptedAtMs);
  }

  #remove(socket: Socket): void {
    const peer = this.#peers.get(socket);
    if (peer === undefined) return;
    this.#peers.delete(socket);
    this.#addressOf(peer.address).connections--;
  }

  #addressOf(host: string): Address {
    let address = this.#addresses.get(host);
    if (address === undefined) {
      const debt = new Debt(LIMITS.addressDebtMax, INTERVALS.addressDebtPerSecond);
      address = { debt, connections: 0, calledAtMs: Number.NEGATIVE_INFINITY };
      this.#addresses.set(host, address);
    }
    return address;
  }
}
