import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { startProgress } from '../../node/command/progress.ts';
import { runDamage } from './run-damage.ts';

export interface DamageFlags {
  readonly trials: string;
  readonly seed: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `npm run damage`: exit code 1 when anything is silent, answered wrongly, or lost though a copy exists. */
export async function damage(flags: DamageFlags): Promise<void> {
  const trials = wholeNumberFlag('--trials', flags.trials, 1);
  const seed = wholeNumberFlag('--seed', flags.seed);
  const directory = mkdtempSync(join(tmpdir(), 'attune-damage-'));
  const progress = startProgress('harming');
  const started = performance.now();
  try {
    const run = await runDamage({
      trials,
      seed,
      directory,
      progress: (done, of) => progress.update(done, of),
    });
    progress.end();
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const report = { ...run, seed, seconds, machine: machine(), commit: commit() };
    if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    else
      for (const [name, value] of Object.entries(report))
        process.stdout.write(
          `${name.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value, null, 2) : value}\n`,
        );
    const { wrongAnswers, silent, saidDifferently, unhealedWithCopy, notAccepted, died } = run;
    if (wrongAnswers + silent + saidDifferently + unhealedWithCopy + notAccepted + died > 0)
      process.exitCode = EXIT.found;
  } finally {
    if (flags.keep === true) process.stderr.write(`the data is in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}
