import type { Environment } from '@marcbachmann/cel-js';
import { type AttributeSpec, NO_SPECS } from '../core/attribute/attribute.ts';
import type { Condition } from '../core/policy/policy.ts';
import { strangerTraits } from '../core/trait/trait-spec.ts';
import { conditionClosure } from './condition-closure.ts';
import { conditionEnvironment, conditionEnvironmentOf, libraryContext } from './condition-environment.ts';
import { type ConditionFault, languageFaults } from './condition-language.ts';
import { conditionParts } from './condition-parts.ts';

const stranger = strangerTraits();

/**
 * The conditions of one policy, each compiled once: equal sources (but for white space at the ends) share one index,
 * so a decision evaluates each of them at most once.
 */
export class ConditionTable {
  readonly conditions: Condition[] = [];
  readonly #bySource = new Map<string, Condition>();
  readonly #attributes: readonly AttributeSpec[];
  readonly #environment: Environment;

  /** `attributes`: those that the policy declares. */
  constructor(attributes: readonly AttributeSpec[] = NO_SPECS) {
    this.#attributes = attributes;
    this.#environment =
      attributes.length === 0 ? conditionEnvironment : conditionEnvironmentOf(() => stranger, attributes);
  }

  /** The condition, or every reason why the source is not one. */
  intern(source: string): Condition | readonly ConditionFault[] {
    const trimmed = source.trim();
    const known = this.#bySource.get(trimmed);
    if (known !== undefined) return known;
    const compiled = this.#compile(source);
    if (!('test' in compiled)) return compiled;
    const condition: Condition = { index: this.conditions.length, source: trimmed, ...compiled };
    this.conditions.push(condition);
    this.#bySource.set(trimmed, condition);
    return condition;
  }

  #compile(source: string): Pick<Condition, 'parts' | 'test'> | readonly ConditionFault[] {
    let parsed: ReturnType<Environment['parse']>;
    try {
      parsed = this.#environment.parse(source);
    } catch (error) {
      return [celFault(error)];
    }
    const faults = languageFaults(parsed.ast, this.#attributes);
    if (faults.length > 0) return faults;
    const checked = parsed.check();
    if (!checked.valid) return [celFault(checked.error)];
    if (checked.type !== 'bool') {
      return [{ offset: 0, message: `gives a ${checked.type}; a condition must be true or false` }];
    }
    // A source that the library checks and then cannot run is no condition, whatever its closures would say.
    try {
      parsed(libraryContext(stranger, this.#attributes));
    } catch (error) {
      return [celFault(error)];
    }
    const test = conditionClosure(parsed.ast, this.#attributes) as Condition['test'];
    return { parts: conditionParts(parsed.ast, source, this.#attributes), test };
  }
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
