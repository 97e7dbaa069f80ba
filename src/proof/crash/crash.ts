import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { startProgress } from '../../node/command/progress.ts';
import { runCrash } from './run-crash.ts';

export interface CrashFlags {
  readonly kills: string;
  readonly seed: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `npm run crash`: kills a service of its own under load; exit code 1 when anything is lost, doubled or broken. */
export async function crash(flags: CrashFlags): Promise<void> {
  const kills = wholeNumberFlag('--kills', flags.kills, 1);
  const seed = wholeNumberFlag('--seed', flags.seed);
  const directory = mkdtempSync(join(tmpdir(), 'attune-crash-'));
  const progress = startProgress('killing');
  const started = performance.now();
  try {
    const run = await runCrash({
      kills,
      seed,
      directory,
      progress: (done) => progress.update(done, kills),
    });
    progress.end();
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const report = { ...run, seed, seconds, machine: machine(), commit: commit() };
    if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    else
      for (const [name, value] of Object.entries(report))
        process.stdout.write(
          `${name.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
        );
    const { lost, doubled, guardrailsBroken, unlogged, unanswered, verifyDifferent } = run;
    if (lost + doubled + guardrailsBroken + unlogged + unanswered + verifyDifferent > 0)
      process.exitCode = EXIT.found;
  } finally {
    if (flags.keep === true) process.stderr.write(`the data is in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}
