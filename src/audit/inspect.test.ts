/** That `attune inspect` says where a data directory is damaged: harm of each kind done to copies of one directory. */
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Table } from '../adapter/lmdb/table.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import { CORE_REVISION } from '../core/core-revision.ts';
import { openDirectory } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import type { LogRecord } from '../port/fact-log.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { inspectDirectory } from './inspect.ts';
import { inLmdb, openScratchNode, SCRATCH_SHARDS, writeScratchData } from './scratch-data.fixture.ts';
import { verifyDirectory } from './verify.ts';

let scratch: ScratchDirectory;
let sound: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  sound = join(scratch.path, 'sound');
  await writeScratchData(sound, { days: 0.6 });
});
afterAll(() => scratch.remove());

function copy(name: string): string {
  const directory = join(scratch.path, name);
  cpSync(sound, directory, { recursive: true });
  return directory;
}

/** The files of a shard's segments, oldest first. */
function segmentsOf(directory: string, shard: number): string[] {
  const folder = join(directory, 'archive', String(shard));
  const files = readdirSync(folder).sort();
  expect(files.length).toBeGreaterThan(2);
  return files.map((name) => join(folder, name));
}

/** Flips a bit of a value that `wanted` accepts; returns its key. */
async function flip(
  directory: string,
  table: 'snapshots' | 'checkpoints' | 'editions' | 'catalog',
  wanted: (key: Buffer) => boolean = () => true,
): Promise<Buffer> {
  let flipped: Buffer | undefined;
  await inLmdb(directory, async (environment) => {
    const values: Table = environment[table];
    const found = [...values.getRange({})].findLast(({ key }) => wanted(Buffer.from(key)));
    if (found === undefined) throw new Error(`there is no such value in ${table}`);
    flipped = Buffer.from(found.key);
    const value = Buffer.from(found.value);
    value.writeUInt8(value.readUInt8(value.length - 1) ^ 4, value.length - 1);
    await environment.commits.run(() => void values.put(found.key, value), 'growth');
  });
  return flipped as Buffer;
}

function logFile(directory: string): string {
  return join(directory, 'log', '0000000001.log');
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  writeFileSync(file, bytes);
}

async function lastOf(directory: string, shard: number): Promise<LogRecord> {
  const { stores } = await openDirectory(directory, quietObserver);
  const { last } = await stores.log.bounds(shard);
  const [record] = await stores.log.read(shard, last, 1);
  await stores.close();
  if (record === undefined) throw new Error('the log is empty');
  return record;
}

/** Appends a record that is none; returns its sequence. */
async function append(directory: string, shard: number): Promise<number> {
  const { stores } = await openDirectory(directory, quietObserver);
  const { last } = await stores.log.bounds(shard);
  await stores.log.append(shard, last, Buffer.from('nonsense'));
  await stores.close();
  return last + 1;
}

test('a sound directory is told with what it holds, and nothing is damaged', async () => {
  const found = await inspectDirectory(copy('untouched'));
  expect(found.damage).toEqual([]);
  expect(found.shards).toBe(SCRATCH_SHARDS);
  expect(found.facts.decision).toBeGreaterThan(10);
  expect(found.snapshots).toBeGreaterThan(5);
  expect(found.perShard.map(({ revision }) => revision)).toEqual([CORE_REVISION, CORE_REVISION]);
  expect(found.perShard.every(({ checkpoint, last }) => checkpoint > 0 && checkpoint <= last)).toBe(true);
});

