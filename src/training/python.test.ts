import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { runTraining } from './python.ts';

const { PATH } = process.env;
let scratch: ReturnType<typeof scratchDirectory>;

/** Commands that are all that the path has. */
function commands(scripts: Record<string, string>): void {
  const bin = join(scratch.path, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env.PATH = bin;
}

beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => {
  process.env.PATH = PATH;
  scratch.remove();
});

test('without Python there is a sentence that says what is needed', async () => {
  commands({});
  await expect(runTraining(scratch.path, 'train.py', [])).rejects.toMatchObject({
    name: 'CommandError',
    message: expect.stringMatching(/^training needs Python 3\.11 or later with venv: .*ENOENT/),
  });
});

test('packages that cannot be had, as without a network, are a sentence with the last word of uv', async () => {
  commands({
    uv: '[ "$1" = --version ] && exit 0\necho "error: Failed to fetch: connection refused" >&2\nexit 2',
  });
  await expect(runTraining(scratch.path, 'train.py', [])).rejects.toMatchObject({
    name: 'CommandError',
    message: expect.stringMatching(
      /uv\.lock could not be installed; this needs the package index .* once: error: Failed to fetch: connection refused$/,
    ),
  });
});
