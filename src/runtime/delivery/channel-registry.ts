/**
 * The connected channel systems, and who of them may take how much. Shared by all shards of a process.
 *
 * I1  A session is given no more deliveries than it has credits.
 * I2  A turn that will record a hand-over reserves its credit before: a hand-over is never recorded without a delivery
 *     for lack of one.
 * I3  A channel without a session is unserved INTERVALS.channelUnservedMs after its last one left, or after the start.
 * I4  What finds no credit waits in its shard's outbox; the registry only remembers that somebody waits.
 * I5  A channel that fails again and again is given one delivery at a time, a probe (breaker.ts); no other channel notices.
 * I6  Of several nodes: credits that another node may use are taken from their session (`lend`) and come back to it once, used or not. A session that
 *     stands for a channel system of another node (`isRelayed`) is lent to nobody.
 */
import { INTERVALS } from '../../config/limits.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { ChannelSink, Delivery } from '../../port/customers.ts';
import { Breaker } from './breaker.ts';

export interface RegisteredChannel {
  readonly channel: number;
  readonly sink: ChannelSink;
  readonly connectedAt: number;
  /** It stands for a channel system that is connected to another node. */
  readonly isRelayed: boolean;
  credits: number;
}

/** Who lets other nodes use the credits of the sessions here. */
export interface CreditLender {
  connected(session: RegisteredChannel): void;
  disconnected(session: RegisteredChannel): void;
  /** Credits came back to the session: it may lend them before the shards here are asked. */
  returned(session: RegisteredChannel): void;
}

/** The fewest attempts of those that could be a probe, in the pass at hand and in the one before. */
interface ProbePass {
  at: number;
  least: number;
  before: number;
}