test('the command ends with exit code 0 on a sound directory and with 1 on a damaged one, and prints where', async () => {
  const held = await runCommand(['inspect', copy('sound-command')]);
  expect(held).toMatchObject({ code: 0, stderr: '' });
  expect(held.stdout).toContain('nothing is damaged');
  expect(held.stdout).toContain(`\ncore     revision ${CORE_REVISION} in ${SCRATCH_SHARDS} shards\n`);
  const directory = copy('damaged-command');
  const [, file = ''] = segmentsOf(directory, 1);
  truncateSync(file, 30);
  const damaged = await runCommand(['inspect', directory]);
  expect(damaged).toMatchObject({ code: 1, stderr: '' });
  expect(damaged.stdout).toContain(`1 damaged places:\n  shard 1: the segment ${file} is damaged at byte `);
  const json = await runCommand(['inspect', directory, '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ damage: [expect.stringContaining(file)] });
});

test.each([
  ['its head', () => 0],
  ['its first block', () => 12],
  ['its footer', (size: number) => size - 20],
  ['its tail', (size: number) => size - 1],
])('a byte flipped in a segment, in %s, is told with shard, file and byte', async (part, place) => {
  const directory = copy(part);
  const [, file = ''] = segmentsOf(directory, 0);
  const bytes = readFileSync(file);
  const at = place(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  writeFileSync(file, bytes);
  const { damage, facts } = await inspectDirectory(directory);
  expect(damage).toHaveLength(1);
  expect(damage[0]).toContain(`shard 0: the segment ${file} is damaged at byte `);
  // The other shard was read all the same.
  expect(facts.decision).toBeGreaterThan(0);
});

test('a segment that was cut short, at whatever byte, is told with shard and file', async () => {
  const directory = copy('cut');
  const [, file = ''] = segmentsOf(directory, 1);
  const bytes = readFileSync(file);
  for (const length of [0, 7, 19, bytes.length >> 1, bytes.length - 13, bytes.length - 1]) {
    writeFileSync(file, bytes.subarray(0, length));
    const { damage } = await inspectDirectory(directory);
    expect([length, damage]).toEqual([
      length,
      [expect.stringContaining(`shard 1: the segment ${file} is damaged at byte `)],
    ]);
  }
});

test('a segment that is gone is told with its records', async () => {
  const directory = copy('gone');
  const [, file = ''] = segmentsOf(directory, 1);
  rmSync(file);
  const [, first = '', last = ''] = /(\d+)-(\d+)\.\d+-\d+\.seg$/.exec(file) ?? [];
  expect((await inspectDirectory(directory)).damage[0]).toContain(
    `shard 1: records ${Number(first)} to ${Number(last)} are neither in the archive nor in the log: profiles are right`,
  );
});

test('a damaged record of the log is told with shard, record, file and byte', async () => {
  const directory = copy('record');
  const { sequence, bytes } = await lastOf(directory, 1);
  await append(directory, 0);
  const file = logFile(directory);
  const held = readFileSync(file);
  const at = held.indexOf(bytes) + bytes.length - 1;
  held.writeUInt8(held.readUInt8(at) ^ 4, at);
  writeFileSync(file, held);
  const { damage } = await inspectDirectory(directory);
  expect(damage).toEqual(
    [
      `shard 1: the log file ${file} is damaged at byte ${at - bytes.length + 1}: record ${sequence} of shard 1 does not match its checksum; what stands behind it in the log was not read`,
      expect.stringMatching(/^shard 0 record \d+: stored bytes are damaged at byte /),
    ].sort(),
  );
});

test('a record whose checksum is right and whose bytes are none is told with shard and record', async () => {
  const directory = copy('nonsense');
  const sequence = await append(directory, 1);
  expect((await inspectDirectory(directory)).damage).toEqual([
    expect.stringMatching(`^shard 1 record ${sequence}: stored bytes are damaged at byte `),
  ]);
});

test.each([
  ['a log file that was cut short', (file: string) => truncateSync(file, 5_000), 5_000],
  ['a log file whose head is damaged', (file: string) => flipByte(file, 20), 0],
  ['an entry that is damaged, though others follow,', (file: string) => flipByte(file, 64 + 12), 64],
])('%s is told once, with file and byte, and the rest is looked at', async (name, harm, at) => {
  const directory = copy(name.replaceAll(' ', '-'));
  const file = logFile(directory);
  harm(file);
  const { damage, snapshots } = await inspectDirectory(directory);
  expect(damage).toEqual([
    expect.stringMatching(
      `^the log file ${file} is damaged at byte ${at}: .*; restore the data directory from its backup$`,
    ),
  ]);
  expect(snapshots).toBeGreaterThan(5);
});

test('a log that is gone is told for each shard, and no service starts on what is left', async () => {
  const directory = copy('no-log');
  rmSync(join(directory, 'log'), { recursive: true });
  const { damage } = await inspectDirectory(directory);
  const lost = Array.from(
    { length: SCRATCH_SHARDS },
    (_, shard) =>
      new RegExp(
        `^shard ${shard}: its log ends at record \\d+, and \\d+ was acknowledged: it lost records \\d+ to \\d+; restore the data directory from its backup, or start with --accept-loss`,
      ),
  );
  const marks = `${join(directory, 'log', 'trimmed')} is missing`;
  expect(damage).toEqual([
    expect.stringContaining(marks),
    ...lost.map((each) => expect.stringMatching(each)),
  ]);
  await expect(openScratchNode(directory)).rejects.toThrow(damage.slice(1).join('\n'));
  expect((await verifyDirectory(directory)).findings).toEqual(damage);
  expect((await inspectDirectory(directory)).damage).toEqual(damage);
  const node = await openScratchNode(directory, { settings: { acceptLoss: true } });
  await node.close();
  expect((await inspectDirectory(directory)).damage).toEqual([]);
  expect(await verifyDirectory(directory)).toMatchObject({ different: 0, findings: [] });
});

test('a log that ends before its images is told though nothing else knows, and who accepts it goes on in a new generation', async () => {
  const directory = copy('images-ahead');
  const node = await openScratchNode(directory);
  await node.images.writeAll();
  const [ahead] = await node.stores.images.list(0);
  await node.close();
  for (const name of ['extent.a', 'extent.b', 'state.mdb', 'log'])
    rmSync(join(directory, name), { recursive: true });
  const lost = `, and ${ahead?.sequence} was acknowledged: it lost records`;
  expect((await inspectDirectory(directory)).damage).toContainEqual(expect.stringContaining(lost));
  expect((await verifyDirectory(directory)).findings).toContainEqual(expect.stringContaining(lost));
  await expect(openScratchNode(directory)).rejects.toThrow(lost);
  const settings = { acceptLoss: true };
  const accepted = await openScratchNode(directory, { settings });
  expect(accepted.engine.shards.every(({ isServing }) => isServing)).toBe(true);
  expect(accepted.stores.generation).toBeGreaterThan(1);
  expect(await accepted.stores.images.list(0)).not.toContainEqual(ahead);
  await accepted.close();
  expect(readdirSync(join(directory, 'images/0'))).toContainEqual(expect.stringMatching(/\.img\.aside$/));
  // Nothing is lost a second time, so what it goes on in stays.
  const again = await openScratchNode(directory, { settings });
  expect(again.stores.generation).toBe(accepted.stores.generation);
  await again.close();
  expect(await inspectDirectory(directory)).toMatchObject({
    damage: [],
    generation: again.stores.generation,
  });
});

test('a damaged snapshot is told with shard and customer', async () => {
  const directory = copy('snapshot');
  const key = await flip(directory, 'snapshots');
  const id = key.subarray(2).toString('base64url');
  const { damage } = await inspectDirectory(directory);
  expect(damage).toHaveLength(2);
  expect(damage[0]).toContain(`shard ${key.readUInt16BE(0)}: rows of its snapshots are damaged`);
  expect(damage[1]).toContain(`the snapshot of ${id} in shard ${key.readUInt16BE(0)} is damaged`);
});

test('a damaged checkpoint is told with its shard, and trim marks of which nothing can be read with their file', async () => {
  const directory = copy('marks');
  const checkpoint = await flip(directory, 'checkpoints', (key) => key.length === 3);
  const marks = join(directory, 'log', 'trimmed');
  for (const slot of [0, 16_384]) flipByte(marks, slot + 9);
  const { damage } = await inspectDirectory(directory);
  const shard = checkpoint.readUInt16BE(0);
  expect(damage).toEqual([
    expect.stringContaining(`${marks} is damaged: neither of its two lists of trim marks can be read`),
    expect.stringContaining(`shard ${shard}: rows of its snapshots are damaged`),
    expect.stringContaining(`the checkpoint of shard ${shard} is damaged`),
  ]);
  const node = await openScratchNode(directory);
  await node.close();
  expect((await inspectDirectory(directory)).damage).toEqual([]);
  expect(await verifyDirectory(directory)).toMatchObject({ different: 0, findings: [] });
});

test('a damaged policy and a damaged record of the catalogue are told', async () => {
  const directory = copy('editions');
  await flip(directory, 'editions', (key) => key.toString().startsWith('b/policy/'));
  await flip(directory, 'catalog');
  const { damage } = await inspectDirectory(directory);
  expect(damage).toEqual([
    expect.stringMatching(
      /state.mdb: 2 rows of catalogue and editions are missing, damaged or older: .* from .*editions.log$/,
    ),
  ]);
  rmSync(join(directory, 'editions.log'));
  const lost = (await inspectDirectory(directory)).damage;
  expect(lost).toContainEqual(
    expect.stringContaining('editions.log, the second copy of catalogue and editions, is missing'),
  );
  expect(lost).toContainEqual(
    expect.stringMatching(
      /the row editions\/b\/policy\/starter@\w+ is damaged, and .* has no copy of it; restore/,
    ),
  );
  await expect(openScratchNode(directory)).rejects.toThrow(
    /the row catalog\/.* is damaged, and .*editions.log has no copy of it; restore/,
  );
});
