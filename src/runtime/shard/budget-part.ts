/**
 * A shard's part of the budgets, where shards may be served by several nodes: it has a part of each day's allowance by right, lends of it to
 * other shards and borrows of them. Owned by its shard.
 *
 * I1  No decision waits for a loan: it is made with what the shard has, and the shard borrows afterwards, ahead where it can.
 * I2  A loan counts for the borrower from the record on that notes it, which may be that of the decision that spends it, and for the lender from the record
 *     that it is told after. Between the two nobody has it; who asks the lender again hears of it again.
 * I3  What is kept here is in no log: who asks for how much, and what was heard and is not noted yet. Lost, it is asked for again.
 */
import type { RecordBuilder } from '../../codec/stored/record-codec.ts';
import { INTERVALS } from '../../config/limits.ts';
import { civilDay } from '../../core/calendar/civil-time.ts';
import type { DecideEnv } from '../../core/decide/decide-env.ts';
import type { LoanFact } from '../../core/fact/fact.ts';
import { micros, partOf } from '../../core/guardrail/budgets.ts';
import type { BudgetLedger } from '../../core/ledger/budget-ledger.ts';
import { type LoanAsk, loanTotal } from '../../core/ledger/loan-book.ts';
import type { Budget, Policy } from '../../core/policy/policy.ts';
import type { Peers } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';

/** A shard borrows where it has less than so many of the largest offers that its customers were considered for: those of one tick hold theirs at once. */
const AHEAD = 4;
/** Who found nothing waits up to so many times INTERVALS.loanRetryMs, so that an empty budget costs few questions. */
const RETRIES_MAX = 32;

/** What the part asks of its shard. */
export interface BudgetPartHost {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'bounds' | 'clock' | 'policy' | 'zones'>;
  readonly budgets: BudgetLedger;
  readonly peer: Pick<Peers, 'lend'>;
  readonly isServing: boolean;
}

/** What the shard wants of a budget's day. Amounts in millionths. */
interface Need {
  /** The largest draw that was considered. */
  largest: number;
  /** When one was considered last. */
  at: number;
  /** By shard: sums of loans that were heard and are not noted yet. */
  readonly heard: Map<number, number>;
  /** Whom it asks next, and how many it has asked in this round. */
  next: number;
  asked: number;
  isAsking: boolean;
  hasGained: boolean;
  retryAt: number;
  waitMs: number;
}

export class BudgetPart {
  readonly #host: BudgetPartHost;
  #day = 0;
  /** By budget, of `#day`. */
  #needs = new Map<string, Need>();

  constructor(host: BudgetPartHost) {
    this.#host = host;
  }

  /** Notes in the shard's record what was heard of loans, before anything of the record spends them. */
  noteLoans(builder: RecordBuilder, now: number): void {
    const { loans } = this.#host.budgets;
    for (const [budget, { heard }] of this.#needs) {
      for (const [shard, total] of heard)
        if (!loans.isFull('borrowed', budget, this.#day, shard))
          this.#note(builder, {
            kind: 'loan',
            side: 'borrowed',
            budget,
            day: this.#day,
            shard,
            total,
            at: now,
          });
      heard.clear();
    }
  }

