import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = [
  '--no-allocation-site-pretenuring',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=DEP0123',
];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `attune <args>` as a user would, without colours and without this process's own settings. */
export function startCommand(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return start([process.execPath, ...command(args)], env);
}

/** The same in a process that may have so many descriptors open and no more. */
export function startWithDescriptors(descriptors: number, args: readonly string[]): ChildProcess {
  const limited = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  return start(['bash', '-c', limited, process.execPath, ...command(args)], {});
}

function command(args: readonly string[], script = 'src/main.ts'): string[] {
  return [...FLAGS, join(ROOT, script), ...args];
}

function start([program = '', ...args]: readonly string[], env: Record<string, string>): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ATTUNE_'));
  return spawn(program, args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
  });
}

/** Runs `attune <args>` to its end. */
export function runCommand(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<Ended> {
  const child = startCommand(args, options.env);
  child.stdin?.end(options.input ?? '');
  return ended(child);
}

/** Runs a script of the repository, by its path in it, to its end. */
export function runScript(script: string, args: readonly string[]): Promise<Ended> {
  const child = startScript(script, args);
  child.stdin?.end();
  return ended(child);
}

/** Starts a script of the repository, by its path in it. */
export function startScript(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  return start([process.execPath, ...command(args, script)], env);
}

/** Gathers what a started command says until it ends. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Resolves with the first match in what a command says; rejects when it ends without. */
export function saying(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer): void => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('close', () => reject(new Error(`it ended without saying ${pattern}: ${text}`)));
  });
}
