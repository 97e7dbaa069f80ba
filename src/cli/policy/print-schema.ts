import { policyJsonSchemas } from '../../policy/policy-json-schema.ts';
import { writePolicySchemas } from '../../policy/policy-schema.ts';

/** `attune policy schema`: one JSON object, file name → schema; or writes the files. */
export function printPolicySchemas(write: boolean): void {
  if (write) return say(`written: ${writePolicySchemas('policies/schema').join(', ')}`);
  const schemas = [...policyJsonSchemas()].map(([name, text]) => [name, JSON.parse(text) as unknown]);
  say(JSON.stringify(Object.fromEntries(schemas), undefined, 2));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