  /** The same with this shard's part of the budgets: of each, what it does not have counts as drawn. */
  env(env: DecideEnv): DecideEnv {
    const { budgets } = env.policy;
    if (budgets.length === 0) return env;
    const { budgets: ledger } = this.#host;
    ledger.endWindows(env.now);
    const day = this.#follow(env.policy, env.now);
    const budgetUsed = new Float64Array(budgets.length);
    for (const budget of budgets)
      budgetUsed[budget.index] = micros(budget.perDay) - Math.max(0, this.#left(budget, day));
    return { ...env, budgetUsed };
  }

  /** A decision considered offers that draw so much, by budget; 0: none. */
  considered(env: DecideEnv, draws: Float64Array): void {
    for (const { index, id } of env.policy.budgets) {
      const draw = draws[index] as number;
      if (draw === 0) continue;
      const need = this.#needs.get(id);
      if (need === undefined) this.#needs.set(id, this.#firstNeed(draw, env.now));
      else {
        need.largest = Math.max(need.largest, draw);
        need.at = env.now;
      }
    }
  }

  /** The sum of loans to the shard that asks, noted in the record where it grows. `env`: with this shard's part. */
  lend(ask: LoanAsk, env: DecideEnv | undefined, builder: RecordBuilder, now: number): number {
    const { budgets } = this.#host;
    const { loans } = budgets;
    const { budget, day, by } = ask;
    const found = env?.policy.budgets.find((one) => one.id === budget);
    const isToday = env !== undefined && day === this.#follow(env.policy, now);
    if (env === undefined || found === undefined || !isToday || loans.isFull('lent', budget, day, by))
      return loanTotal(loans, ask, 0);
    const used = env.budgetUsed[found.index] as number;
    const left = micros(found.perDay) - used;
    const total = loanTotal(loans, ask, this.#spare(ask, left, now));
    const lent = loans.total('lent', budget, day, by);
    if (total <= lent) return total;
    this.#note(builder, { kind: 'loan', side: 'lent', budget, day, shard: by, total, at: now });
    env.budgetUsed[found.index] = used + total - lent;
    return total;
  }

  /** After a turn: asks for what it is short of. */
  borrow(): void {
    const { policy, clock } = this.#host.runtime;
    if (policy === undefined || this.#needs.size === 0) return;
    const now = clock.now();
    this.#follow(policy, now);
    for (const [budget, need] of this.#needs) this.#borrow(budget, need, policy, now);
  }

  /** The shard is served elsewhere from now on, or begins anew. */
  clear(): void {
    this.#needs = new Map();
  }

  /**
   * What it lends at most. Above what it borrows for itself, anything; below, to one who has too little for an offer, what it needs no offer of its own
   * for. Of two who both have too little the first one gets it, so that what is left is somewhere enough for an offer, and no loan goes to and fro.
   */
  #spare({ budget, by, isShort }: LoanAsk, left: number, now: number): number {
    const need = this.#needs.get(budget);
    if (need === undefined || now - need.at > INTERVALS.loanNeedMs) return left;
    const { largest } = need;
    if (left < largest) return isShort && by < this.#host.id ? left : 0;
    return Math.max(0, left - (isShort ? 1 : AHEAD) * largest);
  }

  #borrow(budget: string, need: Need, policy: Policy, now: number): void {
    const { id, runtime, budgets, peer, isServing } = this.#host;
    const { shards } = runtime.bounds;
    const day = this.#day;
    const found = policy.budgets.find((one) => one.id === budget);
    if (found === undefined) return;
    const left = this.#left(found, day) + this.#unnoted(budget, need);
    const wanted = AHEAD * need.largest - left;
    if (wanted <= 0 || need.isAsking || !isServing || now < need.retryAt) return;
    const to = this.#nextLender(budget, need);
    if (to < 0) {
      need.asked = 0;
      need.waitMs = need.hasGained
        ? INTERVALS.loanRetryMs
        : Math.min(2 * need.waitMs, RETRIES_MAX * INTERVALS.loanRetryMs);
      need.hasGained = false;
      need.retryAt = now + need.waitMs;
      return;
    }
    need.isAsking = true;
    const heard = Math.max(need.heard.get(to) ?? 0, budgets.loans.total('borrowed', budget, day, to));
    const ask = { budget, day, by: id, heard, wanted, isShort: left < need.largest };
    peer.lend(to, ask, now + INTERVALS.loanTimeoutMs, (total) => {
      if (this.#needs.get(budget) !== need) return;
      need.isAsking = false;
      if (total !== undefined && total > heard) {
        need.heard.set(to, total);
        need.hasGained = true;
        // Who has something is asked first.
        need.next = to;
      } else need.next = (to + 1) % shards;
      const { policy: current, clock } = runtime;
      if (current !== undefined) this.#borrow(budget, need, current, clock.now());
    });
  }

  /** -1: all others were asked in this round. */
  #nextLender(budget: string, need: Need): number {
    const { id, runtime, budgets } = this.#host;
    const { shards } = runtime.bounds;
    for (; need.asked < shards; need.next = (need.next + 1) % shards) {
      need.asked++;
      if (need.next !== id && !budgets.loans.isFull('borrowed', budget, this.#day, need.next))
        return need.next;
    }
    return -1;
  }

  /** What the shard may give away still; below 0 where an allowance was cut. */
  #left(budget: Budget, day: number): number {
    const { id, runtime, budgets } = this.#host;
    const part = partOf(micros(budget.perDay), id, runtime.bounds.shards);
    return part + budgets.loans.net(budget.id, day) - budgets.drawn(budget.id, day);
  }

  #unnoted(budget: string, { heard }: Need): number {
    let sum = 0;
    for (const [shard, total] of heard)
      sum += total - this.#host.budgets.loans.total('borrowed', budget, this.#day, shard);
    return sum;
  }

  #note(builder: RecordBuilder, fact: LoanFact): void {
    builder.addFact(fact);
    this.#host.budgets.loans.fold(fact);
  }

  #firstNeed(largest: number, at: number): Need {
    const { id, runtime } = this.#host;
    return {
      ...{ largest, at, heard: new Map(), next: (id + 1) % runtime.bounds.shards, asked: 0 },
      ...{ isAsking: false, hasGained: false, retryAt: 0, waitMs: INTERVALS.loanRetryMs },
    };
  }

  /** The day of `now`; what was wanted of another one is over. */
  #follow({ zones }: Policy, now: number): number {
    const zone = zones[0];
    const offset = zone === undefined ? 0 : this.#host.runtime.zones.offsetMin(zone, now);
    const day = civilDay(now, offset);
    if (day !== this.#day) this.#needs = new Map();
    this.#day = day;
    return day;
  }
}
