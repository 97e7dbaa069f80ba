/** The timers of one shard's customers: noted when they change, loaded ahead of time, handled when they are due. Owned by the shard. */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { addressedById } from '../../core/identity/customer.ts';
import { nextDue } from '../../core/profile/next-due.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import type { Request, TimerRequest } from '../turn/request.ts';
import { loadTimers } from './load-timers.ts';
import type { TimerQueue } from './timer-queue.ts';

/** What the timers ask of their shard. */
export interface TimerHost {
  readonly id: number;
  /** Of the memory in force: a recovery brings another one. */
  readonly timers: TimerQueue;
  /** Customers in memory, by their id. */
  readonly actorsById: ReadonlyMap<string, Actor>;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
}

export class CustomerTimers {
  readonly #host: TimerHost;
  readonly #runtime: Pick<Runtime, 'clock' | 'snapshots'>;

  constructor(host: TimerHost, runtime: Pick<Runtime, 'clock' | 'snapshots'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** Something of a customer is due at `due`, 0: nothing. What lies behind the horizon stays with the store. */
  note(actor: Actor, due: number): void {
    if (due === 0 || (actor.timerAt !== 0 && actor.timerAt <= due)) return;
    if (this.#host.timers.add(due, actor.profile.id)) actor.timerAt = due;
  }

  /** Looks at a customer again in `ms`, also one who is not in memory. */
  retry(customer: string, ms: number): void {
    this.#host.timers.add(this.#runtime.clock.now() + ms, customer);
  }

  /** Queues who is due before the next horizon. Throws PortError. */
  async load(now: number): Promise<void> {
    const { id, timers, actorsById } = this.#host;
    await loadTimers({ shard: id, snapshots: this.#runtime.snapshots, actors: actorsById, timers }, now);
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
        done: (outcome) => this.#handled(customer, outcome.kind === 'refused'),
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
    this.note(actor, nextDue(actor.profile));
  }
}
