import type { Policy } from '../../core/policy/policy.ts';
import { type PolicyFault, renderFault, sortFaults } from '../../core/policy/policy-fault.ts';
import { shapeFaults, valueAt } from '../../policy/shape-faults.ts';
import { type YamlPath, YamlSource } from '../../policy/yaml-source.ts';
import { scenarioCustomers } from './scenario-customers.ts';
import { scenarioReferenceFaults } from './scenario-references.ts';
import { type ScenarioCustomer, type ScenarioFile, scenarioShape } from './shape-steps.ts';

/** A scenario without a fault. */
export interface Scenario {
  /** As it was named on the command line. */
  readonly path: string;
  readonly file: ScenarioFile;
  /** Everybody in it, by a name of their own. */
  readonly customers: Readonly<Record<string, ScenarioCustomer>>;
  /** Name in the file → the names that it stands for, mostly itself. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Its policy, with its changes. */
  readonly policy: Policy;
  /** Line of each step in the file, from 1. */
  readonly stepLines: readonly number[];
}

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

/** Characters of one scenario file. */
const CHARACTERS_MAX = 200_000;

/** Finds the policy of a scenario, with its changes applied; or its faults, or a text that says why there is none. */
export type PolicyFinder = (file: ScenarioFile) => Policy | readonly PolicyFault[] | string;

/** Reads a scenario's text: the scenario, or all its faults with their places. */
export function parseScenario(path: string, text: string, policyOf: PolicyFinder): ParsedScenario {
  if (text.length > CHARACTERS_MAX) {
    const message = `the file has ${text.length} characters; the limit is ${CHARACTERS_MAX}`;
    return { ok: false, faults: [{ file: path, line: 1, column: 1, path: '', message }] };
  }
  const source = new YamlSource(path, text);
  const faults = [...source.faults];
  if (source.data !== undefined) faults.push(...shapeFaults(source, scenarioShape), ...stepFaults(source));
  const parsed = scenarioShape.safeParse(source.data);
  if (!parsed.success) return { ok: false, faults: sortFaults(faults) };
  const policy = policyOf(parsed.data);
  if (typeof policy === 'string')
    return { ok: false, faults: sortFaults([...faults, source.faultAt(['policy'], policy)]) };
  if (isFaulty(policy))
    return { ok: false, faults: sortFaults([...faults, ...policyFaults(source, policy)]) };
  const { customers, groups, faults: customerFaults } = scenarioCustomers(source, parsed.data, policy);
  faults.push(
    ...customerFaults,
    ...scenarioReferenceFaults(source, parsed.data, { policy, customers, groups }),
  );
  if (faults.length > 0) return { ok: false, faults: sortFaults(faults) };
  const stepLines = parsed.data.steps.map((_, at) => source.faultAt(['steps', at], '').line);
  return { ok: true, scenario: { path, file: parsed.data, customers, groups, policy, stepLines } };
}

function isFaulty(policy: Policy | readonly PolicyFault[]): policy is readonly PolicyFault[] {
  return Array.isArray(policy);
}

/** Faults of the policy in the lines of the scenario: where its changes say what is faulty, else where it names the policy. */
function policyFaults(source: YamlSource, faults: readonly PolicyFault[]): PolicyFault[] {
  const key = 'policy_changes';
  const changes = valueAt(source.data, [key]) ?? {};
  return faults.map((fault) => {
    const { file, path } = fault;
    const message = `the policy is faulty: ${renderFault(fault)}`;
    if (!Object.hasOwn(changes, file)) return source.faultAt(['policy'], message);
    return source.faultAt([key, file, ...pathOf(path)], message);
  });
}

/** The keys and places of a fault's path. */
function pathOf(path: string): YamlPath {
  return path === '' ? [] : path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Each step is one thing; two keys in one mapping are mostly a forgotten dash. */
function stepFaults(source: YamlSource): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const look = (steps: unknown, path: YamlPath): void => {
    for (const [at, step] of Array.isArray(steps) ? steps.entries() : []) {
      if (typeof step !== 'object' || step === null || Array.isArray(step)) continue;
      const keys = Object.keys(step);
      const found = keys.length === 0 ? 'has none' : `has ${keys.length}: ${keys.join(', ')}`;
      if (keys.length !== 1)
        faults.push(source.faultAt([...path, at], `a step is exactly one thing, and this one ${found}`));
      for (const loop of ['repeat', 'for_each'])
        look(valueAt(step, [loop, 'steps']), [...path, at, loop, 'steps']);
    }
  };
  look(valueAt(source.data, ['steps']), ['steps']);
  return faults;
}
