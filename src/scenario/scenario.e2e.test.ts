import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scenarioJsonSchema } from './file/scenario-schema.ts';
import { failureText, readScenarios, runScenarios, scenarioPaths } from './run-files.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'scenarios');

/** Stories that must have a scenario. */
const STORIES = [
  ...['S1', 'S2', 'S3', 'S4', 'S5', 'S7', 'S10', 'S11', 'S12', 'S13', 'S14'],
  ...['S16', 'S18', 'S19', 'S22', 'S23', 'S24', 'S26', 'S28', 'S29'],
];

test('every scenario of the repository holds', async () => {
  const { scenarios, faults } = readScenarios(scenarioPaths([folder]), root);
  expect(faults).toEqual([]);
  const stories = new Set(scenarios.map(({ file }) => file.story));
  expect(STORIES.filter((story) => !stories.has(story))).toEqual([]);
  const results = await runScenarios(scenarios, root, () => {});
  expect(results.flatMap(failureText)).toEqual([]);
  expect(results).toHaveLength(scenarios.length);
}, 600_000);

test('every scenario is named as its file, and its file fits the schema that editors use', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(scenarioJsonSchema()) as object);
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThanOrEqual(30);
  for (const name of files) {
    const text = readFileSync(join(folder, name), 'utf8');
    const data = parse(text) as { id: string };
    expect(`${data.id}.yaml`).toBe(name);
    expect(validate(data), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});

test('the example of the README is a scenario that holds', async () => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8');
  const example = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { parseScenario } = await import('./file/scenario-file.ts');
  const { policyFinder } = await import('./run-scenario.ts');
  const parsed = parseScenario('README.md', example, policyFinder(root));
  expect(parsed.ok ? [] : parsed.faults).toEqual([]);
  if (!parsed.ok) return;
  const results = await runScenarios([parsed.scenario], root, () => {});
  expect(results.flatMap(failureText)).toEqual([]);
});
