/** Python for training: uv from the path, or one installed into an ignored folder; then exactly what uv.lock names. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../node/command/command-line.ts';

const UV = 'uv==0.13.*';

/**
 * One thread, and the same instructions on every x86-64 with AVX2: sums in another order are other bytes.
 * numpy's names are those of its dispatched targets; unknown ones are ignored with a warning.
 */
const ARITHMETIC = {
  OPENBLAS_NUM_THREADS: '1',
  OPENBLAS_CORETYPE: 'Haswell',
  OMP_NUM_THREADS: '1',
  NPY_DISABLE_CPU_FEATURES: 'X86_V3 X86_V4 AVX512_ICL AVX512_SPR',
  PYTHONHASHSEED: '0',
};

/** Runs `script` of the folder with the locked packages. Throws CommandError with what went wrong and what to do. */
export async function runTraining(training: string, script: string, args: readonly string[]): Promise<void> {
  const cache = join(training, '.cache');
  const env = { UV_CACHE_DIR: join(cache, 'uv'), UV_NO_PROGRESS: '1' };
  const uv = await findUv(join(cache, 'uv-env'));
  const synced = await run(uv, ['sync', '--locked', '--project', training], env);
  if (!synced.ok) {
    throw new CommandError(
      `the packages of ${join(training, 'uv.lock')} could not be installed; this needs the package index or a filled ${env.UV_CACHE_DIR} once: ${synced.last}`,
    );
  }
  const python = join(training, '.venv', 'bin', 'python');
  const ran = await run(python, [join(training, script), ...args], ARITHMETIC);
  if (!ran.ok) throw new CommandError(`${join(training, script)} failed: ${ran.last}`);
}

async function findUv(home: string): Promise<string> {
  if ((await run('uv', ['--version'], {})).ok) return 'uv';
  const uv = join(home, 'bin', 'uv');
  if (existsSync(uv)) return uv;
  const made = await run('python3', ['-m', 'venv', home], {});
  if (!made.ok) throw new CommandError(`training needs Python 3.11 or later with venv: ${made.last}`);
  const installed = await run(
    join(home, 'bin', 'pip'),
    ['install', '--quiet', '--only-binary=:all:', UV],
    {},
  );
  if (!installed.ok) {
    throw new CommandError(
      `training needs uv, which is not on the path and could not be installed with pip: ${installed.last}`,
    );
  }
  return uv;
}

interface ToolResult {
  readonly ok: boolean;
  /** The last line that it wrote: where tools say what is wrong. */
  readonly last: string;
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const keep = (chunk: Buffer): void => {
      text = (text + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (fault) => resolve({ ok: false, last: fault.message }));
    child.once('close', (code) =>
      resolve({ ok: code === 0, last: text.trim().split('\n').at(-1) ?? `it ended with ${code}` }),
    );
  });
}
