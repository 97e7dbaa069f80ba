/** What is called impossible never is: asked of customers as shops have them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { policy } from '../../core/decide/shop.fixture.ts';
import type { StageRules } from '../../core/policy/policy.ts';
import { TRAITS, type TraitSpec, type Traits, type TraitValues } from '../../core/trait/trait-spec.ts';
import { ConditionTable } from '../compile-condition.ts';
import { conditionEnvironment } from '../condition-environment.ts';
import { arbitrarySource, DECLARED } from '../conditions.fixture.ts';
import { arbitraryCustomer } from './customers.fixture.ts';
import { neverHold } from './never-holds.ts';
import { bools, hull, lists, meet, numbers, type Possible, texts, textsBut } from './possible-values.ts';
import { traitLaws, underLaws } from './trait-laws.ts';
import { ANYBODY, narrowed, type World } from './world.ts';

const usual = policy([]).stages;
const odd: StageRules = {
  ...usual,
  onboardingMs: 30 * DAY_MS,
  activeMs: 30 * DAY_MS,
  lapsedMs: 180 * DAY_MS,
  loyalistSpend: 0,
  fadingMs: 8 * DAY_MS,
};
const specs: readonly TraitSpec[] = TRAITS;

/** The world in which only this customer is. */
function worldOf(traits: Traits): World | undefined {
  let world: World | undefined = ANYBODY;
  for (const { name } of specs) {
    if (world !== undefined) world = narrowed(world, name, exactly(traits[name as keyof TraitValues]));
    if (world === undefined)
      throw new Error(`${name} may not be ${String(traits[name as keyof TraitValues])}`);
  }
  return world;
}

function exactly(value: TraitValues[keyof TraitValues]): Possible {
  if (typeof value === 'number') return numbers(value, value);
  if (typeof value === 'string') return texts(value);
  if (typeof value === 'boolean') return bools(value);
  return lists(value, [], value.length === 0);
}

describe('the laws of traits', () => {
  it.each([
    ['the usual stages', usual],
    ['odd ones', odd],
  ])('leave room for every customer, under %s', (_, rules) => {
    const laws = traitLaws(rules);
    const stages = new Set<string>();
    fc.assert(
      fc.property(arbitraryCustomer(rules), (traits) => {
        stages.add(traits.stage);
        const world = worldOf(traits);
        if (world === undefined || underLaws(world, laws) === undefined)
          throw new Error(`no room for ${JSON.stringify(traits)}`);
      }),
      { numRuns: 600 },
    );
    // A generator that knows one kind of customer would prove little.
    expect(stages.size).toBeGreaterThan(4);
  });
});

/** A comparison near which customers stand on both sides. */
const arbitraryClause: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...specs.filter(({ type }) => type === 'double').map(({ name }) => name)),
      fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
      fc.constantFrom(-1, 0, 0.5, 1, 2, 3, 7, 8, 10, 31, 45, 75, 180, 1_000, 2_000, 9_999),
    )
    .map(([name, operator, value]) => `${name} ${operator} ${value.toFixed(1)}`),
  fc.constantFrom(...specs.filter(({ values }) => values !== undefined)).chain(({ name, values = [] }) =>
    fc.oneof(
      fc.constantFrom(...values).map((value) => `${name} == "${value}"`),
      fc.constantFrom(...values).map((value) => `${name} != "${value}"`),
      fc
        .uniqueArray(fc.constantFrom(...values), { minLength: 1 })
        .map((some) => `${name} in ${JSON.stringify(some)}`),
    ),
  ),
  fc.constantFrom(...specs.filter(({ type }) => type === 'bool').map(({ name }) => name)),
  fc.constantFrom(
    'viewed_product == ""',
    'viewed_category != ""',
    'ordered_category == "coats"',
    'live_offer == ""',
    '"coats" in cart_categories',
    '!("shoes" in owned_categories)',
    'ordered_category in ["coats", "shoes"]',
    'stage.startsWith("l")',
  ),
  fc
    .tuple(fc.constantFrom('coats', ' Shoes'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='))
    .chain(([category, operator]) =>
      fc.constantFrom(
        `owns("${category}")`,
        `orders_of("${category}") ${operator} 1.0`,
        `days_since("${category}") ${operator} 45.0`,
        `days_since("${category}") ${operator} 9999.0`,
      ),
    ),
);

const arbitraryCondition: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.oneof(
          arbitraryClause,
          arbitraryClause.map((one) => `!(${one})`),
        ),
        { minLength: 2, maxLength: 3 },
      )
      .map((clauses) => clauses.join(' && ')),
  },
  fc.tuple(arbitraryClause, arbitraryClause, arbitraryClause).map(([a, b, c]) => `${a} && (${b} || ${c})`),
  fc
    .tuple(arbitraryClause, arbitraryClause, arbitraryClause, arbitraryClause)
    .map(([a, b, c, d]) => `(${a} ? ${b} : ${c}) && !(${a} || ${d})`),
  arbitrarySource,
);

