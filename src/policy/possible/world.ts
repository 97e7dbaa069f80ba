/**
 * What is known of a customer: what each trait may still be. A trait that is not in it may be whatever its specification allows.
 * Never changed in place.
 */
import { TRAITS, type TraitSpec } from '../../core/trait/trait-spec.ts';
import { bools, lists, meet, numbers, type Possible, texts, textsBut } from './possible-values.ts';

export type World = ReadonlyMap<string, Possible>;

export const ANYBODY: World = new Map();

const specs: ReadonlyMap<string, Possible> = new Map(
  (TRAITS as readonly TraitSpec[]).map((spec) => [spec.name, allowedBy(spec)]),
);

/** Undefined: no trait has this name. */
export function possibleOf(world: World, trait: string): Possible | undefined {
  return world.get(trait) ?? specs.get(trait);
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
