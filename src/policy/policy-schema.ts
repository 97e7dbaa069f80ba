/**
 * Writes the JSON Schemas of policy files for editors, or tells which are stale.
 *
 *     node src/policy/policy-schema.ts            writes policies/schema/*.json
 *     node src/policy/policy-schema.ts --check    writes nothing; exits 1 when one is missing, stale or no longer made
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyJsonSchemas } from './policy-json-schema.ts';

const defaultDirectory = join(import.meta.dirname, '../../policies/schema');

/** Writes every schema into `directory` and removes what is no longer made; returns the names written. */
export function writePolicySchemas(directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  const schemas = policyJsonSchemas();
  for (const name of existingSchemas(directory)) if (!schemas.has(name)) rmSync(join(directory, name));
  for (const [name, text] of schemas) writeFileSync(join(directory, name), text);
  return [...schemas.keys()];
}

/** A sentence for every schema in `directory` that is not what the types say; none when all are right. */
export function stalePolicySchemas(directory: string): string[] {
  const schemas = policyJsonSchemas();
  const existing = existingSchemas(directory);
  const faults = existing
    .filter((name) => !schemas.has(name))
    .map((name) => `${join(directory, name)} is generated no longer; delete it.`);
  for (const [name, text] of schemas) {
    if (!existing.includes(name)) faults.push(`${join(directory, name)} is missing.`);
    else if (readFileSync(join(directory, name), 'utf8') !== text)
      faults.push(`${join(directory, name)} is stale.`);
  }
  return faults;
}

function existingSchemas(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const faults = stalePolicySchemas(defaultDirectory);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) console.error('Run node src/policy/policy-schema.ts.');
    process.exitCode = faults.length > 0 ? 1 : 0;
  } else {
    console.log(`written: ${writePolicySchemas(defaultDirectory).join(', ')}`);
  }
}
