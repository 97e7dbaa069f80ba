import { policyJsonSchemas } from '../core/policy/policy-json-schema.ts';
import { writePolicySchemas } from './policy-schema.ts';
import { scenarioJsonSchema, writeScenarioSchema } from './scenario/scenario-schema.ts';

/** `attune policy schema`: one JSON object, file name → schema; or writes the files. */
export function printPolicySchemas(write: boolean): void {
  if (write) return say(`written: ${writePolicySchemas('policies/schema').join(', ')}`);
  const schemas = [...policyJsonSchemas()].map(([name, text]) => [name, JSON.parse(text) as unknown]);
  say(JSON.stringify(Object.fromEntries(schemas), undefined, 2));
}

/** `attune scenario schema`. */
export function printScenarioSchema(write: boolean): void {
  if (write) return say(`written: ${writeScenarioSchema('scenarios')}`);
  process.stdout.write(scenarioJsonSchema());
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
