import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { runRetries } from './run-retries.ts';

export interface RetriesFlags {
  readonly trials: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** `npm run retries`: exit code 1 when an honest retry is refused or counts again, or another meaning is taken. */
export async function retries(flags: RetriesFlags): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'attune-retries-'));
  try {
    const report = await runRetries({
      directory: join(directory, 'data'),
      trials: wholeNumberFlag('--trials', flags.trials, 1),
      seed: wholeNumberFlag('--seed', flags.seed),
      failure: (sentence) => process.stderr.write(`${sentence}\n`),
    });
    const shown = { ...report, seed: Number(flags.seed), machine: machine(), commit: commit() };
    const lines = Object.entries(shown).map(
      ([name, value]) => `${name.padEnd(10)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
    );
    process.stdout.write(flags.json === true ? `${JSON.stringify(shown)}\n` : lines.join(''));
    const { refused, doubled, accepted, absent } = report;
    if (refused + doubled + accepted + absent.length > 0) process.exitCode = EXIT.found;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
