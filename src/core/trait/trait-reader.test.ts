import { expect, it } from 'vitest';
import { numberTraitRange } from './number-trait-range.ts';
import { traitReader } from './trait-reader.ts';
import { strangerTraits, TRAITS } from './trait-spec.ts';

it('a trait’s reader and its range ask for that trait and no other', () => {
  for (const [at, { name, type }] of TRAITS.entries()) {
    const traits = { ...strangerTraits(), [name]: at + 0.5 };
    expect([name, traitReader(name)?.(traits)]).toEqual([name, at + 0.5]);
    const inRange = numberTraitRange(name);
    expect([name, inRange !== undefined]).toEqual([name, type === 'double']);
    // Only a trait at this place is worth this.
    expect([name, inRange?.(traits, at + 0.5, at + 0.5) ?? true]).toEqual([name, true]);
    expect([name, inRange?.({ ...traits, [name]: Number.NaN }, at + 0.5, at + 0.5) ?? false]).toEqual([
      name,
      false,
    ]);
  }
});

it('a name that every object knows is no trait', () => {
  expect(traitReader('toString')).toBeUndefined();
  expect(numberTraitRange('constructor')).toBeUndefined();
});
