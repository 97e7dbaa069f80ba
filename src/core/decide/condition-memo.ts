import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Condition } from '../policy/policy.ts';
import type { Traits } from '../trait/trait-spec.ts';
import { type Comparison, comparisonHolds, type PolicyIndex } from './policy-index.ts';

const { CONDITION_FALSE } = codes('CONDITION_FALSE');
const UNKNOWN = 0;
const TRUE = 1;
const FALSE = 2;

/** Names of conditions in records, by place: the sources are in the policy's edition, and a record has room for neither. */
const names: string[] = [];

/** How a record refers to a condition of its policy. */
function conditionName(place: number): string {
  for (let next = names.length; next <= place; next++) names.push(`#${next}`);
  return names[place] as string;
}

/** The source of the condition that a record's `ref` names; the ref itself when it names none. */
export function conditionSource(ref: string, conditions: readonly Condition[]): string {
  return (ref.startsWith('#') ? conditions[Number(ref.slice(1))]?.source : undefined) ?? ref;
}

/**
 * A decision's answers to the policy's conditions: each is evaluated at most once, and only when it is asked. Of a false
 * one it keeps what made it false: the first plain comparison in it that fails, as the value found and the number it was
 * held against; NaN when none of its parts is that plain.
 */
export class ConditionMemo {
  #answers = new Uint8Array(0);
  #values = new Float64Array(0);
  #limits = new Float64Array(0);

  /** Forgets everything; `count`: conditions of the policy. */
  reset(count: number): void {
    if (this.#answers.length >= count) {
      this.#answers.fill(UNKNOWN, 0, count);
      return;
    }
    this.#answers = new Uint8Array(count);
    this.#values = new Float64Array(count);
    this.#limits = new Float64Array(count);
  }

  holds(condition: Condition, traits: Traits, index: PolicyIndex): boolean {
    const place = condition.index;
    const known = this.#answers[place];
    if (known !== UNKNOWN) return known === TRUE;
    const answer = condition.test(traits);
    this.#answers[place] = answer ? TRUE : FALSE;
    if (!answer) this.#explain(place, traits, index);
    return answer;
  }

  /** Names what made a condition false, and the condition; `holds` said so before. */
  blame(verdict: Verdict, condition: Condition): true {
    const place = condition.index;
    return verdict.block(
      CONDITION_FALSE,
      this.#values[place] as number,
      this.#limits[place] as number,
      conditionName(place),
    );
  }

  #explain(place: number, traits: Traits, index: PolicyIndex): void {
    this.#values[place] = Number.NaN;
    this.#limits[place] = Number.NaN;
    const parts = index.comparisons[place] as readonly Comparison[];
    for (let i = 0; i < parts.length; i++) {
      const comparison = parts[i] as Comparison;
      const value = comparison.read(traits);
      if (typeof value !== 'number' || comparisonHolds(comparison, value)) continue;
      this.#values[place] = value;
      this.#limits[place] = comparison.limit;
      return;
    }
  }
}
