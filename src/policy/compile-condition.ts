import type { Environment } from '@marcbachmann/cel-js';
import type { Condition } from '../core/policy/policy.ts';
import { strangerTraits } from '../core/trait/trait-spec.ts';
import { conditionClosure } from './condition-closure.ts';
import { conditionEnvironment } from './condition-environment.ts';
import { type ConditionFault, languageFaults } from './condition-language.ts';
import { conditionParts } from './condition-parts.ts';

/**
 * The conditions of one policy, each compiled once: equal sources (but for white space at the ends) share one index,
 * so a decision evaluates each of them at most once.
 */
export class ConditionTable {
  readonly conditions: Condition[] = [];
  readonly #bySource = new Map<string, Condition>();

  /** The condition, or every reason why the source is not one. */
  intern(source: string): Condition | readonly ConditionFault[] {
    const trimmed = source.trim();
    const known = this.#bySource.get(trimmed);
    if (known !== undefined) return known;
    const compiled = compile(source);
    if (!('test' in compiled)) return compiled;
    const condition: Condition = { index: this.conditions.length, source: trimmed, ...compiled };
    this.conditions.push(condition);
    this.#bySource.set(trimmed, condition);
    return condition;
  }
}

function compile(source: string): Pick<Condition, 'parts' | 'test'> | readonly ConditionFault[] {
  let parsed: ReturnType<Environment['parse']>;
  try {
    parsed = conditionEnvironment.parse(source);
  } catch (error) {
    return [celFault(error)];
  }
  const faults = languageFaults(parsed.ast);
  if (faults.length > 0) return faults;
  const checked = parsed.check();
  if (!checked.valid) return [celFault(checked.error)];
  if (checked.type !== 'bool') {
    return [{ offset: 0, message: `gives a ${checked.type}; a condition must be true or false` }];
  }
  // A source that the library checks and then cannot run is no condition, whatever its closures would say.
  try {
    parsed(strangerTraits());
  } catch (error) {
    return [celFault(error)];
  }
  const test = conditionClosure(parsed.ast) as Condition['test'];
  return { parts: conditionParts(parsed.ast, source), test };
}

/** The library's error as the rest of a sentence that begins with the condition's name. */
function celFault(error: unknown): ConditionFault {
  const { summary, message, range } = error as {
    summary?: string;
    message?: string;
    range?: { start: number };
  };
  const words = (summary ?? message ?? String(error)).split('\n')[0] ?? '';
  const mixed = /\bdouble\b.*\bint\b|\bint\b.*\bdouble\b/.test(words);
  return {
    offset: range?.start ?? 0,
    message: `is not valid: ${words}${mixed ? '; write whole numbers with a decimal point, such as 3.0' : ''}`,
  };
}
