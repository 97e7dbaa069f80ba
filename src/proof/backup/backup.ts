import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { startProgress } from '../../node/command/progress.ts';
import { runBackups } from './run-backup.ts';

export interface BackupFlags {
  readonly rounds: string;
  readonly seed: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `npm run backup`: exit code 1 when a backup lacks what was acknowledged, is different, or goes on under old names. */
export async function backup(flags: BackupFlags): Promise<void> {
  const rounds = wholeNumberFlag('--rounds', flags.rounds, 1);
  const seed = wholeNumberFlag('--seed', flags.seed);
  const directory = mkdtempSync(join(tmpdir(), 'attune-backup-'));
  const progress = startProgress('backing up');
  const started = performance.now();
  try {
    const run = await runBackups({
      ...{ rounds, seed, directory },
      progress: (done) => progress.update(done, rounds),
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
    const { lostBeyondStart, doubled, different, damaged, reissued, lostAfterRestore, unanswered } = run;
    if (lostBeyondStart + doubled + different + damaged + reissued + lostAfterRestore + unanswered > 0)
      process.exitCode = EXIT.found;
  } finally {
    if (flags.keep === true) process.stderr.write(`the data is in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}
