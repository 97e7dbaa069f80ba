import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function sim(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test.each([
  [['--frob'], "Unknown option '--frob'.\n"],
  [['--seeds', 'many'], '--seeds, --from, --seed and --steps want whole numbers.\n'],
  [['--seeds', '0'], '--seeds and --steps want at least 1.\n'],
  [['--steps', '0', '--seed', '3'], '--seeds and --steps want at least 1.\n'],
])('%j is refused with a sentence and the help, and nothing is run', async (args, sentence) => {
  const { code, stdout, stderr } = await sim(...args);
  expect(stderr.startsWith(`${sentence}\nsim [options]`)).toBe(true);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('a world runs, and the last line is one object', async () => {
  const { code, stdout } = await sim('--seed', '3', '--steps', '5', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ seed: 3, violations: 0 });
});
