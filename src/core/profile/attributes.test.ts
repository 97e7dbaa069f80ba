import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUNDS } from '../bounds.ts';
import type { FactAttribute } from '../fact/fact.ts';
import { type AttributeRow, NO_ATTRIBUTES, withAttributes } from './attributes.ts';

/** Words of the shop: what each event told, and when. */
type Telling = readonly [at: number, told: readonly FactAttribute[]];

function after(tellings: readonly Telling[]): readonly AttributeRow[] {
  return tellings.reduce((rows, [at, told]) => withAttributes(rows, told, at), NO_ATTRIBUTES);
}

const tier = (value: FactAttribute['value']): FactAttribute => ({ name: 'tier', value });

test('the word that happened last stands, also when it comes first', () => {
  const told: Telling[] = [
    [10, [tier('silver')]],
    [30, [tier('gold')]],
    [20, [tier('bronze')]],
  ];
  expect(after(told)).toEqual([{ name: 'tier', value: 'gold', at: 30 }]);
});

test('a removal is remembered: what is older than it does not come back', () => {
  const removed: Telling = [20, [tier(undefined)]];
  expect(after([[10, [tier('gold')]], removed])).toEqual([{ name: 'tier', value: undefined, at: 20 }]);
  expect(after([removed, [10, [tier('gold')]]])).toEqual([{ name: 'tier', value: undefined, at: 20 }]);
  expect(after([removed, [30, [tier('gold')]]])).toEqual([{ name: 'tier', value: 'gold', at: 30 }]);
});

test('what changes nothing keeps the list as it is', () => {
  const rows = after([[10, [tier('gold')]]]);
  expect(withAttributes(rows, [tier('silver')], 9)).toBe(rows);
  expect(withAttributes(rows, [tier('gold')], 10)).toBe(rows);
});

const arbValue = fc.oneof(
  fc.constantFrom<FactAttribute['value']>(undefined, 'gold', 'silver', '', 3, 3.5, true, false),
  fc.array(fc.constantFrom('tea', 'boots'), { maxLength: 2 }),
);

function arbTellings(names: number): fc.Arbitrary<[Telling[], Telling[]]> {
  const arbTold = fc.record({ name: fc.nat(names - 1).map((n) => `a${n}`), value: arbValue });
  const arbTelling: fc.Arbitrary<Telling> = fc.tuple(
    fc.nat(6),
    fc.uniqueArray(arbTold, { selector: ({ name }) => name, minLength: 1, maxLength: 8 }),
  );
  return fc
    .array(arbTelling, { maxLength: 24, size: 'max' })
    .chain((tellings) =>
      fc.tuple(fc.constant(tellings), fc.shuffledSubarray(tellings, { minLength: tellings.length })),
    );
}

test('every order of arrival makes the same attributes', () => {
  fc.assert(
    fc.property(arbTellings(3), ([tellings, others]) => {
      expect(after(others)).toEqual(after(tellings));
    }),
    { numRuns: 500 },
  );
});

test('of more attributes than are kept those told last stay, in every order of arrival', () => {
  const names = Array.from({ length: BOUNDS.attributes + 5 }, (_, n) => `a${String(n).padStart(2, '0')}`);
  const told = names.map((name, at): Telling => [at, [{ name, value: at }]]);
  for (const order of [told, told.toReversed()])
    expect(after(order).map(({ name }) => name)).toEqual(names.slice(-BOUNDS.attributes));
  let full = 0;
  fc.assert(
    fc.property(arbTellings(BOUNDS.attributes + 10), ([tellings, others]) => {
      const rows = after(tellings);
      if (rows.length === BOUNDS.attributes) full++;
      expect(after(others)).toEqual(rows);
    }),
    { numRuns: 500 },
  );
  expect(full).toBeGreaterThan(0);
});
