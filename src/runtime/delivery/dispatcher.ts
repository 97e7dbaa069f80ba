/** Dispatches of one shard on their way to the channel systems: pushed when the log allows it, offered again while nobody has them. */
import type { CustomerId } from '../../base/brand.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { ProductView } from '../../core/catalog/catalog.ts';
import { type DecisionPlace, dispatchId } from '../../core/decide/decision-id.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { ChoiceRef, Content } from '../../core/fact/fact.ts';
import { addressedById } from '../../core/identity/customer.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import { type Pause, type Pauses, pauseOfDispatch } from '../../core/pause/pause.ts';
import { REASONS } from '../../core/reason.ts';
import type { Runtime } from '../runtime.ts';
import type { Request } from '../turn/request.ts';
import type { Outbox } from './outbox.ts';
import { tokenOf } from './signed-token.ts';

const WAIT_IN_MAILBOX_MS = 1_000;

/** What the dispatcher asks of its shard. */
export interface DispatchHost {
  readonly id: number;
  readonly outbox: Outbox;
  /** Keys of a customer; none when the customer is not in memory. */
  identifiersOf(customer: string): readonly IdentifierInput[];
  decisionRef(seq: number, index: number): DecisionPlace;
  /** Whether this node may speak for the shard at `now`. */
  mayServe(now: number): boolean;
  submit(request: Request): void;
}

/** A dispatch that the log has authorised. */
export interface AuthorisedPush {
  readonly entry: OutboxEntry;
  readonly attempt: number;
  /** What it says. */
  readonly content: Content | undefined;
  /** The product as the content has it; undefined: it is about none, or the catalogue does not have it. */
  readonly product: ProductView | undefined;
  /** It holds a credit of its channel. */
  readonly isReserved: boolean;
}

export class Dispatcher {
  readonly #host: DispatchHost;
  readonly #runtime: Pick<Runtime, 'channels' | 'clock' | 'pauses' | 'catalog' | 'keys'>;

  constructor(
    host: DispatchHost,
    runtime: Pick<Runtime, 'channels' | 'clock' | 'pauses' | 'catalog' | 'keys'>,
  ) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /**
   * Pushes what the append of a turn that began at `at` has authorised. What took too long is left to the outbox, which
   * asks the guardrails again; what another node serves by now is left to that node.
   */
  pushAll(pushes: readonly AuthorisedPush[], at: number): void {
    if (pushes.length === 0) return;
    const now = this.#runtime.clock.now();
    const isTimely = now - at <= LIMITS.pushDelayMsMax && this.#host.mayServe(now);
    for (const push of pushes) this.release(push);
    if (isTimely) for (const push of pushes) this.#push(push);
  }

  /** Gives back the credit that a push holds. */
  release({ entry, isReserved }: AuthorisedPush): void {
    if (isReserved) this.#runtime.channels.release(entry.choice.channel);
  }

