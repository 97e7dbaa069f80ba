import { execFile } from 'node:child_process';

const OUTPUT_BYTES_MAX = 16 * 1_048_576;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input; nothing: an input that has ended. */
  readonly input?: string;
  /** After this it is ended with SIGTERM. */
  readonly timeoutMs: number;
}

export interface ProgramResult {
  /** -1: it did not start, or a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Never rejects: what keeps it from starting is in `stderr`. */
export function runClientProgram(program: Program): Promise<ProgramResult> {
  const { command, args, input, timeoutMs } = program;
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        cwd: program.cwd,
        env: { ...process.env, ...program.env },
        timeout: timeoutMs,
        maxBuffer: OUTPUT_BYTES_MAX,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: code === -1 ? `${stderr}${error?.message}` : stderr });
      },
    );
    // A program that ends before it has read everything says so by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
