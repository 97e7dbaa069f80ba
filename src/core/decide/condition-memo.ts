import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Condition, ConditionPart } from '../policy/policy.ts';
import type { Traits } from '../trait/trait-spec.ts';

const { CONDITION_FALSE } = codes('CONDITION_FALSE');
const UNKNOWN = 0;
const TRUE = 1;
const FALSE = 2;

/** Names of conditions in records, by number: the sources are in the policy's edition, and a record has room for neither. */
const names: string[] = [];
const LISTED_MAX = 8;
const SHOWN_CHARS_MAX = 60;

/** How a record refers to a number. */
function numberName(number: number): string {
  for (let next = names.length; next <= number; next++) names.push(`#${next}`);
  return names[number] as string;
}

/** What a record says of a false condition. */
export interface BlamedCondition {
  readonly source: string;
  /** The part that was false; undefined where it is not known. */
  readonly part: ConditionPart | undefined;
  /** What was found, where that was no number; '' else. */
  readonly found: string;
}

/**
 * The condition that a record's `ref` names; undefined: it names none. `#n` is the condition n, and each of its parts behind the
 * first stands so many numbers further on as there are conditions; what was found may follow.
 */
export function blamedCondition(ref: string, conditions: readonly Condition[]): BlamedCondition | undefined {
  const [, digits, found = ''] = /^#(\d+)(?: (.*))?$/s.exec(ref) ?? [];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  const condition = conditions[number % conditions.length];
  if (condition === undefined) return undefined;
  return { source: condition.source, part: condition.parts[Math.floor(number / conditions.length)], found };
}

/** A text in quotes, a list by its items, as people read them. */
function foundText(value: unknown): string {
  if (typeof value === 'string') {
    const isLong = value.length > SHOWN_CHARS_MAX;
    return JSON.stringify(isLong ? `${value.slice(0, SHOWN_CHARS_MAX)}…` : value);
  }
  if (!Array.isArray(value)) return String(value);
  const more = value.length > LISTED_MAX ? ` and ${value.length - LISTED_MAX} more` : '';
  return value.length === 0 ? 'empty' : `${value.slice(0, LISTED_MAX).join(', ')}${more}`;
}

/**
 * A decision's answers to the policy's conditions: each is evaluated at most once, and only when it is asked. Of a false
 * one it keeps what made it false: the first of its parts that is, with the value found and the number it was held against
 * (NaN where they are none).
 */
export class ConditionMemo {
  #answers = new Uint8Array(0);
  #values = new Float64Array(0);
  #limits = new Float64Array(0);
  #refs: string[] = [];

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

  /** `count`: as for `reset`. */
  holds(condition: Condition, traits: Traits, count: number): boolean {
    const place = condition.index;
    const known = this.#answers[place];
    if (known !== UNKNOWN) return known === TRUE;
    const answer = condition.test(traits);
    this.#answers[place] = answer ? TRUE : FALSE;
    if (!answer) this.#explain(condition, traits, count);
    return answer;
  }

  /** Names what made a condition false, and the condition; `holds` said so before. */
  blame(verdict: Verdict, condition: Condition): true {
    const place = condition.index;
    return verdict.block(
      CONDITION_FALSE,
      this.#values[place] as number,
      this.#limits[place] as number,
      this.#refs[place] as string,
    );
  }

  #explain({ index: place, parts }: Condition, traits: Traits, count: number): void {
    this.#values[place] = Number.NaN;
    this.#limits[place] = Number.NaN;
    this.#refs[place] = numberName(place);
    for (let i = 0; i < parts.length; i++) {
      const { test, plain } = parts[i] as ConditionPart;
      if (test(traits)) continue;
      const name = numberName(i * count + place);
      const value = plain?.read(traits);
      if (plain === undefined || typeof value === 'number') this.#refs[place] = name;
      else this.#refs[place] = `${name} ${foundText(value)}`;
      if (typeof value === 'number' && typeof plain?.against === 'number') {
        this.#values[place] = value;
        this.#limits[place] = plain.against;
      }
      return;
    }
  }
}
