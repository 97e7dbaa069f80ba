import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from './scratch-command.fixture.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const told = 'ATTUNE_LISTN is set, but no setting has that name; did you mean ATTUNE_LISTEN?\n';

describe('a misspelt setting is told with the nearest name:', () => {
  test('a variable, and the command goes on', async () => {
    const env = { ATTUNE_LISTN: '127.0.0.1:0', ATTUNE_DATA_DIR: 'x', ATTUNE_TOKEN: 'x' };
    const { code, stderr, stdout } = await runCommand(['policy', 'check', 'policies/starter'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: told });
    expect(stdout).toContain('no fault');
  });

  test('a variable, before what is wrong with the others', async () => {
    const env = { ATTUNE_LISTN: '127.0.0.1:0', ATTUNE_STORE: 'tape' };
    const { code, stderr } = await runCommand(['serve'], { env });
    expect(stderr).toBe(`${told}ATTUNE_STORE must be one of disk, memory, cluster, not "tape".\n`);
    expect(code).toBe(2);
  });

  test('a flag, and nothing is started', async () => {
    const { code, stderr } = await runCommand(['serve', '--listn', '127.0.0.1:0']);
    expect(stderr).toContain("unknown option '--listn'\n(Did you mean --listen?)");
    expect(code).toBe(2);
  });

  test('a flag that has a word in common with the one that was meant', async () => {
    for (const flag of ['--data-dir', '--data-dir=x']) {
      const { code, stderr } = await runCommand(['serve', flag]);
      expect(stderr).toContain(`unknown option '${flag}'\n(Did you mean --dir?)`);
      expect(code).toBe(2);
    }
    expect((await runCommand(['policy', 'test', '--no-such'])).stderr).not.toContain('Did you mean');
  });

  test('a command', async () => {
    const { code, stderr } = await runCommand(['serv']);
    expect(stderr).toContain("unknown command 'serv'\n(Did you mean serve?)");
    expect(code).toBe(2);
  });
});

test('--version prints the version of package.json, and --help names it', async () => {
  expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const { stdout } = await runCommand(['--help']);
  expect(stdout).toMatch(/-V, --version +Print the version\./);
});