  /** Asks the channel for a dispatch back. */
  withdraw(channel: number, ref: ChoiceRef, reason: number): void {
    const name = dispatchId(this.#host.decisionRef(ref.seq, ref.index), ref.choice);
    this.#runtime.channels.withdraw(channel, name, REASONS[reason] ?? 'NONE');
  }

  /**
   * Asks for a turn for those that no channel holds, that one holds without an answer for too long, that a pause withdraws, or that
   * expired; what a pause makes wait is left alone. `channel` -1: all of them.
   */
  attemptDue(now: number, channel: number): void {
    const { outbox } = this.#host;
    const { channels, pauses } = this.#runtime;
    if (outbox.size === 0) return;
    let room: number = LIMITS.timersPerTurnMax;
    const entries = channel < 0 ? outbox.entries.values() : outbox.ofChannel(channel);
    for (const entry of entries) {
      if (room === 0) return;
      const pause = pauseOfEntry(pauses, entry);
      const isWanted = pause?.pending === 'withdraw';
      // What is withdrawn waits for the request that stands in the mailbox, and not for its next attempt.
      const isEarly = entry.nextAt > now && (!isWanted || entry.nextAt <= now + WAIT_IN_MAILBOX_MS);
      if (isEarly) continue;
      if (entry.handedAt > 0) channels.awaited(entry.choice.channel, entry.handedAt, now);
      const isOver = entry.choice.notAfter <= now;
      const canGo = pause === undefined && this.#canAttempt(entry, now);
      if (!isOver && !isWanted && !canGo) continue;
      room--;
      entry.nextAt = now + WAIT_IN_MAILBOX_MS;
      this.#host.submit({
        kind: 'attempt',
        to: addressedById(entry.customer),
        priority: 'critical',
        bytes: 0,
        deadlineAt: Number.POSITIVE_INFINITY,
        ref: entry.ref,
        done: () => {},
      });
    }
  }

  /** How many of a channel's dispatches could be attempted now if it had credits; counted up to `max`. */
  waitingFor(channel: number, now: number, max: number): number {
    const { channels, pauses } = this.#runtime;
    const breaker = channels.breaker(channel);
    if (!breaker.lets(now)) return 0;
    const most = breaker.isOpen ? Math.min(1, max) : max;
    let found = 0;
    for (const entry of this.#host.outbox.ofChannel(channel)) {
      if (found >= most) break;
      const isLate = entry.choice.notAfter <= now || entry.nextAt > now + WAIT_IN_MAILBOX_MS;
      if (!isLate && isAttemptDue(entry, now) && pauseOfEntry(pauses, entry) === undefined) found++;
    }
    return found;
  }

  #canAttempt(entry: OutboxEntry, now: number): boolean {
    const { channels } = this.#runtime;
    const { channel } = entry.choice;
    if (!isAttemptDue(entry, now) || !channels.canDeliver(channel, now)) return false;
    return !channels.breaker(channel).isOpen || channels.mayProbe(channel, entry.attempt, now);
  }

  /** An ad platform is given what its audience says, and nothing else. */
  #identifiersFor({ customer, choice: { audience } }: OutboxEntry): readonly IdentifierInput[] {
    const all = this.#host.identifiersOf(customer);
    return audience === undefined ? all : all.filter(({ kind }) => audience.kinds.includes(kind));
  }

  /** Hands a dispatch over if its channel can take it; what finds none waits in the outbox. */
  #push({ entry, attempt, content, product, isReserved }: AuthorisedPush): void {
    const { channels, clock, pauses, catalog, keys } = this.#runtime;
    const { outbox } = this.#host;
    const { ref, choice } = entry;
    // It was withdrawn or expired in the turn that wanted it pushed.
    if (outbox.get(ref) === undefined) return;
    // What was decided just before a pause waits, or is withdrawn, as all that is pending.
    if (pauseOfEntry(pauses, entry) !== undefined) return;
    // Its price or stock changed while the record was on its way: it is said anew, at the next beat.
    if (catalog.get(choice.product) !== product) {
      entry.handedAt = 0;
      return;
    }
    const place = this.#host.decisionRef(ref.seq, ref.index);
    const now = clock.now();
    const delivery = {
      dispatchId: dispatchId(place, ref.choice),
      customerId: choice.audience?.left?.member ?? (entry.customer as CustomerId),
      actor: entry.customer,
      identifiers: this.#identifiersFor(entry),
      channel: choice.channel,
      choice: content === choice.content ? choice : { ...choice, content },
      attempt,
      notAfter: choice.notAfter,
      tracking: tokenOf(keys, { customer: entry.customer, channel: choice.channel }, place, ref.choice, now),
    };
    if (!channels.deliver(delivery, now, isReserved)) return;
    entry.attempt = attempt;
    entry.handedAt = now;
  }
}

/** What holds it up; that somebody leaves an audience is held up by nothing. */
export function pauseOfEntry(pauses: Pauses, { choice }: OutboxEntry): Pause | undefined {
  return choice.audience?.left === undefined ? pauseOfDispatch(pauses, choice) : undefined;
}

/**
 * No channel holds it, or the one that does has been silent for too long; longer with every attempt. After the last attempt never: it
 * waits for its answer, or for its end. Where a customer stands in an audience is said until it is taken.
 */
export function isAttemptDue(entry: OutboxEntry, now: number): boolean {
  const isLevel = entry.choice.audience !== undefined;
  if (entry.attempt >= LIMITS.dispatchAttemptsMax && !isLevel) return false;
  const patience = Math.min(
    INTERVALS.dispatchRetryMsMax,
    INTERVALS.dispatchRetryMs * 2 ** Math.max(0, entry.attempt - 1),
  );
  return entry.handedAt === 0 || now - entry.handedAt > patience;
}
