/**
 * Channel systems that are connected to other nodes, as the shards here see them: sessions of the channel registry whose deliveries go over a link. Owned by the cluster. The other
 * end is channel-lender.ts.
 *
 * I1  A session has no more credits than it was lent, and none once its link is over.
 * I2  What was said of how many dispatches wait is said again when it is true no more.
 */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { ChannelRegistry, RegisteredChannel } from '../runtime/delivery/channel-registry.ts';
import type { UpMessage } from './link-message.ts';
import type { AskedLink, LinkServer } from './node-links.ts';

interface RelayedSession {
  readonly number: number;
  readonly link: AskedLink;
  readonly registered: RegisteredChannel;
  /** What the other node believes to be waiting here. */
  short: number;
}

export interface RelayedChannelsParts {
  readonly channels: ChannelRegistry;
  readonly clock: RuntimeClock;
  /** How many dispatches of the shards here wait for a credit of a channel, counted up to `max`. */
  readonly waiting: (channel: number, max: number) => number;
}

export class RelayedChannels implements LinkServer {
  readonly #parts: RelayedChannelsParts;
  readonly #byLink = new Map<AskedLink, Map<number, RelayedSession>>();
  /** Channels of which the shards here found no credit: bits `1 << channel`. */
  #short = 0;
  #isLooking = false;
  #cancelLook: () => void = () => {};

  constructor(parts: RelayedChannelsParts) {
    this.#parts = parts;
  }

  heard(link: AskedLink, message: UpMessage): void {
    if (!('session' in message)) return;
    if (message.kind === 'serve') return this.#serve(link, message);
    const session = this.#byLink.get(link)?.get(message.session);
    if (session === undefined) return;
    switch (message.kind) {
      case 'lend':
        session.short = Math.max(0, session.short - message.credits);
        this.#parts.channels.credit(session.registered, message.credits, LIMITS.creditsMax);
        return this.#lookSoon();
      case 'recall':
        return this.#giveBack(session);
      case 'left':
        this.#byLink.get(link)?.delete(session.number);
        return this.#parts.channels.disconnect(session.registered, this.#parts.clock.now());
    }
  }

  over(link: AskedLink): void {
    const sessions = this.#byLink.get(link);
    this.#byLink.delete(link);
    for (const { registered } of sessions?.values() ?? []) {
      // I1
      registered.credits = 0;
      this.#parts.channels.disconnect(registered, this.#parts.clock.now());
    }
  }

  /** Something found no credit of a channel. */
  short(channel: number): void {
    if (this.#byLink.size === 0) return;
    this.#short |= 1 << channel;
    this.#lookSoon();
  }

  #serve(
    link: AskedLink,
    { session: number, channel, credits }: Extract<UpMessage, { kind: 'serve' }>,
  ): void {
    const { channels, clock } = this.#parts;
    const sink = {
      deliver: (delivery) => link.say({ kind: 'deliver', session: number, delivery }),
      withdraw: (dispatchId, reason) => link.say({ kind: 'withdraw', session: number, dispatchId, reason }),
      // Whom to forget it is told by the node to which it is connected: all nodes know of it.
    } satisfies RegisteredChannel['sink'];
    const registered = channels.connect(channel, credits, sink, clock.now(), true);
    const sessions = this.#byLink.get(link) ?? new Map<number, RelayedSession>();
    this.#byLink.set(link, sessions.set(number, { number, link, registered, short: 0 }));
    this.#lookSoon();
  }

  /** What waits here and is on its way to a turn keeps its credit, else two nodes could take it from each other for ever. */
  #giveBack({ link, number, registered }: RelayedSession): void {
    const { channels, waiting } = this.#parts;
    const spare = channels.spare(registered);
    const idle = spare - waiting(registered.channel, spare);
    link.say({ kind: 'returned', session: number, credits: channels.lend(registered, idle) });
  }

  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.clock.soon(() => {
      this.#isLooking = false;
      this.#look();
    });
  }

  /** I2 */
  #look(): void {
    const asked = this.#short;
    this.#short = 0;
    for (const sessions of this.#byLink.values())
      for (const session of sessions.values()) {
        const { channel } = session.registered;
        if ((asked & (1 << channel)) === 0 && session.short === 0) continue;
        const count = this.#lacking(session.registered);
        if (count !== session.short) session.link.say({ kind: 'short', session: session.number, count });
        session.short = count;
        if (count > 0) this.#short |= 1 << channel;
      }
    this.#cancelLook();
    if (this.#short !== 0)
      this.#cancelLook = this.#parts.clock.after(INTERVALS.linkLookMs, () => this.#lookSoon());
  }

  #lacking(registered: RegisteredChannel): number {
    const spare = this.#parts.channels.spare(registered);
    const most = LIMITS.linkShortMax;
    return Math.min(most, Math.max(0, this.#parts.waiting(registered.channel, most + spare) - spare));
  }
}
