import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedPolicy } from '../policy/changed-policy.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { policyContext } from '../policy/policy-context.ts';
import { PolicyDirectoryError, readPolicyDirectory } from '../policy/policy-directory.ts';
import { writePolicy } from '../policy/write-policy.ts';
import { type Complaint, complaint, ExpectationError } from './expect/failure.ts';
import { checkLaws, type RaceCount } from './expect/laws.ts';
import type { PolicyFinder, Scenario } from './file/scenario-file.ts';
import type { ScenarioFile, ScenarioStep } from './file/shape-steps.ts';
import { Moments } from './step/moments.ts';
import { runStep } from './step/run-step.ts';
import { ScenarioRun } from './step/scenario-run.ts';
import { addServiceDecisions } from './step/service-decisions.ts';
import { runCatalogStep } from './step/step-catalog.ts';
import { publishConsents } from './step/step-publish.ts';
import type { NodePool } from './virtual/node-pool.ts';

/** Why a scenario failed. */
export interface ScenarioFailure {
  readonly seed: number;
  /** `file:line` of the step; of the file when it was none. */
  readonly place: string;
  readonly step: string;
  readonly complaints: readonly Complaint[];
  readonly timeline: readonly string[];
}

export interface ScenarioResult {
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly ok: boolean;
  /** Wall-clock time of the run. */
  readonly ms: number;
  readonly failure?: ScenarioFailure;
  /** All its races together, over all seeds. */
  readonly races?: RaceCount;
}

const STARTER = 'policies/starter';
/** Wall-clock time: a step that takes longer waits for something that will not come. */
const STEP_MS_MAX = 60_000;
const CLOSE_MS_MAX = 30_000;

/** The files of a scenario's policy, from the folder that holds `policies/`. Throws PolicyDirectoryError. */
function policyFilesOf(file: ScenarioFile, root: string): Map<string, string> {
  const base = readPolicyDirectory(join(root, file.policy ?? STARTER));
  const changed = changedPolicy(base, file.policy_changes ?? {});
  return file.explore === undefined
    ? changed
    : changedPolicy(changed, { 'policy.yaml': { explore: file.explore } });
}

/** Finds policies of scenarios, each parsed once. */
export function policyFinder(root: string): PolicyFinder {
  const found = new Map<string, ReturnType<PolicyFinder>>();
  return (file) => {
    const name = JSON.stringify([file.policy, file.policy_changes, file.explore]);
    const policy = found.get(name) ?? scenarioPolicy(file, root);
    found.set(name, policy);
    return policy;
  };
}

function scenarioPolicy(file: ScenarioFile, root: string): ReturnType<PolicyFinder> {
  try {
    const parsed = parsePolicy(policyFilesOf(file, root), policyContext);
    return parsed.ok ? parsed.policy : parsed.faults;
  } catch (error) {
    if (error instanceof PolicyDirectoryError) return `the policy cannot be read: ${error.message}`;
    throw error;
  }
}

/** Runs a scenario, with each of its seeds on a fresh service, up to the first failure. */
export async function runScenario(scenario: Scenario, pool: NodePool, root: string): Promise<ScenarioResult> {
  const { id, title, seed = 1, seeds = 1 } = scenario.file;
  const began = performance.now();
  const races: RaceCount[] = [];
  let failure: ScenarioFailure | undefined;
  for (let n = 0; n < seeds && failure === undefined; n++)
    failure = await runOnce({ scenario, seed: seed + n * 1_000, pool, root, races });
  const result = {
    id,
    path: scenario.path,
    title,
    ok: failure === undefined,
    ms: Math.round(performance.now() - began),
    ...(races.length > 0 ? { races: races.reduce(together) } : {}),
  };
  return failure === undefined ? result : { ...result, failure };
}

function together(a: RaceCount, b: RaceCount): RaceCount {
  return {
    rounds: a.rounds + b.rounds,
    before: a.before + b.before,
    promotedBefore: a.promotedBefore + b.promotedBefore,
    after: a.after + b.after,
    promotedAfter: a.promotedAfter + b.promotedAfter,
  };
}

/** One run, of one seed. */
interface OneRun {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly pool: NodePool;
  readonly root: string;
  /** Its races are added. */
  readonly races: RaceCount[];
}

async function runOnce({ scenario, seed, pool, root, races }: OneRun): Promise<ScenarioFailure | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'attune-scenario-'));
  const moments = new Moments(Date.parse(scenario.file.start));
  const policyDirectory = join(scratch, 'policy');
  writePolicy(policyDirectory, policyFilesOf(scenario.file, root));
  const run = new ScenarioRun({
    scenario,
    moments,
    seed,
    directory: join(scratch, 'data'),
    policyDirectory,
    policy: scenario.policy,
    newProcess: () => pool.acquire(),
  });
  let stepAt = -1;
  const failed = (complaints: readonly Complaint[]): ScenarioFailure => ({
    seed,
    place: `${scenario.path}:${scenario.stepLines[stepAt] ?? 1}`,
    step: stepName(scenario.file.steps, stepAt),
    complaints,
    timeline: [],
  });
  let failure: ScenarioFailure | undefined;
  try {
    await run.open();
    await runCatalogStep(run, { products: scenario.file.catalog ?? {} });
    await publishConsents(run);
    for (stepAt = 0; stepAt < scenario.file.steps.length; stepAt++) {
      const step = scenario.file.steps[stepAt];
      if (step !== undefined) await inTime(runStep(run, step), STEP_MS_MAX);
    }
  } catch (error) {
    failure = failed(complaintsOf(error));
  }
  try {
    await inTime(run.close(), CLOSE_MS_MAX);
    pool.release(run.process);
    const report = await checkLaws(run);
    races.push(...report.races);
    if (failure === undefined && report.complaints.length > 0) failure = failed(report.complaints);
    if (failure !== undefined) addServiceDecisions(run, report.facts);
  } catch (error) {
    failure ??= failed(complaintsOf(error));
    await run.process.kill();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return failure === undefined ? undefined : { ...failure, timeline: run.timeline.lines() };
}

function stepName(steps: readonly ScenarioStep[], at: number): string {
  if (at < 0) return 'before the first step';
  const step = steps[at];
  return step === undefined ? 'after the last step' : `step ${at + 1}, ${Object.keys(step)[0]}`;
}

function complaintsOf(error: unknown): readonly Complaint[] {
  if (error instanceof ExpectationError) return error.complaints;
  return [complaint('the step to be done', error instanceof Error ? error.message : String(error))];
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no end after ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
