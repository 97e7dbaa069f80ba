/**
 * Lets the other nodes deliver to the channel systems that are connected here, with a part of their credits each. Owned by the cluster.
 *
 * I1  A credit is in one place: with its session, lent to one node, or used by a delivery that has no answer yet. What is lent over a link that broke comes back: what is
 *     delivered over that link afterwards never arrives.
 * I2  While nobody lacks credits, each node has an equal part of those that are not used. Where one lacks them, it gets one at a time in turn with the others who lack them, and
 *     what lies idle elsewhere is asked back.
 */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type {
  ChannelRegistry,
  CreditLender,
  RegisteredChannel,
} from '../runtime/delivery/channel-registry.ts';
import type { DownMessage } from './link-message.ts';
import type { LinkUser, OpenLink } from './node-links.ts';

interface Loan {
  readonly link: OpenLink;
  /** What that node may use, as far as it was heard of. */
  credits: number;
  /** How many dispatches wait there for a credit, as it said last, less what it was lent since. */
  short: number;
  isRecalled: boolean;
}

interface LentSession {
  readonly number: number;
  readonly session: RegisteredChannel;
  readonly loans: Map<OpenLink, Loan>;
  /** Who comes next of those who lack credits; the shards here are the last. */
  turn: number;
}

export interface ChannelLenderParts {
  readonly channels: ChannelRegistry;
  readonly clock: RuntimeClock;
  /** How many dispatches of the shards here wait for a credit of a channel, counted up to `max`. */
  readonly waiting: (channel: number, max: number) => number;
  /** Links are wanted, or not any more. */
  readonly look: () => void;
}

export class ChannelLender implements CreditLender, LinkUser {
  readonly #parts: ChannelLenderParts;
  readonly #links = new Set<OpenLink>();
  readonly #bySession = new Map<RegisteredChannel, LentSession>();
  readonly #byNumber = new Map<number, LentSession>();
  /** Channels of which the shards here found no credit since they were looked at last: bits `1 << channel`. */
  #ownShort = 0;
  #numbers = 0;
  #isBalancing = false;
  #isLooking = false;

  constructor(parts: ChannelLenderParts) {
    this.#parts = parts;
  }

  get isUsing(): boolean {
    return this.#bySession.size > 0;
  }

