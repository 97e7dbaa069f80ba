/**
 * Writes the JSON Schema of scenario files for editors, from the types that the runner parses them with.
 *
 *     node src/scenario/file/scenario-schema.ts            writes scenarios/scenario.schema.json
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { scenarioShape } from './shape-steps.ts';

/** JSON Schema (draft 2020-12) with a final newline. */
export function scenarioJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(scenarioShape, {
    io: 'input',
    target: 'draft-2020-12',
    reused: 'ref',
  });
  return `${JSON.stringify({ $schema, title: 'Attune scenario', ...rest }, undefined, 2)}\n`;
}

/** Writes it into a directory; returns the file's path. */
export function writeScenarioSchema(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'scenario.schema.json');
  writeFileSync(path, scenarioJsonSchema());
  return path;
}

/** `attune scenario schema`. */
export function printScenarioSchema(write: boolean): void {
  process.stdout.write(write ? `written: ${writeScenarioSchema('scenarios')}\n` : scenarioJsonSchema());
}

if (import.meta.main) {
  console.log(`written: ${writeScenarioSchema(join(import.meta.dirname, '../../../scenarios'))}`);
}
