/** What the commands have in common that prove something of a directory: they run, report, and end with an exit code. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, wholeNumberFlag } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { startProgress } from '../node/command/progress.ts';

export interface ProofFlags {
  readonly seed: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

export interface Proof<T extends object> {
  readonly name: string;
  /** What it does, for the line of its progress. */
  readonly doing: string;
  /** How often. */
  readonly count: number;
  run(given: {
    readonly seed: number;
    readonly directory: string;
    readonly progress: (done: number) => void;
  }): Promise<T>;
  /** What there must be none of. */
  faults(report: T): number;
}

/** Exit code 1 when the proof finds something. Throws what it throws. */
export async function runProof<T extends object>(flags: ProofFlags, proof: Proof<T>): Promise<void> {
  const { name, doing, count } = proof;
  const seed = wholeNumberFlag('--seed', flags.seed);
  const directory = mkdtempSync(join(tmpdir(), `attune-${name}-`));
  const progress = startProgress(doing);
  const started = performance.now();
  try {
    const run = await proof.run({ seed, directory, progress: (done) => progress.update(done, count) });
    progress.end();
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    print({ ...run, seed, seconds, machine: machine(), commit: commit() }, flags.json === true);
    if (proof.faults(run) > 0) process.exitCode = EXIT.found;
  } finally {
    if (flags.keep === true) process.stderr.write(`the data is in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function print(report: object, isJson: boolean): void {
  if (isJson) return void process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const [name, value] of Object.entries(report)) {
    const text = typeof value === 'object' ? JSON.stringify(value, null, 2) : value;
    process.stdout.write(`${name.padEnd(18)} ${text}\n`);
  }
}