  connected(session: RegisteredChannel): void {
    const lent: LentSession = { number: ++this.#numbers, session, loans: new Map(), turn: 0 };
    this.#bySession.set(session, lent);
    this.#byNumber.set(lent.number, lent);
    for (const link of this.#links) this.#serve(lent, link);
    this.#parts.look();
    this.#balance(lent);
  }

  disconnected(session: RegisteredChannel): void {
    const lent = this.#bySession.get(session);
    if (lent === undefined) return;
    this.#bySession.delete(session);
    this.#byNumber.delete(lent.number);
    for (const link of lent.loans.keys()) link.send({ kind: 'left', session: lent.number });
    this.#parts.look();
  }

  returned(session: RegisteredChannel): void {
    const lent = this.#bySession.get(session);
    if (lent !== undefined) this.#balance(lent);
  }

  /** The shards here found no credit of a channel. */
  short(channel: number): void {
    this.#ownShort |= 1 << channel;
    for (const lent of this.#bySession.values()) if (lent.session.channel === channel) this.#balance(lent);
  }

  opened(link: OpenLink): void {
    this.#links.add(link);
    for (const lent of this.#bySession.values()) {
      this.#serve(lent, link);
      this.#balance(lent);
    }
  }

  /** I1 */
  broken(link: OpenLink): void {
    this.#links.delete(link);
    for (const lent of this.#bySession.values()) {
      const loan = lent.loans.get(link);
      lent.loans.delete(link);
      if (loan !== undefined) this.#giveBack(lent, loan.credits);
    }
  }

  heard(link: OpenLink, message: DownMessage): void {
    if (!('session' in message)) return;
    const lent = this.#byNumber.get(message.session);
    const loan = lent?.loans.get(link);
    if (lent === undefined || loan === undefined) return;
    const { sink } = lent.session;
    switch (message.kind) {
      case 'deliver':
        loan.credits--;
        sink.deliver(message.delivery);
        return this.#balance(lent);
      case 'withdraw':
        return sink.withdraw(message.dispatchId, message.reason);
      case 'returned':
        loan.credits -= message.credits;
        loan.isRecalled = false;
        return this.#giveBack(lent, message.credits);
      case 'short':
        loan.short = message.count;
        return this.#balance(lent);
    }
  }

  #serve(lent: LentSession, link: OpenLink): void {
    const { number, session } = lent;
    lent.loans.set(link, { link, credits: 0, short: 0, isRecalled: false });
    link.send({ kind: 'serve', session: number, channel: session.channel, credits: 0 });
  }

  #giveBack({ session }: LentSession, credits: number): void {
    if (credits > 0) this.#parts.channels.credit(session, credits, LIMITS.creditsMax);
  }

  /** I2 */
  #balance(lent: LentSession): void {
    // Lending asks nobody; what is given back comes here again.
    if (this.#isBalancing || lent.loans.size === 0) return;
    this.#isBalancing = true;
    try {
      const own = this.#ownWaiting(lent);
      const loans = [...lent.loans.values()];
      const isShort = own > this.#parts.channels.spare(lent.session) || loans.some(({ short }) => short > 0);
      if (isShort) this.#inTurn(lent, loans, own);
      else this.#evenly(lent, loans);
    } finally {
      this.#isBalancing = false;
    }
  }

  #ownWaiting({ session }: LentSession): number {
    const bit = 1 << session.channel;
    if ((this.#ownShort & bit) === 0) return 0;
    const waiting = this.#parts.waiting(session.channel, LIMITS.linkShortMax);
    if (waiting === 0) this.#ownShort &= ~bit;
    return waiting;
  }

  #evenly(lent: LentSession, loans: readonly Loan[]): void {
    const unused = loans.reduce((sum, { credits }) => sum + credits, lent.session.credits);
    const part = Math.floor(unused / (loans.length + 1));
    for (const loan of loans) if (loan.credits <= part / 2) this.#lend(lent, loan, part - loan.credits);
  }

  /** `own`: how many dispatches of the shards here wait. */
  #inTurn(lent: LentSession, loans: readonly Loan[], own: number): void {
    const { channels } = this.#parts;
    const parties = loans.length + 1;
    /** Credits that stay for the shards here. */
    let kept = 0;
    for (let passed = 0; passed < parties && channels.spare(lent.session) > kept; lent.turn++) {
      const loan = loans[lent.turn % parties];
      const isOwn = loan === undefined;
      if (isOwn ? kept < own : loan.short > 0) {
        passed = 0;
        if (isOwn) kept++;
        else this.#lend(lent, loan, 1);
      } else passed++;
    }
    if (kept >= own && loans.every(({ short }) => short === 0)) return;
    this.#lookAgain();
    for (const loan of loans) {
      if (loan.isRecalled || loan.short > 0 || loan.credits === 0) continue;
      loan.isRecalled = true;
      loan.link.send({ kind: 'recall', session: lent.number });
    }
  }

  /** What is idle later is asked back later. */
  #lookAgain(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.clock.after(INTERVALS.linkLookMs, () => {
      this.#isLooking = false;
      for (const lent of this.#bySession.values()) this.#balance(lent);
    });
  }

  #lend(lent: LentSession, loan: Loan, count: number): void {
    const credits = this.#parts.channels.lend(lent.session, count);
    if (credits === 0) return;
    loan.credits += credits;
    loan.short = Math.max(0, loan.short - credits);
    loan.link.send({ kind: 'lend', session: lent.number, credits });
  }
}
