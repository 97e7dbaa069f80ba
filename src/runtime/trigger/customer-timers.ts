/** The timers of one shard's customers: noted when they change, loaded ahead of time, handled when they are due. Owned by the shard. */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { DecisionFact } from '../../core/fact/fact.ts';
import { addressedById } from '../../core/identity/customer.ts';
import { considerationDue, nextDue } from '../../core/profile/next-due.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import type { Request, TimerRequest } from '../turn/request.ts';
import { isApart } from './due-lanes.ts';
import { loadConsiderations } from './load-considerations.ts';
import { loadTimers } from './load-timers.ts';
import type { TimerQueue } from './timer-queue.ts';

/** What the timers ask of their shard. */
export interface TimerHost {
  readonly id: number;
  /** Of the memory in force: a recovery brings another one. */
  readonly timers: TimerQueue;
  readonly considerations: TimerQueue;
  /** The store's count of batches, which a read must find. */
  readonly storeCounter: number;
  /** Customers in memory, by their id. */
  readonly actorsById: ReadonlyMap<string, Actor>;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
  /** Queues a request behind all others, or refuses it. */
  submit(request: Request): void;
}

/** What became of a customer who was looked at for a consideration. */
export type Looked = (isRefused: boolean) => void;

export class CustomerTimers {
  readonly #host: TimerHost;
  readonly #runtime: Pick<Runtime, 'clock' | 'snapshots' | 'observer'>;

  constructor(host: TimerHost, runtime: Pick<Runtime, 'clock' | 'snapshots' | 'observer'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** Something of a customer is due at `due`, 0: nothing. What lies behind the horizon stays with the store. */
  note(actor: Actor, due: number): void {
    if (due === 0 || (actor.timerAt !== 0 && actor.timerAt <= due)) return;
    if (this.#host.timers.add(due, actor.profile.id)) actor.timerAt = due;
  }

  /**
   * A consideration of a customer is set, in the lane that the store has them in (due-lanes.ts). In that of instants it wakes like
   * everything else there; once it is due it waits among considerations, and what comes behind it wakes by itself.
   */
  noteConsideration(actor: Actor): void {
    const { timers, considerations } = this.#host;
    const { profile } = actor;
    const due = considerationDue(profile);
    if (due === 0 || due >= Math.max(timers.horizon, considerations.horizon)) return;
    if (isApart(profile)) {
      if (due < considerations.horizon) this.#waitForTurn(actor, due);
    } else if (due > this.#runtime.clock.now()) this.note(actor, due);
    else {
      this.#waitForTurn(actor, due);
      const next = nextDue(profile);
      // Wherever the horizon is: the store has them where their consideration was due.
      if (next === 0 || (actor.timerAt !== 0 && actor.timerAt <= next)) return;
      timers.put(next, profile.id);
      actor.timerAt = next;
    }
  }

  #waitForTurn(actor: Actor, due: number): void {
    if (actor.considerAt !== 0 && actor.considerAt <= due) return;
    this.#host.considerations.put(due, actor.profile.id);
    actor.considerAt = due;
  }

  /** Looks at a customer again in `ms`, also one who is not in memory. */
  retry(customer: string, ms: number): void {
    this.#host.timers.add(this.#runtime.clock.now() + ms, customer);
  }

  /** Queues who is due before the next horizon. Throws PortError. */
  async load(now: number): Promise<void> {
    const { id, timers, storeCounter, actorsById } = this.#host;
    const { snapshots } = this.#runtime;
    await loadTimers({ shard: id, snapshots, storeCounter, actors: actorsById, timers }, now);
  }

  /** Queues who is considered next. Throws PortError. */
  async loadConsiderations(now: number): Promise<void> {
    const { id, considerations, storeCounter, actorsById } = this.#host;
    const { snapshots } = this.#runtime;
    const source = { shard: id, snapshots, storeCounter, actors: actorsById, timers: considerations };
    await loadConsiderations(source, now);
  }

  /** Asks for a turn for the one whose consideration is due first at `now`; false when there is none. */
  submitConsideration(now: number, looked: Looked): boolean {
    const { considerations, actorsById } = this.#host;
    let due = considerations.next;
    let customer = considerations.pop(now);
    // Another entry took its place: of two of one customer each would go on for ever while they are refused.
    const isOutdated = (id: string): boolean => ![undefined, 0, due].includes(actorsById.get(id)?.considerAt);
    while (customer !== undefined && isOutdated(customer)) {
      due = considerations.next;
      customer = considerations.pop(now);
    }
    if (customer === undefined) return false;
    const actor = actorsById.get(customer);
    if (actor !== undefined) actor.considerAt = 0;
    this.look(customer, (isRefused) => {
      const at = this.#runtime.clock.now();
      if (isRefused) this.#considerAgain(customer, at + INTERVALS.timerRetryMs);
      else this.#runtime.observer.time('attune_consideration_late_ms', at - due);
      looked(isRefused);
    });
    return true;
  }

  #considerAgain(customer: string, at: number): void {
    const actor = this.#host.actorsById.get(customer);
    if (actor === undefined) this.#host.considerations.put(at, customer);
    else this.#waitForTurn(actor, at);
  }

  /** Asks for a turn in which a customer's consideration is set right, and taken where it is due. */
  look(customer: string, looked: Looked): void {
    this.#host.submit({
      kind: 'consider',
      to: addressedById(customer),
      priority: 'consideration',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      done: (outcome) => {
        if (outcome.kind === 'decided') this.#count(outcome.fact);
        const isRefused = outcome.kind === 'refused' && outcome.code !== 'not_found';
        // Who is looked at again before long is not due beside it: each refusal would make two of one.
        if (!isRefused) this.#noteNext(customer);
        looked(isRefused);
      },
    });
  }

  #count(fact: DecisionFact): void {
    const { observer } = this.#runtime;
    observer.count('attune_considerations_total', 1, fact.choices[0]?.kind ?? 'nothing');
  }

  /** Asks for a turn for those who are due at `now`, `timersPerTurnMax` at most. */
  submitDue(now: number): void {
    const requests: TimerRequest[] = [];
    while (requests.length < LIMITS.timersPerTurnMax) {
      const customer = this.#host.timers.pop(now);
      if (customer === undefined) break;
      const actor = this.#host.actorsById.get(customer);
      if (actor !== undefined) actor.timerAt = 0;
      requests.push({
        kind: 'timer',
        to: addressedById(customer),
        priority: 'critical',
        bytes: 0,
        deadlineAt: Number.POSITIVE_INFINITY,
        loaded: new Map(),
        // Of whom nothing is known, since they were forgotten, nothing is due.
        done: (outcome) =>
          this.#handled(customer, outcome.kind === 'refused' && outcome.code !== 'not_found'),
      });
    }
    this.#host.requeue(requests);
  }

  /** What is still due, or due next, gets its timer again. */
  #handled(customer: string, isRefused: boolean): void {
    const actor = this.#host.actorsById.get(customer);
    if (actor === undefined) {
      // The customer could not be brought into memory: the timer is still due.
      if (isRefused) this.retry(customer, INTERVALS.timerRetryMs);
      return;
    }
    actor.timerAt = 0;
    this.#noteNext(customer);
  }

  /** After a look at a customer: what is due next, of both lanes. */
  #noteNext(customer: string): void {
    const actor = this.#host.actorsById.get(customer);
    if (actor === undefined) return;
    this.note(actor, nextDue(actor.profile));
    this.noteConsideration(actor);
  }
}
