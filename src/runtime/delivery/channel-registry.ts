/**
 * The connected channel systems, and who of them may take how much. Shared by all shards of a process.
 *
 * I1  A session is given no more deliveries than it has credits.
 * I2  A turn that will record a hand-over reserves its credit before: a hand-over is never recorded without a delivery
 *     for lack of one.
 * I3  A channel without a session is unserved INTERVALS.channelUnservedMs after its last one left, or after the start.
 * I4  What finds no credit waits in its shard's outbox; the registry only remembers that somebody waits.
 */
import { INTERVALS } from '../../config/limits.ts';
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
  /** When the last session left; the start, where there was none yet; later than ever before the start. */
  readonly #idleSince = new Float64Array(CHANNELS.length).fill(Number.POSITIVE_INFINITY);
  readonly #wasServed = new Uint8Array(CHANNELS.length);

  get sessions(): number {
    return this.#count;
  }

  /** Channels are expected to be served from now on; `now` in ms. */
  start(now: number): void {
    this.#idleSince.fill(now);
  }

  /** Channels that nobody serves and nobody is expected to serve soon: bits `1 << channel`. Whether a channel is pushed is the policy's word. */
  unserved(now: number): number {
    let mask = 0;
    for (let channel = 0; channel < this.#sessions.length; channel++) {
      const isIdle = (this.#sessions[channel] as RegisteredChannel[]).length === 0;
      if (isIdle && now - (this.#idleSince[channel] as number) >= INTERVALS.channelUnservedMs)
        mask |= 1 << channel;
    }
    return mask;
  }

  /** Whether it had a session since the start. */
  wasServed(channel: number): boolean {
    return this.#wasServed[channel] === 1;
  }

  connect(channel: number, credits: number, sink: ChannelSink): RegisteredChannel {
    const session = { channel, sink, credits };
    this.#sessions[channel]?.push(session);
    this.#wasServed[channel] = 1;
    this.#count++;
    if (credits > 0) this.onCredit(channel);
    return session;
  }

  credit(session: RegisteredChannel, count: number, max: number): void {
    session.credits = Math.min(max, session.credits + count);
    if (session.credits > 0) this.onCredit(session.channel);
  }

  disconnect(session: RegisteredChannel, now: number): void {
    const list = this.#sessions[session.channel];
    const at = list?.indexOf(session) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    this.#count--;
    if (list.length === 0) this.#idleSince[session.channel] = now;
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
