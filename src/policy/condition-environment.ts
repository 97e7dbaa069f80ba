import { Environment } from '@marcbachmann/cel-js';
import {
  type AttributeSpec,
  type AttributeType,
  type AttributeValue,
  NO_SPECS,
  UNKNOWN_ATTRIBUTE,
} from '../core/attribute/attribute.ts';
import { foldCategory } from '../core/profile/category.ts';
import { CATEGORY_FUNCTIONS } from '../core/trait/category-functions.ts';
import { strangerTraits, TRAITS, type Traits, type TraitType } from '../core/trait/trait-spec.ts';

const CEL_TYPES: Readonly<Record<AttributeType, TraitType>> = {
  text: 'string',
  number: 'double',
  flag: 'bool',
  date: 'string',
  texts: 'list<string>',
};

/**
 * Parses and type-checks conditions: CEL over the closed list of traits, functions of a category and the attributes that a policy
 * declares, within bounds on what one source may hold. `customer`: whom the functions answer of when the library runs a condition, which
 * is not told of it. The library takes `attributes` for a mapping that holds each; `has` of it says less there (condition-closure.ts).
 */
export function conditionEnvironmentOf(
  customer: () => Traits,
  attributes: readonly AttributeSpec[] = NO_SPECS,
): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 30, maxListElements: 60, maxMapEntries: 1, maxCallArguments: 3 },
  });
  for (const { name, type } of TRAITS) environment.registerVariable(name, type);
  for (const { name, type, read } of CATEGORY_FUNCTIONS) {
    environment.registerFunction(`${name}(string): ${type}`, (category: string) =>
      read(customer(), foldCategory(category)),
    );
  }
  environment.registerFunction('days_until(string): double', (date: string) =>
    customer().attributes.daysUntil(date),
  );
  if (attributes.length > 0) {
    const fields = Object.fromEntries(attributes.map(({ name, type }) => [name, CEL_TYPES[type]]));
    environment.registerType('Attributes', { fields });
    environment.registerVariable('attributes', 'Attributes');
  }
  return environment;
}

/** What the library needs to run a condition of a customer. */
export function libraryContext(
  traits: Traits,
  attributes: readonly AttributeSpec[],
): Readonly<Record<string, unknown>> {
  const values = attributes.map(({ name, type }): [string, AttributeValue] => [
    name,
    traits.attributes.value(name, type) ?? UNKNOWN_ATTRIBUTE[type],
  ]);
  return { ...traits, attributes: new Map(values) };
}

const stranger = strangerTraits();

/** The one by which policies are read: nobody is behind it. */
export const conditionEnvironment: Environment = conditionEnvironmentOf(() => stranger);
