/** That `attune doctor` says of a data directory what is to be done. */
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '../base/clock.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { adviceLine } from './advice.ts';
import { adviseDirectory } from './doctor-directory.ts';
import { openScratchNode, writeScratchData } from './scratch-data.fixture.ts';

let scratch: ScratchDirectory;
let sound: string;
const ENDED_AT = Date.UTC(2026, 2, 2, 6) + 0.6 * DAY_MS;

beforeAll(async () => {
  scratch = scratchDirectory();
  sound = join(scratch.path, 'sound');
  await writeScratchData(sound, { days: 0.6 });
});
afterAll(() => scratch.remove());

async function linesOf(directory: string, now = ENDED_AT): Promise<string[]> {
  return (await adviseDirectory(directory, now)).map(adviceLine);
}

test('a sound one has nothing bad, and exit code 0', async () => {
  const lines = await linesOf(sound);
  expect(lines.filter((line) => line.startsWith('bad'))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^ok {4}.*has 2 shards, generation 1$/));
  const { code, stdout } = await runCommand(['doctor', '--dir', sound, '--json']);
  expect([code, JSON.parse(stdout).isWell]).toEqual([0, true]);
});

test('keys that everybody can read, a clock that is behind, and lost records are bad', async () => {
  const directory = join(scratch.path, 'harmed');
  cpSync(sound, directory, { recursive: true });
  chmodSync(join(directory, 'KEYS'), 0o644);
  expect(await linesOf(directory)).toContainEqual(
    expect.stringMatching(/^bad .*KEYS can be read by .*: chmod 600/),
  );
  expect(await linesOf(directory, ENDED_AT - 3 * DAY_MS)).toContainEqual(
    expect.stringMatching(/^bad {3}the clock: the log lies in the future/),
  );
  rmSync(join(directory, 'log'), { recursive: true });
  expect(await linesOf(directory)).toContainEqual(expect.stringMatching(/^bad /));
  const { code, stdout } = await runCommand(['doctor', '--dir', directory]);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^bad /m)]);
});

test('an old image is looked at', async () => {
  const lines = await linesOf(sound, ENDED_AT + 60 * DAY_MS);
  expect(lines).toContainEqual(
    expect.stringMatching(/^look {2}(the last image of a shard is \d+ hours old|not every shard)/),
  );
});

test('one that a service holds is told, and the rest is looked at', async () => {
  const directory = join(scratch.path, 'held');
  cpSync(sound, directory, { recursive: true });
  const node = await openScratchNode(directory, {});
  const lines = await linesOf(directory);
  expect(lines).toContainEqual(expect.stringMatching(/^look {2}it is held: .*: ask the service itself/));
  expect(lines).toContainEqual(expect.stringMatching(/MiB are free/));
  await node.close();
});

test('what is none is no directory', async () => {
  const { code, stderr } = await runCommand(['doctor', '--dir', join(scratch.path, 'nowhere')]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/nowhere is no data directory/)]);
});
