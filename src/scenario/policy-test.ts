import { CommandError, EXIT } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { raceText } from './expect/laws.ts';
import { failureText, faultLines, readScenarios, runScenarios, scenarioPaths } from './run-files.ts';

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
  if (faults.length > 0) {
    const count = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in the scenario files; nothing was run.`;
    throw new CommandError([...faultLines(faults), count].join('\n'), EXIT.found);
  }
  const width = Math.max(...scenarios.map(({ file }) => file.id.length));
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
  say(`${results.length} scenarios, ${failed} failed`);
  if (json) {
    const summary = results.map(({ id, ok, ms, races }) => ({ id, ok, ms, races }));
    process.stdout.write(
      `${JSON.stringify({ scenarios: summary, failed, machine: machine(), commit: commit() })}\n`,
    );
  }
  if (failed > 0) throw new CommandError(`${failed} of ${results.length} scenarios failed.`, EXIT.found);
}

function seedsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seeds = Number(given);
  if (/^\d+$/.test(given) && seeds >= 1 && seeds <= SEEDS_MAX) return seeds;
  throw new CommandError(`--seeds takes a whole number from 1 to ${SEEDS_MAX}, not "${given}"`, EXIT.usage);
}