it('a condition that is said never to hold is false of every customer', () => {
  const laws = traitLaws(usual);
  const said = { never: 0, maybe: 0 };
  const table = new ConditionTable(DECLARED);
  fc.assert(
    fc.property(
      fc.array(arbitraryCustomer(usual), { minLength: 25, maxLength: 25 }),
      fc.array(arbitraryCondition, { minLength: 60, maxLength: 60 }),
      (customers, sources) => {
        for (const source of sources) {
          const condition = table.intern(source);
          if (!('test' in condition)) throw new Error(`${source}: ${condition[0]?.message}`);
          const never = neverHold([conditionEnvironment.parse(source).ast], laws);
          said[never ? 'never' : 'maybe']++;
          const found = never ? customers.find((traits) => condition.test(traits)) : undefined;
          if (found !== undefined) throw new Error(`${source} is true of ${JSON.stringify(found)}`);
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(Math.min(said.never, said.maybe)).toBeGreaterThan(300);
});

const arbitraryPossible: Readonly<Record<string, fc.Arbitrary<Possible>>> = {
  number: fc
    .tuple(fc.integer({ min: -3, max: 6 }), fc.integer({ min: 0, max: 4 }), fc.boolean())
    .map(([low, width, whole]) => numbers(low / 2, low / 2 + width, whole)),
  text: fc.oneof(
    fc.uniqueArray(fc.constantFrom('', 'a', 'b', 'c'), { minLength: 1 }).map((some) => texts(...some)),
    fc.uniqueArray(fc.constantFrom('', 'a', 'b', 'c')).map((some) => textsBut(...some)),
  ),
  bool: fc.constantFrom(bools(true), bools(false), bools(true, false)),
  list: fc.oneof(
    fc.constant(lists([], [], true)),
    fc
      .tuple(fc.uniqueArray(fc.constantFrom('a', 'b')), fc.uniqueArray(fc.constantFrom('c', 'd')))
      .map(([has, hasNot]) => lists(has, hasNot)),
  ),
};
const values: Readonly<Record<string, readonly TraitValues[keyof TraitValues][]>> = {
  number: [-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6, 7],
  text: ['', 'a', 'b', 'c', 'other'],
  bool: [true, false],
  list: [[], ['a'], ['a', 'b'], ['a', 'c'], ['d'], ['other']],
};

/** Whether the value is one of those; a list's point leaves open what else is not in it, so it is asked by hand. */
function allows(possible: Possible | undefined, value: TraitValues[keyof TraitValues]): boolean {
  if (possible === undefined) return false;
  if (possible.kind !== 'list') return meet(possible, exactly(value)) !== undefined;
  const list = value as readonly string[];
  return (
    [...possible.has].every((text) => list.includes(text)) &&
    ![...possible.hasNot].some((text) => list.includes(text)) &&
    (!possible.isEmpty || list.length === 0)
  );
}

it.each(Object.keys(values))(
  'of each %s two possibilities meet where both allow it, and their hull leaves none out',
  (kind) => {
    const arbitrary = arbitraryPossible[kind] as fc.Arbitrary<Possible>;
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        for (const value of values[kind] ?? []) {
          const both = allows(a, value) && allows(b, value);
          expect(allows(meet(a, b), value)).toBe(both);
          if (allows(a, value) || allows(b, value)) expect(allows(hull(a, b), value)).toBe(true);
        }
      }),
    );
  },
);
