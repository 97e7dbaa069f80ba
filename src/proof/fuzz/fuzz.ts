import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { startProgress } from '../../node/command/progress.ts';
import { readPolicyDirectory } from '../../policy/policy-directory.ts';
import { starterFiles } from './fuzz-values.ts';
import { type FuzzReport, runFuzz } from './run-fuzz.ts';

const STARTER = fileURLToPath(new URL('../../../policies/starter', import.meta.url));

export interface FuzzFlags {
  readonly requests: string;
  readonly seed: string;
  readonly only?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `npm run fuzz`: attacks a service of its own; exit code 1 when it fails in any way. */
export async function fuzz(flags: FuzzFlags): Promise<void> {
  const seed = wholeNumberFlag('--seed', flags.seed);
  const { from, to } = rangeOf(flags);
  const directory = mkdtempSync(join(tmpdir(), 'attune-fuzz-'));
  const progress = startProgress('fuzzing');
  try {
    const report = await runFuzz({
      seed,
      from,
      to,
      directory,
      policy: starterFiles(readPolicyDirectory(STARTER)),
      progress: (done, of) => progress.update(done, of),
      failure: (text) => process.stderr.write(`\n${text}\n`),
    });
    progress.end();
    // A few requests say nothing of memory.
    const whole = flags.only === undefined;
    const broken = isBroken(report) || (whole && !report.memoryFlat);
    print({ ...report, seed, machine: machine(), commit: commit() }, flags.json === true);
    if (broken) process.exitCode = EXIT.found;
  } finally {
    if (flags.keep === true) process.stderr.write(`the data is in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function isBroken(report: FuzzReport): boolean {
  const { crashed, leaked, hung, faults, soundRefused, verifyDifferent } = report;
  return crashed + leaked + hung + faults + soundRefused + verifyDifferent > 0;
}

function print(report: FuzzReport & { seed: number; machine: string; commit: string }, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(report))
    process.stdout.write(`${name.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
}

function rangeOf({ requests, only }: FuzzFlags): { readonly from: number; readonly to: number } {
  if (only === undefined) return { from: 0, to: wholeNumberFlag('--requests', requests, 1) };
  const [first = '', last = first] = only.split('-');
  const [from, to] = [wholeNumberFlag('--only', first), wholeNumberFlag('--only', last) + 1];
  if (from < to) return { from, to };
  throw new CommandError(`--only ${only} names no request: its end is before its begin`, EXIT.usage);
}
