/**
 * A customer of each shard who never pauses: an event, a look at the profile, an event … What they wait for is how long their shard was away, as a client sees it; what they
 * see of their profile is held against what they were told before.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import type { Promised } from '../crash/promised.ts';

const BETWEEN_MS = 40;
const KIND = 'loyalty';

/** An event that was sent; times by the steady clock of this process. */
export interface ProbeEvent {
  readonly shard: number;
  readonly sentAt: number;
  readonly endedAt: number;
  /** Why the client gave it up; '': it was acknowledged. */
  readonly fault: string;
}

interface Customer {
  readonly shard: number;
  readonly identifiers: { kind: string; value: string }[];
  readonly client: AttuneClient;
  /** The version that the profile has at least: each acknowledged event is one more fact than there was when it was sent. */
  version: bigint;
}

export class Probe {
  readonly asked: ProbeEvent[] = [];
  /** What was read and is older than what was told before. */
  readonly stale: string[] = [];
  /** Looks that were given up. */
  unread = 0;
  readonly #promised: Promised;
  readonly #customers: readonly Customer[];
  #workers: Promise<void>[] = [];
  #isOver = false;
  #count = 0;

  /** `addresses`: of all nodes; each customer begins at another one. */
  constructor(addresses: readonly string[], shards: number, promised: Promised) {
    this.#promised = promised;
    this.#customers = Array.from({ length: shards }, (_, shard) => {
      const first = shard % addresses.length;
      return {
        ...{ shard, identifiers: [keyIn(shard, shards)], version: 0n },
        client: connect([...addresses.slice(first), ...addresses.slice(0, first)]),
      };
    });
  }

  start(): void {
    this.#workers = this.#customers.map((customer) => this.#live(customer));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
    for (const { client } of this.#customers) client.close();
  }

  /** Asks one node straight for a customer's profile, and holds what it shows against what was told before it was asked. */
  async readAt(client: AttuneClient, shard: number): Promise<void> {
    const customer = this.#customers[shard] as Customer;
    await this.#look(customer, client);
  }

  /** Resolves when each of these shards has acknowledged an event that was sent after `since`; with the time of the last one, by the steady clock. */
  async answered(shards: readonly number[], since: number): Promise<number> {
    for (;;) {
      const firsts = shards.map((shard) =>
        this.asked.find((one) => one.shard === shard && one.sentAt >= since && one.fault === ''),
      );
      if (firsts.every((one) => one !== undefined))
        return Math.max(since, ...firsts.map((one) => one.endedAt));
      await pause(BETWEEN_MS / 2);
    }
  }

  async #live(customer: Customer): Promise<void> {
    while (!this.#isOver) {
      await this.#tell(customer);
      await this.#look(customer, customer.client).catch(() => this.unread++);
      await pause(BETWEEN_MS);
    }
  }

  async #tell(customer: Customer): Promise<void> {
    const { shard, identifiers, client, version: before } = customer;
    const event = {
      ...{ id: `probe-${shard}-${++this.#count}`, source: 'crash', identifiers, name: 'Product Viewed' },
      ...{ occurredAt: timestampFromMs(Date.now()), channel: 'web' },
      products: [{ productId: 'coat-1', category: 'coats', price: 180, quantity: 1 }],
    };
    const sentAt = performance.now();
    const end = (fault: string): void =>
      void this.asked.push({ shard, sentAt, endedAt: performance.now(), fault });
    try {
      const [result] = await client.publish([event]);
      const isHeard = result?.status === EventStatus.ACCEPTED || result?.status === EventStatus.DUPLICATE;
      if (!isHeard) return end(`status ${result?.status}`);
      // Not one of those that the load sends again: this customer has more than a profile remembers.
      this.#promised.events.set(event.id, event);
      if (customer.version <= before) customer.version = before + 1n;
      end('');
    } catch (fault) {
      end(fault instanceof Error ? fault.message : String(fault));
    }
  }

  async #look(customer: Customer, client: AttuneClient): Promise<void> {
    const { shard, identifiers, version } = customer;
    const found = await client.getCustomer({ identifiers });
    if (found.version < version)
      this.stale.push(
        `shard ${shard}: the profile was read at version ${found.version} when version ${version} had been acknowledged`,
      );
    if (found.version > customer.version) customer.version = found.version;
  }
}

/** A key whose customer is in a shard. */
function keyIn(shard: number, shards: number): { kind: string; value: string } {
  for (let i = 0; ; i++) {
    const value = `probe-${i}`;
    if (addresseeOf(KIND, value).hash % shards === shard) return { kind: KIND, value };
  }
}
