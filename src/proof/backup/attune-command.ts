import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));

export interface RunningCommand {
  /** Resolves when it is over: exit code and all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Starts `attune <args>` in a process of its own, as an operator does. */
export function startAttune(args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, ['--disable-warning=DEP0123', MAIN, ...args], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  child.stdin.end();
  return { ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, output }))) };
}
