import { CommandError, EXIT } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { raceText } from './expect/laws.ts';
import { failureText, faultLines, readScenarios, runScenarios, scenarioPaths } from './run-files.ts';
import type { ScenarioResult } from './run-scenario.ts';

/** The bound of --seeds. */
const SEEDS_MAX = 1_000;

/** `attune policy test [files] [--seeds n] [--json]`: runs scenario files. Throws CommandError when one is faulty or fails. */
export async function policyTest(
  given: readonly string[],
  flags: { readonly json?: boolean; readonly seeds?: string },
): Promise<void> {
  const seeds = seedsOf(flags.seeds);
  const json = flags.json === true;
  // With --json stdout holds only the object.
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const { scenarios, faults } = readScenarios(scenarioPaths(given.length === 0 ? ['scenarios'] : given), '.');
  for (const line of faultLines(faults)) process.stderr.write(`${line}\n`);
  const faultyFiles = [...new Set(faults.map(({ file }) => file))];
  const width = Math.max(0, ...scenarios.map(({ file }) => file.id.length));
  const wanted = scenarios.map((one) =>
    seeds === undefined ? one : { ...one, file: { ...one.file, seeds } },
  );
  const results = await runScenarios(wanted, '.', (result, done) => {
    say(
      `${String(done).padStart(String(scenarios.length).length)}/${scenarios.length}  ${result.ok ? 'ok    ' : 'FAILED'}  ${result.id.padEnd(width)}  ${String(result.ms).padStart(6)} ms  ${result.title}`,
    );
    if (result.races !== undefined) say(`  ${raceText(result.races)}`);
    for (const line of failureText(result)) say(line);
  });
  const failed = results.filter((result) => !result.ok).length;
  say(`${results.length} scenarios, ${failed} failed${faultyText(faults.length, faultyFiles.length)}`);
  if (json) {
    const summary = {
      scenarios: results.map(resultJson),
      // A file that could not be run has shown nothing.
      failed: failed + faultyFiles.length,
      faultyFiles: faultyFiles.length,
      faults: faults.map(({ file, line, column, message }) => ({ file, line, column, message })),
      machine: machine(),
      commit: commit(),
    };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  }
  const sentences = [
    ...(failed > 0 ? [`${failed} of ${results.length} scenarios failed.`] : []),
    ...(faultyFiles.length > 0
      ? [
          `${faultyFiles.length} ${faultyFiles.length === 1 ? 'file is' : 'files are'} faulty and ${faultyFiles.length === 1 ? 'was' : 'were'} not run.`,
        ]
      : []),
  ];
  if (sentences.length > 0) throw new CommandError(sentences.join(' '), EXIT.found);
}

function faultyText(faults: number, files: number): string {
  return faults === 0 ? '' : `; ${faults} ${faults === 1 ? 'fault' : 'faults'} in ${files} of the files`;
}

/** What a machine is told of a scenario; of one that failed where, at which step, and what was found. */
function resultJson({ id, path, ok, ms, races, failure }: ScenarioResult) {
  return {
    ...{ id, path, ok, ms, races },
    ...(failure === undefined
      ? {}
      : {
          failure: {
            place: failure.place,
            step: failure.step,
            seed: failure.seed,
            findings: failure.complaints.map(({ expected, found, hints }) => ({
              expected,
              found,
              why: hints,
            })),
          },
        }),
  };
}

function seedsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seeds = Number(given);
  if (/^\d+$/.test(given) && seeds >= 1 && seeds <= SEEDS_MAX) return seeds;
  throw new CommandError(`--seeds takes a whole number from 1 to ${SEEDS_MAX}, not "${given}"`, EXIT.usage);
}
