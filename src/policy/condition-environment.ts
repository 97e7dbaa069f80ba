import { Environment } from '@marcbachmann/cel-js';
import { foldCategory } from '../core/profile/category.ts';
import { CATEGORY_FUNCTIONS } from '../core/trait/category-functions.ts';
import { strangerTraits, TRAITS, type Traits } from '../core/trait/trait-spec.ts';

/**
 * Parses and type-checks conditions: CEL over the closed list of traits and functions of a category, within bounds on what one
 * source may hold. `customer`: whom the functions answer of when the library runs a condition, which is not told of it.
 */
export function conditionEnvironmentOf(customer: () => Traits): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 30, maxListElements: 60, maxMapEntries: 1, maxCallArguments: 3 },
  });
  for (const { name, type } of TRAITS) environment.registerVariable(name, type);
  for (const { name, type, read } of CATEGORY_FUNCTIONS) {
    environment.registerFunction(`${name}(string): ${type}`, (category: string) =>
      read(customer(), foldCategory(category)),
    );
  }
  return environment;
}

const stranger = strangerTraits();

/** The one by which policies are read: nobody is behind it. */
export const conditionEnvironment: Environment = conditionEnvironmentOf(() => stranger);
