import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type PolicyFault, renderFault } from '../core/policy/policy-fault.ts';
import { CommandError, EXIT } from '../node/command/command-line.ts';
import { parseScenario, type Scenario } from './file/scenario-file.ts';
import { policyFinder, runScenario, type ScenarioResult } from './run-scenario.ts';
import { NodePool } from './virtual/node-pool.ts';

/** Scenarios at once, each with a process of its own. */
const AT_ONCE = 2;

/** The paths of scenario files; a directory stands for all its *.yaml. Throws CommandError. */
export function scenarioPaths(given: readonly string[]): string[] {
  const paths = given.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new CommandError(`${path} does not exist.`, EXIT.usage);
    if (!stat.isDirectory()) return [path];
    const found = readdirSync(path)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
    if (found.length === 0) throw new CommandError(`${path} holds no scenario (*.yaml).`, EXIT.usage);
    return found;
  });
  return [...new Set(paths)];
}

export interface ReadScenarios {
  /** Those of files without a fault. */
  readonly scenarios: readonly Scenario[];
  readonly faults: readonly PolicyFault[];
}

/** Reads all files: the sound ones, and every fault of the others. */
export function readScenarios(paths: readonly string[], root: string): ReadScenarios {
  const scenarios: Scenario[] = [];
  const faults: PolicyFault[] = [];
  const ids = new Map<string, string>();
  const policyOf = policyFinder(root);
  for (const path of paths) {
    const parsed = parseScenario(path, readFileSync(path, 'utf8'), policyOf);
    if (!parsed.ok) {
      faults.push(...parsed.faults);
      continue;
    }
    const { id } = parsed.scenario.file;
    const twin = ids.get(id);
    if (twin !== undefined) {
      faults.push({
        file: path,
        line: 1,
        column: 1,
        path: 'id',
        message: `the id "${id}" is that of ${twin} too`,
      });
      continue;
    }
    ids.set(id, path);
    scenarios.push(parsed.scenario);
  }
  return { scenarios, faults };
}

/** Runs scenarios, some at once; `each` is called as they end. The results are in the order given. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  root: string,
  each: (result: ScenarioResult, done: number) => void,
): Promise<ScenarioResult[]> {
  const pool = new NodePool({ warm: Math.min(AT_ONCE, scenarios.length), spare: scenarios.some(kills) });
  const results: ScenarioResult[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < scenarios.length; at = next++) {
      const result = await runScenario(scenarios[at] as Scenario, pool, root);
      results[at] = result;
      each(result, ++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    await pool.close();
  }
  return results;
}

function kills({ file }: Scenario): boolean {
  const steps = file.steps.flatMap((step) => [step, ...(step.repeat?.steps ?? step.for_each?.steps ?? [])]);
  return steps.some(
    ({ restart, race, load }) =>
      restart?.how === 'kill' || race?.kill_after !== undefined || load?.kill_after !== undefined,
  );
}

/** A failure as lines: where, what was expected and found, and what happened. */
export function failureText({ path, failure }: ScenarioResult): string[] {
  if (failure === undefined) return [];
  const lines = [`  ${failure.place} (${failure.step}, seed ${failure.seed})`];
  for (const { expected, found, hints } of failure.complaints) {
    lines.push(`    expected  ${expected}`, `    found     ${found.replaceAll('\n', '\n      ')}`);
    for (const hint of hints) lines.push(`    why       ${hint}`);
  }
  lines.push(`  What happened in ${path}:`, ...failure.timeline.map((line) => `    ${line}`));
  return lines;
}

/** A line for each fault, like those of a policy. */
export function faultLines(faults: readonly PolicyFault[]): string[] {
  return faults.map(renderFault);
}
