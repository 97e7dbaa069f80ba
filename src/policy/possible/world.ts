/**
 * What is known of a customer: what each trait may still be. A trait that is not in it may be whatever its specification allows.
 * Never changed in place.
 */
import { foldCategory } from '../../core/profile/category.ts';
import { NEVER } from '../../core/trait/since.ts';
import { TRAITS, type TraitSpec } from '../../core/trait/trait-spec.ts';
import { bools, lists, meet, numbers, type Possible, texts, textsBut } from './possible-values.ts';

export type World = ReadonlyMap<string, Possible>;

export const ANYBODY: World = new Map();

const specs: ReadonlyMap<string, Possible> = new Map(
  (TRAITS as readonly TraitSpec[]).map((spec) => [spec.name, allowedBy(spec)]),
);

const ofCategory: Readonly<Record<string, Possible>> = {
  owns: bools(true, false),
  days_since: numbers(0, NEVER),
  orders_of: numbers(0, Number.POSITIVE_INFINITY, true),
};

/** The name by which a world knows what a function says of a category, spelt in any way. */
export function ofCategoryName(asked: string, category: string): string {
  return `${asked} ${foldCategory(category)}`;
}

/** The categories of which a world says something, folded. */
export function categoriesOf(world: World): readonly string[] {
  const names = [...world.keys()].filter((name) => name.includes(' '));
  return [...new Set(names.map((name) => name.slice(name.indexOf(' ') + 1)))];
}

/** Undefined: no trait has this name. */
export function possibleOf(world: World, trait: string): Possible | undefined {
  return world.get(trait) ?? specs.get(trait) ?? ofCategory[trait.slice(0, trait.indexOf(' '))];
}

/** The world in which the trait is also among `allowed`; undefined: there is none. */
export function narrowed(world: World, trait: string, allowed: Possible): World | undefined {
  const known = possibleOf(world, trait);
  if (known === undefined) return world;
  const both = meet(known, allowed);
  return both === undefined ? undefined : new Map(world).set(trait, both);
}

function allowedBy({ type, values, range }: TraitSpec): Possible {
  switch (type) {
    case 'double':
      return range === undefined
        ? numbers(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
        : numbers(range.from, range.to, range.whole ?? false);
    case 'bool':
      return bools(true, false);
    case 'string':
      return values === undefined ? textsBut() : texts(...values);
    case 'list<string>':
      return lists();
  }
}
