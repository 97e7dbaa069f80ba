import { randomInt } from 'node:crypto';
import { createVitest, type TestCase, type TestModule, type Vitest } from 'vitest/node';
import type { BrokenProperty } from './property-run.ts';

/** A property under an unlucky seed on a busy machine is slow, which is no fault; one that hangs is. */
const TEST_TIMEOUT_MS = 300_000;

export interface PropertiesRun {
  /** Rounds begin until so many minutes are over; at least one runs. */
  readonly minutes: number;
  /** Test files, relative to `root`. */
  readonly files: readonly string[];
  readonly root: string;
  /** After each round. */
  readonly progress: (report: PropertiesReport) => void;
}

export interface PropertiesReport {
  /** That have passed. */
  readonly minutes: number;
  /** How often a property ran, all together; each time with a fresh seed. */
  readonly runs: number;
  readonly properties: number;
  readonly failed: number;
  /** Of each test that failed, the first time. */
  readonly failures: readonly ({ readonly test: string } & BrokenProperty)[];
}

/**
 * Runs the properties of `files` again and again, each round under a seed of its own. The first round finds the tests
 * that have properties; the later ones leave out the others. A test that fails without a broken property (it timed out,
 * its file did not load) counts as failed too.
 */
export async function runProperties({
  minutes,
  files,
  root,
  progress,
}: PropertiesRun): Promise<PropertiesReport> {
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 60_000;
  const failures = new Map<string, BrokenProperty>();
  let runs = 0;
  let properties = 0;
  const vitest = await createVitest('test', {
    root,
    watch: false,
    include: [...files],
    reporters: [{}],
    testTimeout: TEST_TIMEOUT_MS,
  });
  try {
    const report = (): PropertiesReport => ({
      minutes: Math.round(passed() * 100) / 100,
      runs,
      properties,
      failed: failures.size,
      failures: [...failures].map(([test, broken]) => ({ test, ...broken })),
    });
    do {
      const seed = randomInt(2 ** 32) | 0;
      const tests = await runRound(vitest, seed, failures);
      const ran = tests.reduce((sum, test) => sum + (test.meta().properties?.length ?? 0), 0);
      if (runs === 0) {
        properties = ran;
        vitest.setGlobalTestNamePattern(namesOf(tests));
      }
      runs += ran;
      progress(report());
    } while (passed() < minutes);
    return report();
  } finally {
    await vitest.close();
  }
}

/** Every test of the round; those that failed for the first time are in `failures` then. */
async function runRound(
  vitest: Vitest,
  seed: number,
  failures: Map<string, BrokenProperty>,
): Promise<TestCase[]> {
  vitest.provide('propertySeed', seed);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
    await vitest.globTestSpecifications(),
    true,
  );
  const note = (test: string, broken: BrokenProperty): void => {
    if (!failures.has(test)) failures.set(test, broken);
  };
  const unknown = (errors: readonly unknown[]): BrokenProperty => ({
    seed,
    path: '',
    counterexample: '',
    why: errors.map(messageOf).join('; '),
  });
  for (const module of testModules) {
    const errors = errorsOf(module);
    if (errors.length > 0) note(module.relativeModuleId, unknown(errors));
    for (const test of module.children.allTests('failed')) {
      const broken = test.meta().properties?.find((run) => run.broken !== undefined)?.broken;
      note(`${module.relativeModuleId} > ${test.fullName}`, broken ?? unknown(test.result().errors ?? []));
    }
  }
  if (unhandledErrors.length > 0) note('outside of any test', unknown(unhandledErrors));
  return testModules.flatMap((module) => [...module.children.allTests()]);
}

/** Of the file itself and of its suites: what failed before a test began. */
function errorsOf(module: TestModule): readonly unknown[] {
  return [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
}

/** Matches the tests that ran a property (and others that are named alike, which does no harm). */
function namesOf(tests: readonly TestCase[]): RegExp {
  const names = tests.filter((test) => test.meta().properties !== undefined).map((test) => test.name);
  const escaped = [...new Set(names)].map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`(?:${escaped.join('|')})$`);
}

function messageOf(error: unknown): string {
  return error !== null && typeof error === 'object' && 'message' in error
    ? String(error.message)
    : String(error);
}
