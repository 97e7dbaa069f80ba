/**
 * Budgets: what actions may give away on a day. A decision reserves the discount of one order and its message when it is
 * made (ledger/budget-ledger.ts counts); here is what a candidate is asked before. Amounts are millionths of the currency,
 * whole numbers: they add up to the same sum in any order.
 */
import { discountOf } from '../arbitration/expected-value.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import type { Choice } from '../fact/fact.ts';
import type { Action } from '../policy/policy.ts';
import { POLICY_LIMITS } from '../policy/policy-limits.ts';
import { codes, type Verdict } from './verdict.ts';

const { BUDGET_EXHAUSTED } = codes('BUDGET_EXHAUSTED');
const MILLION = 1_000_000;

/** An amount of currency in millionths. Rounded to float32 before, as the columns of a record are. */
export function micros(amount: number): number {
  return Math.round(Math.fround(amount) * MILLION);
}

/** What the action reserves for an order of this value: its discount and its message. */
export function drawOf(action: Action, costPerMessage: number, orderValue: number): number {
  return micros(discountOf(action.offer, orderValue)) + micros(costPerMessage);
}

/** What shard `shard` of `shards` has of an allowance by right. All parts together are the allowance, to the millionth. */
export function partOf(allowance: number, shard: number, shards: number): number {
  return Math.floor(allowance / shards) + (shard < allowance % shards ? 1 : 0);
}

/** The budgets as one decision meets them. Owned by its draft. */
export class Budgets {
  /** By budget: what the day had drawn when the first candidate asked; 0 where none did. */
  readonly used: Float64Array = new Float64Array(POLICY_LIMITS.budgets);
  /** By budget: the largest draw that was let pass. */
  readonly #largest = new Float64Array(POLICY_LIMITS.budgets);
  /** By budget: the largest draw of a candidate that asked, let pass or not; 0: none did. */
  readonly considered: Float64Array = new Float64Array(POLICY_LIMITS.budgets);

  reset(): void {
    for (let i = 0; i < POLICY_LIMITS.budgets; i++) {
      this.used[i] = 0;
      this.#largest[i] = 0;
      this.considered[i] = 0;
    }
  }

  /** The day does not cover `draw` more. Compared, in currency: what it would draw, what is left; names the budget. */
  exhausted(verdict: Verdict, env: DecideEnv, action: Action, draw: number): boolean {
    const { budget } = action;
    if (budget < 0) return false;
    this.used[budget] = env.budgetUsed[budget] as number;
    if (draw > (this.considered[budget] as number)) this.considered[budget] = draw;
    if (this.#short(verdict, env, budget, draw, 0)) return true;
    if (draw > (this.#largest[budget] as number)) this.#largest[budget] = draw;
    return false;
  }

  /** The day does not cover `draw` beside what the choices above it in a slate reserve. Compared: as `exhausted`. */
  slate(verdict: Verdict, env: DecideEnv, action: Action, draw: number, above: readonly Choice[]): boolean {
    const { budget } = action;
    if (budget < 0) return false;
    const id = env.policy.budgets[budget]?.id;
    let reservedAbove = 0;
    for (let i = 0; i < above.length; i++) {
      const reserved = above[i]?.offer?.reserved;
      if (reserved?.budget === id) reservedAbove += (reserved?.discount ?? 0) + (reserved?.message ?? 0);
    }
    return this.#short(verdict, env, budget, draw, reservedAbove);
  }

  /**
   * Counts in `env` what the decision may still draw, `choices` times its largest candidate, so that decisions that are made
   * in the same tick do not spend the same money. What it does not draw is free again in the next tick.
   */
  hold(env: DecideEnv, choices: number): void {
    for (let i = 0; i < env.budgetUsed.length; i++) {
      const left = Math.max(0, allowanceOf(env, i) - (env.budgetUsed[i] as number));
      env.budgetUsed[i] =
        (env.budgetUsed[i] as number) + Math.min(left, choices * (this.#largest[i] as number));
    }
  }

  #short(verdict: Verdict, env: DecideEnv, budget: number, draw: number, reservedAbove: number): boolean {
    const left = allowanceOf(env, budget) - (this.used[budget] as number) - reservedAbove;
    if (draw <= left) return false;
    const id = env.policy.budgets[budget]?.id ?? '';
    return verdict.block(BUDGET_EXHAUSTED, draw / MILLION, Math.max(0, left / MILLION), id);
  }
}

function allowanceOf(env: DecideEnv, budget: number): number {
  return Math.round((env.policy.budgets[budget]?.perDay ?? 0) * MILLION);
}
