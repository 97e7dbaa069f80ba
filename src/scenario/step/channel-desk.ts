/**
 * The channel systems of a scenario, and what they were told. Owned by the world.
 *
 * I1  What comes down is put on record with the moment that the service names, not with the one at which it is read.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Connection } from '../../client/connection.ts';
import type { Deliver, Withdraw } from '../../gen/attune/v1/channel_pb.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { type ChannelEvents, ChannelSystem, type Script } from './channel-system.ts';
import type { Moments } from './moments.ts';
import type { Timeline } from './timeline.ts';

/** One dispatch as the channel systems saw it, with all its deliveries. */
export interface Dispatch {
  readonly dispatchId: string;
  readonly channel: string;
  readonly customer: string;
  readonly treatment: Treatment;
  /** When it was first handed over. */
  readonly at: number;
  deliveries: number;
}

export interface Withdrawal {
  readonly dispatchId: string;
  readonly channel: string;
  readonly reason: string;
  readonly at: number;
  /** Undefined: it was never delivered to us. */
  readonly dispatch: Dispatch | undefined;
}

export class ChannelDesk {
  readonly dispatches: Dispatch[] = [];
  readonly withdrawals: Withdrawal[] = [];
  readonly #systems = new Map<string, ChannelSystem>();
  readonly #moments: Moments;
  readonly #timeline: Timeline;
  readonly #nameOf: (customerId: string) => string;
  /** Counts of channel systems that have left since the service was opened. */
  readonly #gone = { received: 0, answered: 0 };
  readonly #inbox: ((at: number) => void)[] = [];
  #moved: () => void = () => {};

  constructor(moments: Moments, timeline: Timeline, nameOf: (customerId: string) => string) {
    this.#moments = moments;
    this.#timeline = timeline;
    this.#nameOf = nameOf;
  }

  get size(): number {
    return this.#systems.size;
  }

  /** Answers sent since the service was opened. */
  get answered(): number {
    return this.#total('answered');
  }

  get(channel: string): ChannelSystem | undefined {
    return this.#systems.get(channel);
  }

  add(channel: string, script: Script, connection: Connection): void {
    const system = new ChannelSystem(channel, script, this.#events());
    this.#systems.set(channel, system);
    system.connect(connection);
  }

  remove(channel: string): void {
    const system = this.#systems.get(channel);
    if (system === undefined) return;
    this.#systems.delete(channel);
    // What it received and answered stays counted: the service counts on.
    this.#gone.received += system.received;
    this.#gone.answered += system.answered;
    system.disconnect();
  }

  /** All of them, to a service that was just opened and counts from nothing. */
  connect(connection: Connection): void {
    this.#gone.received = 0;
    this.#gone.answered = 0;
    for (const system of this.#systems.values()) system.connect(connection);
  }

  disconnect(): void {
    for (const system of this.#systems.values()) system.disconnect();
  }

  /** The service is about to die. */
  forget(): void {
    for (const system of this.#systems.values()) system.forget();
  }

  #total(what: 'received' | 'answered'): number {
    let total = this.#gone[what];
    for (const system of this.#systems.values()) total += system[what];
    return total;
  }

  /** Until the service's `down` instructions have arrived; they belong to the moment `at`. */
  async untilReceived(down: number, at: number): Promise<void> {
    while (this.#total('received') < down) {
      await new Promise<void>((resolve) => {
        this.#moved = resolve;
      });
    }
    for (const tell of this.#inbox.splice(0)) tell(at);
  }

  #events(): ChannelEvents {
    return {
      moved: () => this.#moved(),
      delivered: (channel, delivery, answer) =>
        void this.#inbox.push((at) => this.#delivered(channel, delivery, answer, at)),
      withdrawn: (channel, withdraw) => void this.#inbox.push((at) => this.#withdrawn(channel, withdraw, at)),
    };
  }

  #delivered(channel: string, delivery: Deliver, answer: string, at: number): void {
    const { dispatchId, treatment } = delivery;
    if (treatment === undefined) return;
    const customer = this.#nameOf(delivery.customerId);
    const known = this.dispatches.find((dispatch) => dispatch.dispatchId === dispatchId);
    if (known !== undefined) known.deliveries++;
    else this.dispatches.push({ dispatchId, channel, customer, treatment, at, deliveries: 1 });
    const about = treatment.content?.productIds.join(', ') ?? '';
    const offer = treatment.offer === undefined ? '' : ` with ${treatment.offer.offerId}`;
    const until =
      treatment.notAfter === undefined
        ? ''
        : `, until ${this.#moments.since(timestampMs(treatment.notAfter))}`;
    this.#timeline.add(
      at,
      `dispatch to ${channel} for ${customer}: ${treatment.actionId}/${treatment.variantId}${about === '' ? '' : ` about ${about}`}${offer} (attempt ${delivery.attempt}${until}): ${answer}`,
    );
  }

  #withdrawn(channel: string, { dispatchId, reason }: Withdraw, at: number): void {
    const dispatch = this.dispatches.find((known) => known.dispatchId === dispatchId);
    this.withdrawals.push({ dispatchId, channel, reason, at, dispatch });
    const what =
      dispatch === undefined ? dispatchId : `${dispatch.treatment.actionId} for ${dispatch.customer}`;
    this.#timeline.add(at, `withdrawal on ${channel}: ${what}, because ${reason}`);
  }
}
