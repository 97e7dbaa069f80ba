/** Conditions over the whole language, and customers on whom they are sometimes true and sometimes false. */
import fc from 'fast-check';
import type { AttributeSpec, AttributeType } from '../core/attribute/attribute.ts';
import { catalog, customer } from '../core/decide/shop.fixture.ts';
import type { AttributeRow } from '../core/profile/attributes.ts';
import { noOlderOrders } from '../core/profile/older-orders.ts';
import { Bought } from '../core/trait/bought.ts';
import { CATEGORY_FUNCTIONS } from '../core/trait/category-functions.ts';
import { KnownAttributes } from '../core/trait/known-attributes.ts';
import { TRAITS, type Traits, type TraitType } from '../core/trait/trait-spec.ts';

type Kind = 'bool' | 'double' | 'whole' | 'text' | 'texts' | 'doubles' | 'wholes' | 'bools' | 'lists';
/** The loop variables that a part may use: the innermost of each kind. */
type Scope = Readonly<Partial<Record<Kind, string>>>;
/** A part of a source, written once the loops around it are known. */
type Part = (scope: Scope) => string;

const KIND: Readonly<Record<TraitType, Kind>> = {
  bool: 'bool',
  double: 'double',
  string: 'text',
  'list<string>': 'texts',
};
const KIND_OF_ATTRIBUTE: Readonly<Record<AttributeType, Kind>> = {
  text: 'text',
  number: 'double',
  flag: 'bool',
  date: 'text',
  texts: 'texts',
};

