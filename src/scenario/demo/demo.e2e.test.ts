import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, runCommand, saying, startCommand } from '../../cli/scratch-command.fixture.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';

let scratch: ScratchDirectory;

beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch.remove());

test('a short demo shows plain figures, tells its story, explains it, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await runCommand(['demo', '--seconds', '3', '--customers', '50'], {
    env: { TMPDIR: scratch.path },
  });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toMatch(/rates +\d+ events .* decisions .* feedback/);
  expect(stdout).toMatch(/Decide +p50 [\d.]+ ms +p99 [\d.]+ ms/);
  expect(stdout).toMatch(/actions +\w+ \d+/);
  expect(stdout).not.toMatch(/^refused/m);
  expect(stdout).toContain('begins the checkout');
  const [, id = ''] = /^Decision (\S+)$/m.exec(stdout) ?? [];
  expect(stdout).toContain(`[${id}]`);
  expect(stdout).toContain('comes out the same, byte for byte');
  expect(stdout).toContain('What to try next');
  expect(readdirSync(scratch.path)).toEqual([]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the demo at once, with service and data gone', async (signal, code) => {
  const demo = startCommand(['demo', '--seconds', '60', '--customers', '50'], { TMPDIR: scratch.path });
  const end = ended(demo);
  await saying(demo, /events \(/);
  expect(readdirSync(scratch.path)).toHaveLength(1);
  demo.kill(signal);
  expect(await end).toMatchObject({ code });
  expect(readdirSync(scratch.path)).toEqual([]);
});

test('what is kept verifies', async () => {
  const { code } = await runCommand(['demo', '--seconds', '1', '--customers', '20', '--keep'], {
    env: { TMPDIR: scratch.path },
  });
  expect(code).toBe(0);
  const [kept = ''] = readdirSync(scratch.path);
  const verified = await runCommand(['verify', join(scratch.path, kept), '--json']);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ different: 0 });
});

test('a senseless length is a sentence', async () => {
  const { code, stderr } = await runCommand(['demo', '--seconds', 'soon']);
  expect(code).toBe(2);
  expect(stderr).toContain('--seconds must be a whole number from 1 to 3600, not "soon"');
});
