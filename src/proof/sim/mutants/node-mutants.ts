/** Bugs of a node: its clock, its lease, its policy, its way to the channels. */

import type { Rng } from '../../../base/rng.ts';
import type { Delivery } from '../../../port/customers.ts';
import { ChannelRegistry } from '../../../runtime/delivery/channel-registry.ts';
import { STRICT_SHOP } from '../../oracle/strict-shop.ts';
import type { Mutant } from '../mutant.ts';

const HOUR_MS = 3_600_000;

const capOffByOne: Mutant = { name: 'cap off by one', policy: { pushMax: 4 } };

/** Quiet hours begin an hour late. */
const quietLate: Mutant = { name: 'quiet hours an hour late', policy: { quietFrom: '23:00' } };

/** The cap of service messages is one too wide. */
const serviceCapOffByOne: Mutant = {
  name: 'service cap off by one',
  policy: { servicePushMax: STRICT_SHOP.servicePushMax + 1 },
};

/** An open support case silences nobody for long. */
const caseForgotten: Mutant = { name: 'open case forgotten', policy: { openCaseHours: 1 } };

/** A yes sends without its confirmation. */
const unconfirmed: Mutant = { name: 'unconfirmed consent sends', policy: { unconfirmed: true } };

/** East and west are exchanged. */
const zoneMirrored: Mutant = {
  name: 'zone offset with the wrong sign',
  zoneOffset: (zone) => (zone === 'Asia/Kathmandu' ? -345 : zone === 'America/New_York' ? 300 : undefined),
};

/** The clock is set back an hour, every other hour. */
const clockBack: Mutant = {
  name: 'clock that runs backwards',
  clockOffMs: (now) => (Math.floor(now / HOUR_MS) % 2 === 0 ? 0 : -HOUR_MS),
};

/** A node goes on serving when its lease has run out. */
const leaseIgnored: Mutant = { name: 'lease ignored', serveUntil: Number.POSITIVE_INFINITY };

/** A dispatch that is delivered again gets a new id, so that no channel system can recognise it. */
class RenamingRegistry extends ChannelRegistry {
  override deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    const { attempt, dispatchId } = delivery;
    const renamed = attempt === 1 ? delivery : { ...delivery, dispatchId: `${dispatchId}${attempt}` };
    return super.deliver(renamed, now, isReserved);
  }
}

/** Deliveries are made again without a fact of it in the log. */
class EagerRegistry extends ChannelRegistry {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    super();
    this.#rng = rng;
  }

  override deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    const accepted = super.deliver(delivery, now, isReserved);
    if (accepted && this.#rng.float() < 0.2)
      super.deliver({ ...delivery, attempt: delivery.attempt + 1 }, now, isReserved);
    return accepted;
  }
}

/** A withdrawal does not reach the channel system; the dispatch is delivered once more in its place. */
class StubbornRegistry extends ChannelRegistry {
  readonly #last = new Map<string, Delivery>();
  #now = 0;

  override deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    this.#last.set(delivery.dispatchId, delivery);
    this.#now = now;
    return super.deliver(delivery, now, isReserved);
  }

  override withdraw(_channel: number, dispatchId: string): void {
    const delivery = this.#last.get(dispatchId);
    if (delivery !== undefined) super.deliver(delivery, this.#now, true);
  }
}

export const NODE_MUTANTS: readonly Mutant[] = [
  capOffByOne,
  quietLate,
  serviceCapOffByOne,
  caseForgotten,
  unconfirmed,
  zoneMirrored,
  clockBack,
  leaseIgnored,
  { name: 'new dispatch id on redelivery', channels: () => new RenamingRegistry() },
  { name: 'push that is not in the log', channels: (rng) => new EagerRegistry(rng) },
  { name: 'push after it was withdrawn', channels: () => new StubbornRegistry() },
];
