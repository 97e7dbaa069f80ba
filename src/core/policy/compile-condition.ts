import { Environment } from '@marcbachmann/cel-js';
import { strangerTraits, TRAITS } from '../trait/trait-spec.ts';
import { type ConditionFault, languageFaults } from './condition-language.ts';
import type { Condition } from './policy.ts';

const environment = TRAITS.reduce(
  (env, spec) => env.registerVariable(spec.name, spec.type),
  new Environment({
    limits: { maxAstNodes: 200, maxDepth: 30, maxListElements: 60, maxMapEntries: 1, maxCallArguments: 3 },
  }),
);

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
    if (typeof compiled !== 'function') return compiled;
    const condition: Condition = { index: this.conditions.length, source: trimmed, test: compiled };
    this.conditions.push(condition);
    this.#bySource.set(trimmed, condition);
    return condition;
  }
}

function compile(source: string): Condition['test'] | readonly ConditionFault[] {
  let parsed: ReturnType<Environment['parse']>;
  try {
    parsed = environment.parse(source);
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
  try {
    parsed(strangerTraits());
  } catch (error) {
    return [celFault(error)];
  }
  return (traits) => parsed(traits) === true;
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
