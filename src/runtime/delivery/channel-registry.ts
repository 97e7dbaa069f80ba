/**
 * The connected channel systems, and who of them may take how much. Shared by all shards of a process.
 *
 * I1  A session is given no more deliveries than it has credits.
 * I2  A turn that will record a hand-over reserves its credit before: a hand-over is never recorded without a delivery
 *     for lack of one.
 * I3  What finds no credit waits in its shard's outbox; the registry only remembers that somebody waits.
 */
import { CHANNELS } from '../../core/channel.ts';
import type { ChannelSink, Delivery } from '../../port/customers.ts';

export interface RegisteredChannel {
  readonly channel: number;
  readonly sink: ChannelSink;
  credits: number;
}

export class ChannelRegistry {
  readonly #sessions: RegisteredChannel[][] = CHANNELS.map(() => []);
  readonly #open = new Int32Array(CHANNELS.length);
  readonly #reserved = new Int32Array(CHANNELS.length);
  /** Called when a channel can take deliveries again. */
  onCredit: (channel: number) => void = () => {};
  #count = 0;

  get sessions(): number {
    return this.#count;
  }

  connect(channel: number, credits: number, sink: ChannelSink): RegisteredChannel {
    const session = { channel, sink, credits };
    this.#sessions[channel]?.push(session);
    this.#count++;
    if (credits > 0) this.onCredit(channel);
    return session;
  }

  credit(session: RegisteredChannel, count: number, max: number): void {
    session.credits = Math.min(max, session.credits + count);
    if (session.credits > 0) this.onCredit(session.channel);
  }

  disconnect(session: RegisteredChannel): void {
    const list = this.#sessions[session.channel];
    const at = list?.indexOf(session) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    this.#count--;
  }

  canDeliver(channel: number): boolean {
    let credits = -(this.#reserved[channel] ?? 0);
    for (const session of this.#sessions[channel] ?? []) credits += session.credits;
    return credits > 0;
  }

  /** Keeps a credit for a delivery that is about to be recorded; false when there is none. */
  reserve(channel: number): boolean {
    if (!this.canDeliver(channel)) return false;
    this.#reserved[channel] = (this.#reserved[channel] ?? 0) + 1;
    return true;
  }

  /** Gives a reserved credit back, or up for its delivery. */
  release(channel: number): void {
    this.#reserved[channel] = Math.max(0, (this.#reserved[channel] ?? 0) - 1);
  }

  /** Hands a delivery to the session with the most credit; false when none is free. */
  deliver(delivery: Delivery): boolean {
    if (!this.canDeliver(delivery.channel)) return false;
    let best: RegisteredChannel | undefined;
    for (const session of this.#sessions[delivery.channel] ?? []) {
      if (session.credits > (best?.credits ?? 0)) best = session;
    }
    if (best === undefined) return false;
    best.credits--;
    best.sink.deliver(delivery);
    return true;
  }

  /** Every session of the channel is told: we do not know which one holds it, and an unknown id is no fault. */
  withdraw(channel: number, dispatchId: string, reason: string): void {
    for (const session of this.#sessions[channel] ?? []) session.sink.withdraw(dispatchId, reason);
  }

  /** Dispatches open on a channel in this process; for the backlog guardrail. */
  open(channel: number): number {
    return this.#open[channel] ?? 0;
  }

  opened(channel: number, by: number): void {
    this.#open[channel] = Math.max(0, (this.#open[channel] ?? 0) + by);
  }
}