/** What the sources' policy declares. */
export const DECLARED: readonly AttributeSpec[] = (
  [
    ['tier', 'text'],
    ['visits', 'number'],
    ['vip', 'flag'],
    ['birthday', 'date'],
    ['likes', 'texts'],
  ] as const
).map(([name, type]) => ({ name, type, isPersonal: false, charsMax: 256 }));
const ITEM = { texts: 'text', doubles: 'double', wholes: 'whole', bools: 'bool', lists: 'texts' } as const;
const ORDERS = ['<', '<=', '>', '>=', '==', '!='];
const DOUBLES = ['0.0', '-0.0', '0.5', '1.0', '-3.0', '2.5', '1e300', '5e-324', '9007199254740992.0'];
const WHOLES = ['0', '1', '-2', '3', '0x10', '9007199254740993', '9223372036854775807'];
const TEXTS = ['', 'a', 'b', 'ab', 'A', '\u{1f600}', '\uffff', '\ud83d', 'gold'];
const NUMBERS = [
  ...[...DOUBLES, ...WHOLES].map(Number),
  ...[-Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[0.5 + Number.EPSILON / 2, 1 - Number.EPSILON / 2, 1 + Number.EPSILON, -3 - 2 * Number.EPSILON],
];

/** What most conditions are made of, and what the compiler has closures of its own for. */
const arbitraryPlain: fc.Arbitrary<Part> = fc
  .oneof(
    fc.tuple(namesOf('double'), fc.constantFrom(...ORDERS), fc.constantFrom(...DOUBLES), fc.boolean()),
    fc.tuple(
      namesOf('double'),
      fc.constantFrom(...ORDERS.slice(0, 4)),
      fc.constantFrom(...WHOLES),
      fc.boolean(),
    ),
    fc.tuple(namesOf('text'), fc.constantFrom(...ORDERS), fc.constantFrom('"a"', '""'), fc.boolean()),
    fc.tuple(
      namesOf('text'),
      fc.constant('in'),
      fc.constantFrom('[]', '["a"]', '["a", ""]', '["", "b", "A"]'),
    ),
    fc.tuple(fc.constantFrom('"a"', '""'), fc.constant('in'), namesOf('texts')),
    fc
      .constantFrom('stage == "lapsed"', 'stage in ["active", "lapsed"]', '"gold" != loyalty_tier')
      .map((one) => [one]),
  )
  .map(([left, operator = '', right = '', mirrored = false]) => {
    const source = mirrored ? `${right} ${operator} ${left}` : `${left} ${operator} ${right}`;
    return () => `(${source})`;
  });

/** A trait from a closed set would not be compared with just any text. */
function namesOf(kind: Kind): fc.Arbitrary<string> {
  return fc.constantFrom(...traitNames(kind));
}

/** Traits and attributes of the kind, and functions of a category. */
function traitNames(kind: Kind): string[] {
  const asked = CATEGORY_FUNCTIONS.filter(({ type }) => KIND[type] === kind);
  const calls = asked.flatMap(({ name }) => [`${name}("a")`, `${name}(' A')`, `${name}("gold")`]);
  const traits = TRAITS.filter((spec) => KIND[spec.type] === kind && !('values' in spec));
  const attributes = DECLARED.filter(({ type }) => KIND_OF_ATTRIBUTE[type] === kind);
  const days = kind === 'double' ? ['days_until(attributes.birthday)'] : [];
  return [
    ...traits.map((spec) => spec.name),
    ...calls,
    ...attributes.map(({ name }) => `attributes.${name}`),
    ...days,
  ];
}

/** Sources that the checker accepts. */
export const arbitrarySource: fc.Arbitrary<string> = fc
  .letrec<Record<Kind, Part>>((tie) => {
    const part = (kind: Kind): fc.Arbitrary<Part> => tie(kind);
    const literals = (sources: readonly string[]): fc.Arbitrary<Part> =>
      fc.constantFrom(...sources).map((source) => () => source);
    const leaf = (kind: Kind, sources: readonly string[]): fc.Arbitrary<Part> => {
      const names = traitNames(kind);
      const variable: fc.Arbitrary<Part> = fc
        .constantFrom(...sources)
        .map((source) => (scope) => scope[kind] ?? source);
      return fc.oneof(literals(names.length > 0 ? names : sources), literals(sources), variable);
    };
    const joined = (left: Kind, operators: readonly string[], right: Kind): fc.Arbitrary<Part> =>
      fc.tuple(part(left), fc.constantFrom(...operators), part(right)).map(
        ([a, operator, b]) =>
          (scope) =>
            `(${a(scope)} ${operator} ${b(scope)})`,
      );
    // The language keeps loop variables, which may be whole numbers, from standing first in a sum.
    const computed = (kind: Kind, operators: readonly string[]): fc.Arbitrary<Part> =>
      fc.tuple(part(kind), fc.constantFrom(...operators), part(kind)).map(
        ([a, operator, b]) =>
          (scope) =>
            `(${a({})} ${operator} ${b(scope)})`,
      );
    const method = (receiver: Kind, names: readonly string[], argument: Kind): fc.Arbitrary<Part> =>
      fc.tuple(part(receiver), fc.constantFrom(...names), part(argument)).map(
        ([a, name, b]) =>
          (scope) =>
            `(${a(scope)}).${name}(${b(scope)})`,
      );
    const before = (prefix: string, kind: Kind): fc.Arbitrary<Part> =>
      part(kind).map((a) => (scope) => `${prefix}(${a(scope)})`);
    const choice = (kind: Kind): fc.Arbitrary<Part> =>
      fc.tuple(part('bool'), part(kind), part(kind)).map(
        ([test, yes, no]) =>
          (scope) =>
            `(${test(scope)} ? ${yes(scope)} : ${no(scope)})`,
      );
    const list = (item: Kind): fc.Arbitrary<Part> =>
      fc
        .array(part(item), { minLength: 1, maxLength: 3 })
        .map((items) => (scope) => `[${items.map((one) => one(scope)).join(', ')}]`);
    const loop = (over: keyof typeof ITEM): fc.Arbitrary<Part> =>
      fc
        .tuple(part(over), fc.constantFrom('exists', 'all'), fc.constantFrom('x', 'y'), part('bool'))
        .map(([items, name, variable, test]) => (scope) => {
          const kept = Object.fromEntries(Object.entries(scope).filter(([, used]) => used !== variable));
          return `${items(scope)}.${name}(${variable}, ${test({ ...kept, [ITEM[over]]: variable })})`;
        });
    const chain: fc.Arbitrary<Part> = fc
      .tuple(fc.array(part('bool'), { minLength: 2, maxLength: 4 }), fc.constantFrom('&&', '||'))
      .map(
        ([parts, operator]) =>
          (scope) =>
            `(${parts.map((one) => one(scope)).join(` ${operator} `)})`,
      );
    const lists = ['[[], ["a"]]', '[[]]', '[categories, brands]'];
    const deep = { maxDepth: 4, depthIdentifier: 'condition' };
    const listOf = (kind: Kind, item: Kind, sources: readonly string[]): fc.Arbitrary<Part> =>
      fc.oneof(deep, leaf(kind, sources), list(item), choice(kind), computed(kind, ['+']));
    const compared = (['double', 'whole', 'text', 'bool'] as const).map((kind) => joined(kind, ORDERS, kind));
    const alike = (Object.keys(ITEM) as (keyof typeof ITEM)[]).flatMap((kind) => [
      joined(kind, ['==', '!='], kind),
      joined(ITEM[kind], ['in'], kind),
      loop(kind),
    ]);
    return {
      bool: fc.oneof(
        deep,
        leaf('bool', ['true', 'false']),
        ...[arbitraryPlain, arbitraryPlain, arbitraryPlain],
        ...compared,
        ...alike,
        ...[joined('double', ORDERS.slice(0, 4), 'whole'), joined('whole', ORDERS.slice(0, 4), 'double')],
        ...[chain, chain, chain, chain, before('!', 'bool'), choice('bool')],
        method('text', ['startsWith', 'endsWith', 'contains'], 'text'),
      ),
      double: fc.oneof(
        deep,
        leaf('double', DOUBLES),
        ...[computed('double', ['+', '-', '*', '/']), before('-', 'double'), choice('double')],
      ),
      whole: fc.oneof(
        deep,
        leaf('whole', WHOLES),
        ...(['text', 'texts', 'lists'] as const).map((kind) => before('size', kind)),
        ...[before('-', 'whole'), choice('whole'), part('texts').map((a) => (s: Scope) => `${a(s)}.size()`)],
      ),
      text: fc.oneof(
        deep,
        leaf('text', ['""', '"a"', '"ab"', '"\u{1f600}"', String.raw`"\uffff"`]),
        ...[computed('text', ['+']), choice('text')],
      ),
      texts: listOf('texts', 'text', ['["a", "b"]', '[""]']),
      doubles: listOf('doubles', 'double', ['[0.0, 2.5]']),
      wholes: listOf('wholes', 'whole', ['[0, 3]']),
      bools: listOf('bools', 'bool', ['[true]']),
      lists: listOf('lists', 'texts', lists),
    };
  })
  .bool.map((part) => part({}));

/** Any values of the traits, more often than not among the given ones and those that the sources above speak of. */
export function arbitraryTraits(
  numbers: readonly number[] = [],
  texts: readonly string[] = [],
): fc.Arbitrary<Traits> {
  const text = fc.oneof(
    { arbitrary: fc.constantFrom(...TEXTS, ...texts), weight: 4 },
    fc.string({ unit: 'binary' }),
  );
  const values: Readonly<Record<TraitType, fc.Arbitrary<unknown>>> = {
    double: fc.oneof({ arbitrary: fc.constantFrom(...NUMBERS, ...numbers), weight: 4 }, fc.double()),
    bool: fc.boolean(),
    string: text,
    'list<string>': fc.array(text, { maxLength: 3 }),
  };
  const record = Object.fromEntries(TRAITS.map((spec) => [spec.name, values[spec.type]]));
  return fc.record({
    ...record,
    bought: arbitraryBought,
    attributes: arbitraryAttributes(text),
  }) as fc.Arbitrary<Traits>;
}

/** Some are known, some of another type than is declared. */
function arbitraryAttributes(text: fc.Arbitrary<string>): fc.Arbitrary<KnownAttributes> {
  const value = fc.oneof(
    ...[text, fc.constantFrom('2000-02-29', '1990-05-17'), fc.boolean(), fc.constant(undefined)],
    fc.constantFrom(...NUMBERS.filter(Number.isFinite)),
    fc.array(text, { maxLength: 3 }),
  );
  const row = fc.record({
    name: fc.constantFrom(...DECLARED.map(({ name }) => name)),
    value,
    at: fc.constant(1),
  });
  return fc.record({ rows: fc.array(row, { maxLength: 8 }), days: fc.nat(3_000) }).map(({ rows, days }) => {
    const known = new KnownAttributes();
    known.begin(rows as AttributeRow[], days * 86_400_000, 60);
    return known;
  });
}

/** What somebody bought of the categories that the sources above name. */
const arbitraryBought: fc.Arbitrary<Bought> = fc
  .array(
    fc.record({ category: fc.constantFrom('a', 'gold'), orders: fc.constantFrom(1, 3), days: fc.nat(5) }),
    {
      maxLength: 2,
    },
  )
  .map((rows) => {
    const profile = customer();
    profile.older = noOlderOrders();
    for (const { category, orders, days } of rows)
      profile.older.bought.push({ category, orders, at: 1e12 - days * 43_200_000 });
    const bought = new Bought();
    bought.begin(profile, catalog(), 1e12);
    return bought;
  });
