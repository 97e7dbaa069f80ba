import { foldCategory } from '../profile/category.ts';
import type { Traits, TraitType } from './trait-spec.ts';

/** What a condition can ask of one category, which it names as a text in quotes: `days_since("coffee")`. */
export interface CategoryFunction {
  readonly name: string;
  readonly type: TraitType;
  readonly unit: string;
  readonly window: string;
  /** A condition that calls it. */
  readonly example: string;
  /** One sentence with the unit, shown to policy authors. */
  readonly doc: string;
  /** `category` is folded (profile/category.ts). */
  readonly read: (traits: Traits, category: string) => number | boolean;
}

export const CATEGORY_FUNCTIONS: readonly CategoryFunction[] = [
  {
    name: 'days_since',
    type: 'double',
    unit: 'days',
    window: 'since the last order of it',
    example: 'days_since("coffee") >= 20.0',
    doc: 'Days since their last order of something of the category that they kept; 9,999 when there is none.',
    read: ({ bought }, category) => bought.daysSince(category),
  },
  {
    name: 'owns',
    type: 'bool',
    unit: 'true or false',
    window: 'lifetime',
    example: 'owns("machines") && !owns("descaler")',
    doc: 'The customer bought something of the category and has not brought it back.',
    read: ({ bought }, category) => bought.owns(category),
  },
  {
    name: 'orders_of',
    type: 'double',
    unit: 'orders',
    window: 'lifetime',
    example: 'orders_of("coffee") >= 2.0',
    doc: 'Orders in their lifetime of which they kept something of the category; what comes back of an order older than their last 64 stays counted.',
    read: ({ bought }, category) => bought.orders(category),
  },
];

const byName = new Map(CATEGORY_FUNCTIONS.map((one) => [one.name, one]));

/** undefined: there is none of this name. */
export function categoryFunction(name: string): CategoryFunction | undefined {
  return byName.get(name);
}

/** Reads what a function says of a category as it is written; undefined: there is no such function. */
export function categoryReader(
  name: string,
  category: string,
): ((traits: Traits) => number | boolean) | undefined {
  const asked = categoryFunction(name);
  if (asked === undefined) return undefined;
  const folded = foldCategory(category);
  return (traits) => asked.read(traits, folded);
}
