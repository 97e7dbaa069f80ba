import type { Verdict } from '../guardrail/verdict.ts';
import { codes } from '../guardrail/verdict.ts';
import type { Condition } from '../policy/policy.ts';
import type { Traits } from '../trait/trait-spec.ts';
import { holds, type PolicyIndex } from './policy-index.ts';

const { CONDITION_FALSE } = codes('CONDITION_FALSE');
const UNKNOWN = 0;
const TRUE = 1;
const FALSE = 2;

/** A decision's answers to the policy's conditions: each is evaluated at most once, and only when it is asked. */
export class ConditionMemo {
  #answers = new Uint8Array(0);

  /** Forgets everything; `count`: conditions of the policy. */
  reset(count: number): void {
    if (this.#answers.length < count) this.#answers = new Uint8Array(count);
    else this.#answers.fill(UNKNOWN, 0, count);
  }

  holds(condition: Condition | undefined, traits: Traits): boolean {
    if (condition === undefined) return true;
    const known = this.#answers[condition.index];
    if (known !== UNKNOWN) return known === TRUE;
    const answer = condition.test(traits);
    this.#answers[condition.index] = answer ? TRUE : FALSE;
    return answer;
  }
}

/**
 * Names what made a condition false: its source, and the first plain comparison in it that fails with the value found
 * and the number it was held against; NaN when none of its parts is that plain.
 */
export function blameCondition(
  verdict: Verdict,
  condition: Condition,
  traits: Traits,
  index: PolicyIndex,
): true {
  const comparisons = index.comparisons[condition.index];
  if (comparisons !== undefined) {
    for (let i = 0; i < comparisons.length; i++) {
      const comparison = comparisons[i];
      if (comparison === undefined) continue;
      const value = (traits as Readonly<Record<string, unknown>>)[comparison.trait];
      if (typeof value === 'number' && !holds(comparison, value)) {
        return verdict.block(CONDITION_FALSE, value, comparison.limit, condition.source);
      }
    }
  }
  return verdict.block(CONDITION_FALSE, Number.NaN, Number.NaN, condition.source);
}
