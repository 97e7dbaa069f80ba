/**
 * What a turn wants told and sent once its record is durable. Owned by the turn.
 *
 * I1  Nothing here has an effect before `commit`, `tell` or `abandon`; each turn ends with exactly one of them.
 * I2  A reserved credit of the hub is used by its push or given back.
 */
import { added } from '../base/added.ts';
import { LIMITS } from '../config/limits.ts';
import type { ChoiceRef, DecisionFact } from '../core/fact/fact.ts';
import type { OutboxEntry } from '../core/ledger/shard-state.ts';
import type { DecideOutcome, PublishOutcome, Refusal } from '../port/customers.ts';
import type { Actor } from './actor.ts';
import { pushDispatch, takeBackDispatch } from './dispatcher.ts';
import type { Request } from './request.ts';
import type { Shard } from './shard.ts';

interface Settled {
  readonly request: Request;
  readonly outcome: DecideOutcome | PublishOutcome;
}

interface Push {
  readonly entry: OutboxEntry;
  readonly attempt: number;
  /** It holds a credit of the hub. */
  readonly reserved: boolean;
}

export class AfterAppend {
  readonly #shard: Shard;
  #outcomes: Settled[] = [];
  #pushes: Push[] = [];
  #takeBacks: { readonly channel: number; readonly ref: ChoiceRef; readonly reason: number }[] = [];
  #decided = 0;
  /** Of them those that somebody follows. */
  #decisions: { readonly fact: DecisionFact; readonly index: number }[] = [];

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  settle(request: Request, outcome: DecideOutcome | PublishOutcome): void {
    this.#outcomes = added(this.#outcomes, { request, outcome });
  }

  push(entry: OutboxEntry, attempt: number, reserved: boolean): void {
    this.#pushes.push({ entry, attempt, reserved });
  }

  takeBack(channel: number, ref: ChoiceRef, reason: number): void {
    this.#takeBacks.push({ channel, ref, reason });
  }

  decided(fact: DecisionFact, index: number): void {
    this.#decided++;
    if (this.#shard.runtime.watchers.tailing) this.#decisions = added(this.#decisions, { fact, index });
  }

  /** The record is durable, but the shard is not ours any more: the answers are true, the pushes are the new owner's. */
  tell(): void {
    this.#answerAll();
    this.#clear();
  }

  /** The record is durable (or there was none): tell everybody, hand over, take back. `at`: when the turn began. */
  commit(changed: readonly Actor[], at: number): void {
    const shard = this.#shard;
    const { watchers, observer } = shard.runtime;
    this.#answerAll();
    for (const actor of changed) watchers.changed(actor.profile, actor.causes);
    for (const { fact, index } of this.#decisions) {
      watchers.committed({ place: shard.placeOf(shard.sequence, index), fact });
    }
    this.#handOver(at);
    for (const { channel, ref, reason } of this.#takeBacks) takeBackDispatch(shard, channel, ref, reason);
    if (this.#decided > 0) observer.count('attune_decisions_total', this.#decided);
    this.#clear();
  }

  /** The record is not in the log: everybody hears so. `undecided`: requests whose decision was not made yet. */
  abandon(fault: Refusal, undecided: readonly Request[]): void {
    const told = new Set<Request>();
    for (const { request } of this.#outcomes) {
      told.add(request);
      fail(request, fault);
    }
    for (const request of undecided) if (!told.has(request)) fail(request, fault);
    this.#clear();
  }

  /**
   * Hands over what the append has authorised. What took too long is left to the outbox, which asks the guardrails
   * again; what another node serves by now is left to that node.
   */
  #handOver(at: number): void {
    if (this.#pushes.length === 0) return;
    const { clock, hub } = this.#shard.runtime;
    const now = clock.now();
    if (now - at > LIMITS.pushDelayMsMax || !this.#shard.mayServe(now)) return;
    for (const { entry, attempt, reserved } of this.#pushes.splice(0)) {
      if (reserved) hub.release(entry.choice.channel);
      pushDispatch(this.#shard, entry, attempt);
    }
  }

  /** Once only, also when what follows throws. */
  #answerAll(): void {
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    for (let i = 0; i < outcomes.length; i++) this.#answer(outcomes[i] as Settled);
  }

  #answer({ request, outcome }: Settled): void {
    try {
      (request.done as (outcome: DecideOutcome | PublishOutcome) => void)(outcome);
    } catch (fault) {
      this.#shard.runtime.observer.fault('a reply could not be given', fault);
    }
  }

  #clear(): void {
    const { hub } = this.#shard.runtime;
    for (const { entry, reserved } of this.#pushes) if (reserved) hub.release(entry.choice.channel);
    if (this.#outcomes.length > 0) this.#outcomes = [];
    if (this.#pushes.length > 0) this.#pushes = [];
    if (this.#takeBacks.length > 0) this.#takeBacks = [];
    this.#decided = 0;
    if (this.#decisions.length > 0) this.#decisions = [];
  }
}

/** Tells a request that it failed, in its own terms. */
export function fail(request: Request, fault: Refusal): void {
  (request.done as (outcome: Refusal) => void)(fault);
}
