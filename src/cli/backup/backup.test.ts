/** `attune backup` and `attune restore` of a directory that no service holds; under load: src/proof/backup. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScratchNode, writeScratchData } from '../../audit/scratch-data.fixture.ts';
import { verifyDirectory } from '../../audit/verify.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { runCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let data: string;
let sound: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  data = join(scratch.path, 'data');
  sound = join(scratch.path, 'backup');
  await writeScratchData(data);
  const { code } = await runCommand(['backup', sound, '--dir', data]);
  expect(code).toBe(0);
}, 60_000);
afterAll(() => scratch.remove());

/** A backup of its own for each test that damages one. */
async function another(name: string): Promise<string> {
  const to = join(scratch.path, name);
  expect((await runCommand(['backup', to, '--dir', data])).code).toBe(0);
  return to;
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}

test('what is restored is what was backed up: nothing differs, and a service goes on from it', async () => {
  const to = join(scratch.path, 'restored');
  const { code, stdout } = await runCommand(['restore', sound, '--dir', to]);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`look at it with: attune verify ${to}`)]);
  const [before, after] = [await verifyDirectory(data), await verifyDirectory(to)];
  expect(after).toEqual(before);
  expect(after.decisions).toBeGreaterThan(10);
  const node = await openScratchNode(to);
  // The names of decisions that the backup lacks never come again, nor those of another restore of it.
  expect(node.stores.generation).toBeGreaterThan(1);
  expect(node.engine.shards[0]?.status.generations[0]).toEqual({ generation: 1, from: 1 });
  expect(node.policies.current?.version).toMatch(/^starter@/);
  expect(node.engine.shards.every(({ isServing }) => isServing)).toBe(true);
  await node.close();
}, 60_000);

test('the secret keys are in a backup and come back, and nobody else may read either', async () => {
  const to = join(scratch.path, 'with-keys');
  expect((await runCommand(['restore', sound, '--dir', to])).code).toBe(0);
  for (const directory of [data, sound, to]) {
    expect(statSync(join(directory, 'KEYS')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(directory, 'KEYS'), 'utf8')).toBe(readFileSync(join(data, 'KEYS'), 'utf8'));
  }
  const damaged = await another('damaged-keys');
  flip(join(damaged, 'KEYS'), 140);
  const { code, stdout } = await runCommand(['restore', damaged, '--dir', join(scratch.path, 'other-keys')]);
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(`${join(damaged, 'KEYS')} is not what was written`),
  ]);
}, 60_000);

test('a backup goes to a new directory outside of the data, and a restore to an empty one', async () => {
  const again = await runCommand(['backup', sound, '--dir', data]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it holds a backup already')]);
  const within = await runCommand(['backup', join(data, 'b'), '--dir', data]);
  expect([within.code, within.stderr]).toEqual([2, expect.stringContaining('belongs on another disk')]);
  const full = await runCommand(['restore', sound, '--dir', data]);
  expect([full.code, full.stderr]).toEqual([2, expect.stringContaining('is not empty')]);
  const none = await runCommand(['backup', join(scratch.path, 'none'), '--dir', scratch.path]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('it has no file FORMAT')]);
});

test('a place where nothing can be written is told in a sentence with its name and the reason', async () => {
  const within = join(sound, 'BACKUP', 'within');
  for (const args of [
    ['backup', within, '--dir', data],
    ['restore', sound, '--dir', within],
  ]) {
    const { code, stderr } = await runCommand(args);
    expect([code, stderr]).toEqual([
      69,
      expect.stringMatching(/^\S+BACKUP\/within failed: ENOTDIR: [^\n]*\n$/),
    ]);
  }
});

test('a backup that was cut short is none, and neither is a directory of something else', async () => {
  const cut = await another('cut');
  rmSync(join(cut, 'BACKUP'));
  const to = join(scratch.path, 'of-cut');
  const refused = await runCommand(['restore', cut, '--dir', to]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('holds no backup')]);
  expect(existsSync(to)).toBe(false);
  writeFileSync(join(cut, 'BACKUP'), '{"format":1');
  expect((await runCommand(['restore', cut, '--dir', to])).stderr).toContain('cannot be read');
});

test('a damaged image is told, and the shard is folded from archive and log all the same', async () => {
  const backup = await another('damaged-image');
  const [name] = readdirSync(join(backup, 'images/0'));
  flip(join(backup, 'images/0', name ?? ''), 30);
  const to = join(scratch.path, 'of-damaged-image');
  const { code, stdout } = await runCommand(['restore', backup, '--dir', to]);
  expect([code, stdout]).toEqual([1, expect.stringContaining('its SHA-256 differs')]);
  await (await openScratchNode(to)).close();
  expect(await verifyDirectory(to)).toMatchObject({ different: 0, incomplete: 0 });
}, 60_000);

test('a file of the backup that is missing is named', async () => {
  const backup = await another('missing');
  const [name] = readdirSync(join(backup, 'archive/0')).sort();
  rmSync(join(backup, 'archive/0', name ?? ''));
  const { code, stdout } = await runCommand(['restore', backup, '--dir', join(scratch.path, 'of-missing')]);
  expect([code, stdout]).toEqual([1, expect.stringContaining(`archive/0/${name} is missing`)]);
});

test('nothing starts with a directory into which a restore was cut short', async () => {
  const to = join(scratch.path, 'half');
  mkdirSync(to);
  expect((await runCommand(['restore', sound, '--dir', to])).code).toBe(0);
  writeFileSync(join(to, 'RESTORING'), '');
  await expect(openScratchNode(to)).rejects.toThrow(/a restore into .* was cut short: remove the directory/);
  const { code, stderr } = await runCommand(['verify', to]);
  expect([code, stderr]).toEqual([69, expect.stringContaining('was cut short')]);
});

test('the help tells how long the images of a running service may take', async () => {
  const { stdout } = await runCommand(['backup', '--help']);
  expect(stdout.replace(/\s+/g, ' ')).toContain('with its retries. (default: 10m; env: ATTUNE_TIMEOUT)');
});
