import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition } from '../core/policy/policy.ts';
import { strangerTraits, type Traits } from '../core/trait/trait-spec.ts';
import { benchPolicyFiles } from '../proof/bench/bench-policy.ts';
import { ConditionTable } from './compile-condition.ts';
import { conditionEnvironmentOf, libraryContext } from './condition-environment.ts';
import { arbitrarySource, arbitraryTraits, DECLARED } from './conditions.fixture.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { parsePolicyDirectory } from './policy-directory.ts';

/** Whom the library's functions answer of. */
let asked = strangerTraits();
const library = conditionEnvironmentOf(() => asked, DECLARED);

/** The condition as the library runs it. */
function interpreted(source: string): Condition['test'] {
  const program = library.parse(source);
  expect(program.check()).toMatchObject({ valid: true, type: 'bool' });
  return (traits) => {
    asked = traits as Traits;
    return program(libraryContext(asked, DECLARED));
  };
}

function compiled(source: string): Condition['test'] {
  const condition = new ConditionTable(DECLARED).intern(source);
  if (!('test' in condition)) throw new Error(`${source}: ${condition[0]?.message}`);
  return condition.test;
}

function bothSay(source: string, customers: readonly Traits[]): boolean[] {
  const [closure, program] = [compiled(source), interpreted(source)];
  return customers.map((traits) => {
    const said = program(traits);
    if (closure(traits) !== said) throw new Error(`the library says ${said} of ${source}`);
    return said;
  });
}

describe('a compiled condition says what the library says', () => {
  it('for any condition of the language and any values of the traits', () => {
    const said = { true: 0, false: 0 };
    fc.assert(
      fc.property(
        arbitrarySource,
        fc.array(arbitraryTraits(), { minLength: 3, maxLength: 3 }),
        (source, customers) => {
          for (const answer of bothSay(source, customers)) said[`${answer}`]++;
        },
      ),
      { numRuns: 3_000 },
    );
    // A generator that only ever finds one answer would prove little.
    expect(Math.min(said.true, said.false)).toBeGreaterThan(2_000);
  });

  it('for each condition of the starter and the bench policy and any values of the traits', () => {
    const parsed = [
      parsePolicyDirectory(join(import.meta.dirname, '../../policies/starter')),
      parsePolicy(benchPolicyFiles(), policyContext),
    ];
    const sources = parsed.flatMap((one) =>
      one.ok ? one.policy.conditions.map(({ source }) => source) : [],
    );
    expect(sources.length).toBeGreaterThan(80);
    const all = sources.join('\n');
    const numbers = [...all.matchAll(/\d+\.\d+/g)]
      .map(Number)
      .flatMap((limit) => [limit, limit + 0.25, limit - 0.25]);
    const texts = [...all.matchAll(/"([^"]*)"/g)].map(([, text]) => text ?? '');
    fc.assert(
      fc.property(
        fc.array(arbitraryTraits(numbers, texts), { minLength: 20, maxLength: 20 }),
        (customers) => {
          for (const source of sources) bothSay(source, customers);
        },
      ),
      { numRuns: 20 },
    );
  });
});