export class ChannelRegistry {
  readonly #sessions: RegisteredChannel[][] = CHANNELS.map(() => []);
  readonly #open = new Int32Array(CHANNELS.length);
  readonly #reserved = new Int32Array(CHANNELS.length);
  readonly #breakers: readonly Breaker[] = CHANNELS.map(() => new Breaker());
  readonly #probes: readonly ProbePass[] = CHANNELS.map(() => ({
    at: 0,
    least: Number.POSITIVE_INFINITY,
    before: Number.POSITIVE_INFINITY,
  }));
  /** Called when a channel can take deliveries again. */
  onCredit: (channel: number) => void = () => {};
  /** Called when a channel's breaker opens, and when it closes. */
  onBreaker: (channel: number, breaker: Breaker) => void = () => {};
  /** Called when something found no credit of a channel. */
  onShort: (channel: number) => void = () => {};
  /** Absent: there is one node. */
  lender: CreditLender | undefined;
  #count = 0;
  /** When the last session left; the start, where there was none yet; later than ever before the start. */
  readonly #idleSince = new Float64Array(CHANNELS.length).fill(Number.POSITIVE_INFINITY);
  readonly #wasServed = new Uint8Array(CHANNELS.length);
  /** When a channel system answered a delivery last. */
  readonly #answeredAt = new Float64Array(CHANNELS.length);

  /** Of channel systems that are connected to this node. */
  get sessions(): number {
    return this.#count;
  }

  /** Of a channel, those of other nodes too. */
  sessionsOf(channel: number): readonly RegisteredChannel[] {
    return this.#sessions[channel] ?? [];
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

  /** Channels that fail again and again: bits `1 << channel`. */
  get failing(): number {
    let mask = 0;
    for (let channel = 0; channel < this.#breakers.length; channel++)
      if (this.breaker(channel).isOpen) mask |= 1 << channel;
    return mask;
  }

  /** Whether somebody serves it now. */
  isConnected(channel: number): boolean {
    return (this.#sessions[channel]?.length ?? 0) > 0;
  }

  /** Whether it had a session since the start. */
  wasServed(channel: number): boolean {
    return this.#wasServed[channel] === 1;
  }

  connect(
    channel: number,
    credits: number,
    sink: ChannelSink,
    now: number,
    isRelayed = false,
  ): RegisteredChannel {
    const session = { channel, sink, credits, connectedAt: now, isRelayed };
    this.breaker(channel).connected(now);
    this.#sessions[channel]?.push(session);
    this.#wasServed[channel] = 1;
    if (!isRelayed) {
      this.#count++;
      this.lender?.connected(session);
    }
    if (session.credits > 0) this.onCredit(channel);
    return session;
  }

  credit(session: RegisteredChannel, count: number, max: number): void {
    session.credits = Math.min(max, session.credits + count);
    if (!session.isRelayed) this.lender?.returned(session);
    if (session.credits > 0) this.onCredit(session.channel);
  }

  /** How many credits of a session nobody here has reserved: at least that many, where the channel has several sessions. */
  spare(session: RegisteredChannel): number {
    return Math.max(0, session.credits - (this.#reserved[session.channel] ?? 0));
  }

  /** I6: takes spare credits out of a session, at most `count`; how many. */
  lend(session: RegisteredChannel, count: number): number {
    const taken = Math.min(count, this.spare(session));
    session.credits -= taken;
    return taken;
  }

  disconnect(session: RegisteredChannel, now: number): void {
    const list = this.#sessions[session.channel];
    const at = list?.indexOf(session) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    if (!session.isRelayed) {
      this.#count--;
      this.lender?.disconnected(session);
    }
    if (list.length === 0) this.#idleSince[session.channel] = now;
  }

  breaker(channel: number): Breaker {
    return this.#breakers[channel] as Breaker;
  }

  /** A channel system answers something: it is not silent. */
  heard(channel: number, now: number): void {
    this.#answeredAt[channel] = now;
  }

  /**
   * The channel system answered a delivery that waited for it: `isFailure` where it refused it for now. What else it says, of ids that nobody
   * gave it or a second time, says nothing of whether it works.
   */
  answered(channel: number, isFailure: boolean, now: number): void {
    this.heard(channel, now);
    this.#note(channel, isFailure, now);
  }

  #note(channel: number, isFailure: boolean, now: number): void {
    const breaker = this.breaker(channel);
    const isTurned = isFailure ? breaker.failed(now) : breaker.answered();
    if (!isTurned) return;
    this.onBreaker(channel, breaker);
    if (!isFailure) this.onCredit(channel);
  }

  /** Nobody answered a delivery of `handedAt` in time, and it is to be made again: a failure. */
  unanswered(channel: number, handedAt: number, now: number): void {
    if (this.#wasThere(channel, handedAt)) this.#note(channel, true, now);
  }

  /** A delivery of `handedAt` has no answer yet: a channel that answers nothing for long fails, also where it has no credit left. */
  awaited(channel: number, handedAt: number, now: number): void {
    const isSilent =
      handedAt > (this.#answeredAt[channel] as number) && now - handedAt >= INTERVALS.channelSilentMs;
    if (!isSilent || !this.#wasThere(channel, handedAt)) return;
    const breaker = this.breaker(channel);
    if (breaker.open(now)) this.onBreaker(channel, breaker);
  }

  /** Whether one is connected since before: the answer of another may be lost with its connection. */
  #wasThere(channel: number, at: number): boolean {
    return this.#sessions[channel]?.some(({ connectedAt }) => connectedAt <= at) === true;
  }

  /**
   * Whether a dispatch of so many attempts may be the probe of a channel that fails: those with the fewest go first, as the pass before
   * over all shards saw them (a pass has one `now`), so that no dispatch uses up its attempts for all others.
   */
  mayProbe(channel: number, attempt: number, now: number): boolean {
    const seen = this.#probes[channel] as ProbePass;
    if (seen.at !== now) {
      seen.before = seen.least;
      seen.least = Number.POSITIVE_INFINITY;
      seen.at = now;
    }
    seen.least = Math.min(seen.least, attempt);
    return attempt <= seen.before;
  }

  canDeliver(channel: number, now: number): boolean {
    const breaker = this.breaker(channel);
    const reserved = this.#reserved[channel] ?? 0;
    // I5: the probe is reserved already.
    if (!breaker.lets(now) || (breaker.isOpen && reserved > 0)) return false;
    if (this.#credits(channel) > reserved) return true;
    this.onShort(channel);
    return false;
  }

  #credits(channel: number): number {
    let credits = 0;
    for (const session of this.#sessions[channel] ?? []) credits += session.credits;
    return credits;
  }

  /** Keeps a credit for a delivery that is about to be recorded; false when there is none. */
  reserve(channel: number, now: number): boolean {
    if (!this.canDeliver(channel, now)) return false;
    this.#reserved[channel] = (this.#reserved[channel] ?? 0) + 1;
    return true;
  }

  /** Gives a reserved credit back, or up for its delivery. */
  release(channel: number): void {
    this.#reserved[channel] = Math.max(0, (this.#reserved[channel] ?? 0) - 1);
  }

  /**
   * Hands a delivery to the session with the most credit; false when none is free. `isReserved`: a credit was reserved for it, so that it
   * is recorded and goes whatever the breaker says meanwhile.
   */
  deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    const { channel } = delivery;
    const canGo = isReserved
      ? this.#credits(channel) > (this.#reserved[channel] ?? 0)
      : this.canDeliver(channel, now);
    if (!canGo) return false;
    let best: RegisteredChannel | undefined;
    for (const session of this.#sessions[channel] ?? []) {
      if (session.credits > (best?.credits ?? 0)) best = session;
    }
    if (best === undefined) return false;
    best.credits--;
    this.breaker(channel).delivered(now);
    best.sink.deliver(delivery);
    return true;
  }

  /** Every session of the channel is told: we do not know which one holds it, and an unknown id is no fault. */
  withdraw(channel: number, dispatchId: string, reason: string): void {
    for (const session of this.#sessions[channel] ?? []) session.sink.withdraw(dispatchId, reason);
  }

  /** Every session of the channel is told. */
  forget(channel: number, customerId: string): void {
    for (const session of this.#sessions[channel] ?? []) session.sink.forget?.(customerId);
  }

  /** Dispatches open on a channel in this process; for the backlog guardrail. */
  open(channel: number): number {
    return this.#open[channel] ?? 0;
  }

  opened(channel: number, by: number): void {
    this.#open[channel] = Math.max(0, (this.#open[channel] ?? 0) + by);
  }
}
