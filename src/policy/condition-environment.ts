import { Environment } from '@marcbachmann/cel-js';
import { TRAITS } from '../core/trait/trait-spec.ts';

/** Parses and type-checks conditions: CEL over the closed list of traits, within bounds on what one source may hold. */
export const conditionEnvironment: Environment = TRAITS.reduce(
  (env, spec) => env.registerVariable(spec.name, spec.type),
  new Environment({
    limits: { maxAstNodes: 200, maxDepth: 30, maxListElements: 60, maxMapEntries: 1, maxCallArguments: 3 },
  }),
);
