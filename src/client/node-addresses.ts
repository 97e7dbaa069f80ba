/**
 * The nodes that a client may call: one gRPC client an address, opened when needed. Owned by the connection.
 *
 * I1  An address that did not answer is called again by who has no choice, or once its connection stands again; never less than AWAY_MS later.
 * I2  Addresses that the caller gave are kept. Those that a map named go with it, a while later, so that what is under way is not cut off.
 */
import { type Client, connectivityState } from '@grpc/grpc-js';

interface NodeEntry {
  client: Client | undefined;
  /** When it did not answer, by the wall clock; 0: it does, as far as is known. */
  awaySince: number;
  closing: NodeJS.Timeout | undefined;
}

const AWAY_MS = 1_000;
/** Longer than a call may take that was begun before the map changed. */
const FORGET_MS = 60_000;

export class NodeAddresses {
  readonly #given: readonly string[];
  readonly #open: (address: string) => Client;
  readonly #entries = new Map<string, NodeEntry>();
  #addresses: readonly string[];
  #at = 0;

  /** `given`: at least one. */
  constructor(given: readonly string[], open: (address: string) => Client) {
    this.#given = [...new Set(given)];
    this.#addresses = this.#given;
    this.#open = open;
  }

  client(address: string): Client {
    const entry = this.#entryOf(address);
    entry.client ??= this.#open(address);
    return entry.client;
  }

  /** An address for what any node answers: always the same one while it answers. `but`: another one, where there is one. */
  any(but = ''): string {
    const count = this.#addresses.length;
    for (let step = 0; step < count; step++) {
      const address = this.#addresses[(this.#at + step) % count] as string;
      if (address !== but && !this.isAway(address)) return address;
    }
    // I1: none is known to answer, so each gets its turn.
    const address = this.#addresses[this.#at % count] as string;
    return address === but ? (this.#addresses[(this.#at + 1) % count] as string) : address;
  }

  /** Turns to the address behind this one, if it is the one that `any` begins with. */
  leave(address: string): void {
    if (this.#addresses[this.#at] === address) this.#at = (this.#at + 1) % this.#addresses.length;
  }

  /** It did not answer. */
  noteAway(address: string): void {
    this.#entryOf(address).awaySince = Date.now();
  }

  /** I1 */
  isAway(address: string): boolean {
    const entry = this.#entries.get(address);
    if (entry === undefined || entry.awaySince === 0) return false;
    if (Date.now() - entry.awaySince < AWAY_MS) return true;
    if (this.client(address).getChannel().getConnectivityState(true) !== connectivityState.READY) return true;
    entry.awaySince = 0;
    return false;
  }

  /** I2: the nodes that a map names. */
  learn(named: readonly string[]): void {
    const before = this.#addresses[this.#at];
    this.#addresses = [...new Set([...this.#given, ...named])];
    this.#at = Math.max(0, this.#addresses.indexOf(before ?? ''));
    const kept = new Set(this.#addresses);
    for (const [address, entry] of this.#entries) {
      if (kept.has(address)) {
        clearTimeout(entry.closing);
        entry.closing = undefined;
      } else entry.closing ??= setTimeout(() => this.#forget(address), FORGET_MS).unref();
    }
  }

  close(): void {
    for (const { client, closing } of this.#entries.values()) {
      clearTimeout(closing);
      client?.close();
    }
    this.#entries.clear();
  }

  #forget(address: string): void {
    this.#entries.get(address)?.client?.close();
    this.#entries.delete(address);
  }

  #entryOf(address: string): NodeEntry {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      entry = { client: undefined, awaySince: 0, closing: undefined };
      this.#entries.set(address, entry);
    }
    return entry;
  }
}
