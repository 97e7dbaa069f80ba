/**
 * What a turn wants told and sent once its record is durable. Owned by the turn.
 *
 * I1  Nothing here has an effect before `commit`, `replyOnly` or `abandon`; each turn ends with exactly one of them.
 * I2  A reserved credit of a channel is used by its push or given back.
 */
import { added } from '../../base/added.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { ChoiceRef, DecisionFact } from '../../core/fact/fact.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import type { Refusal } from '../../port/customers.ts';
import type { AuthorisedPush, Dispatcher } from '../delivery/dispatcher.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import type { Request, RequestOutcome } from './request.ts';

/** What the effects ask of the shard. */
export interface EffectsHost {
  /** The last record that is known to be in the log. */
  readonly sequence: number;
  readonly dispatcher: Dispatcher;
  decisionRef(seq: number, index: number): DecisionPlace;
}

interface Reply {
  readonly request: Request;
  readonly outcome: RequestOutcome;
}

export class CommitEffects {
  readonly #host: EffectsHost;
  readonly #runtime: Pick<Runtime, 'watchers' | 'observer'>;
  #replies: Reply[] = [];
  #pushes: AuthorisedPush[] = [];
  #withdrawals: { readonly channel: number; readonly ref: ChoiceRef; readonly reason: number }[] = [];
  #decisionCount = 0;
  /** Of them those that somebody follows. */
  #decisions: { readonly fact: DecisionFact; readonly index: number }[] = [];

  constructor(host: EffectsHost, runtime: Pick<Runtime, 'watchers' | 'observer'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  reply(request: Request, outcome: RequestOutcome): void {
    this.#replies = added(this.#replies, { request, outcome });
  }

  push(entry: OutboxEntry, attempt: number, isReserved: boolean): void {
    this.#pushes.push({ entry, attempt, isReserved });
  }

  withdraw(channel: number, ref: ChoiceRef, reason: number): void {
    this.#withdrawals.push({ channel, ref, reason });
  }

  decided(fact: DecisionFact, index: number): void {
    this.#decisionCount++;
    if (this.#runtime.watchers.tailing) this.#decisions = added(this.#decisions, { fact, index });
  }

  /** The record is durable, but the shard is not ours any more: the replies are true, the pushes are the new owner's. */
  replyOnly(): void {
    this.#replyAll();
    this.#releaseCredits();
    this.#clear();
  }

  /** The record is durable (or there was none): tell everybody, push, withdraw. `at`: when the turn began. */
  commit(changed: readonly Actor[], at: number): void {
    const { watchers, observer } = this.#runtime;
    const { sequence, dispatcher } = this.#host;
    this.#replyAll();
    for (const actor of changed) watchers.changed(actor.profile, actor.causes);
    for (const { fact, index } of this.#decisions) {
      watchers.committed({ place: this.#host.decisionRef(sequence, index), fact });
    }
    const pushes = this.#pushes;
    this.#pushes = [];
    dispatcher.pushAll(pushes, at);
    for (const { channel, ref, reason } of this.#withdrawals) dispatcher.withdraw(channel, ref, reason);
    if (this.#decisionCount > 0) observer.count('attune_decisions_total', this.#decisionCount);
    this.#clear();
  }

  /** The record is not in the log: everybody hears so. `undecided`: requests whose decision was not made yet. */
  abandon(why: Refusal, undecided: readonly Request[]): void {
    const told = new Set<Request>();
    for (const { request } of this.#replies) {
      told.add(request);
      this.#replyTo({ request, outcome: why });
    }
    for (const request of undecided) if (!told.has(request)) this.#replyTo({ request, outcome: why });
    this.#releaseCredits();
    this.#clear();
  }

  /** Once only, also when what follows throws. */
  #replyAll(): void {
    const replies = this.#replies;
    this.#replies = [];
    for (let i = 0; i < replies.length; i++) this.#replyTo(replies[i] as Reply);
  }

  #replyTo({ request, outcome }: Reply): void {
    try {
      (request.done as (outcome: RequestOutcome) => void)(outcome);
    } catch (fault) {
      this.#runtime.observer.fault('a reply could not be given', fault);
    }
  }

  /** I2. */
  #releaseCredits(): void {
    for (const push of this.#pushes) this.#host.dispatcher.release(push);
  }

  #clear(): void {
    if (this.#replies.length > 0) this.#replies = [];
    if (this.#pushes.length > 0) this.#pushes = [];
    if (this.#withdrawals.length > 0) this.#withdrawals = [];
    this.#decisionCount = 0;
    if (this.#decisions.length > 0) this.#decisions = [];
  }
}
