import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from './repository.ts';

/** One thing that is checked. */
export interface Step {
  readonly name: string;
  /** Fewer files than this mean that the step looked in the wrong place, and fail it. */
  readonly filesMin: number;
  run(root: string): StepResult | Promise<StepResult>;
}

export interface StepResult {
  /** How many files the tool itself says it read, where it says so. */
  readonly files: number;
  /** One sentence, or one tool's message, for each fault; each names its file. */
  readonly faults: readonly string[];
}

export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is wrong, with "looked at too few files" among it. */
export function faultsOf(step: Step, result: StepResult): readonly string[] {
  if (result.files >= step.filesMin) return result.faults;
  return [
    `${step.name} looked at ${result.files} files, expected at least ${step.filesMin}.`,
    ...result.faults,
  ];
}

/** Runs a program of node_modules/.bin under this very Node, whatever Node the host has. */
export function runTool(root: string, name: string, args: readonly string[]): Promise<ToolResult> {
  const bin = join(ROOT, 'node_modules', '.bin');
  return run(root, name === 'node' ? process.execPath : join(bin, name), args);
}

/** Runs `command` in `root` to its end and keeps what it printed. */
export function run(root: string, command: string, args: readonly string[]): Promise<ToolResult> {
  const bin = join(ROOT, 'node_modules', '.bin');
  const path = [bin, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        status: code ?? 1,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
  });
}
