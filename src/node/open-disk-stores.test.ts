import { cpSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readExtents } from '../adapter/disk/extents.ts';
import { readCopy } from '../adapter/lmdb/row-copy.ts';
import { source } from '../port/images.contract.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { openDiskStores } from './open-disk-stores.ts';
import { quietObserver } from './quiet-observer.ts';
import type { Stores } from './stores.ts';

const SHARDS = 2;
const NOW = Date.UTC(2026, 2, 2);
/** Of a beat that comes each second, on a machine that stalls. */
const BEAT_MS_MAX = 15_000;

/** What the disk says it has left, where a test says so. */
const world = vi.hoisted(() => ({ freeBytes: undefined as number | undefined }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const statfsSync = (path: string) =>
    world.freeBytes === undefined ? real.statfsSync(path) : { bavail: world.freeBytes, bsize: 1 };
  return { ...real, statfsSync };
});

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => {
  world.freeBytes = undefined;
  scratch.remove();
});

function opened(dir: string, acceptLoss = false): Promise<Stores> {
  const quiet = { ...quietObserver, fault: () => {} };
  return openDiskStores({ dir, shards: SHARDS, acceptLoss, mode: 'serve' }, quiet, () => NOW);
}

/** Resolves when what is noted beside the log names `last` as the last records of the shards. */
async function noted(dir: string, last: readonly number[]): Promise<void> {
  const lasts = () => readExtents(dir).extent?.shards.map((shard) => shard.last);
  await vi.waitFor(() => expect(lasts()).toEqual(last), { timeout: BEAT_MS_MAX, interval: 20 });
}

/** What a kill leaves of a directory that is in use. */
function killed(dir: string): string {
  const to = `${dir}-killed`;
  cpSync(dir, to, { recursive: true, filter: (path) => !path.endsWith('/lock') });
  return to;
}

/** Takes from the log file whatever was written behind its first `bytes`. */
function cutLog(dir: string, bytes: number): void {
  const file = logFile(dir);
  const written = readFileSync(file);
  writeFileSync(file, written.fill(0, bytes));
}

function logFile(dir: string): string {
  return join(dir, 'log', '0000000001.log');
}

function usedOf(file: string): number {
  const bytes = readFileSync(file);
  return bytes.findLastIndex((byte) => byte !== 0) + 1;
}

test('a killed log that lost acknowledged records a beat later is refused by name, and gone on without when that is accepted', async () => {
  const dir = join(scratch.path, 'data');
  const stores = await opened(dir);
  await stores.log.append(0, 0, Buffer.from('kept'));
  const keptBytes = usedOf(logFile(dir));
  await stores.log.append(0, 1, Buffer.from('lost'));
  await stores.log.append(0, 2, Buffer.from('lost too'));
  await noted(dir, [3, 0]);
  // Not the first beat alone.
  await stores.log.append(1, 0, Buffer.from('lost later'));
  await noted(dir, [3, 1]);
  const cut = killed(dir);
  await stores.close();
  cutLog(cut, keptBytes);

  const told = await opened(cut).catch((fault: unknown) => fault);
  expect(told).toMatchObject({ name: 'PortError', kind: 'corrupt' });
  const remedy = 'restore the data directory from its backup, or start with --accept-loss';
  expect(String(told)).toMatch(
    new RegExp(`shard 0: its log ends at record 1, and 3 was acknowledged: .*records 2 to 3; ${remedy}`),
  );
  expect(String(told)).toMatch(/shard 1: its log ends at record 0, and 1 was acknowledged/);
  const accepted = await opened(cut, true);
  expect(await accepted.log.bounds(0)).toEqual({ first: 1, last: 1 });
  expect(accepted.generation).toBeGreaterThan(1);
  await accepted.close();
  // Accepted once, it is not asked again.
  await (await opened(cut)).close();
});

test('a process that was stopped while another one took its directory writes nothing there, and ends', async () => {
  const dir = join(scratch.path, 'data');
  const stores = await opened(dir);
  await stores.log.append(0, 0, Buffer.from('ours'));
  const edition = { kind: 'policy', version: '1', sha256: '', bytes: Buffer.of(1) } as const;
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 40_000);
  try {
    const [log, state] = [logFile(dir), join(dir, 'state.mdb')];
    const before = [readFileSync(log), readFileSync(state)];
    writeFileSync(join(dir, 'lock'), 'theirs');
    const lost = {
      kind: 'unavailable',
      outcome: 'nothing_written',
      message: expect.stringContaining('theirs'),
    };
    await expect(stores.log.append(0, 1, Buffer.from('ours no more'))).rejects.toMatchObject(lost);
    await expect(stores.editions.put(edition, NOW)).rejects.toMatchObject(lost);
    await expect(stores.snapshots.write(0, [], 0)).rejects.toMatchObject(lost);
    expect([readFileSync(log), readFileSync(state)]).toEqual(before);
    expect(exit).toHaveBeenCalledExactlyOnceWith(70);
  } finally {
    now.mockRestore();
    exit.mockRestore();
    await stores.close();
  }
});

test('a start or an end for which the disk has a fault gives the directory free all the same', async () => {
  const dir = join(scratch.path, 'data');
  const stores = await opened(dir);
  const extent = join(dir, 'extent.a');
  renameSync(extent, `${extent}.away`);
  mkdirSync(extent);
  await expect(stores.close()).rejects.toMatchObject({
    name: 'PortError',
    message: expect.stringContaining(extent),
  });
  await expect(opened(dir)).rejects.toMatchObject({
    name: 'PortError',
    message: expect.stringContaining(extent),
  });
  rmdirSync(extent);
  renameSync(`${extent}.away`, extent);
  await (await opened(dir)).close();
});

test('long files leave a running service the room for its log and snapshots, and are written when there is more', async () => {
  const dir = join(scratch.path, 'data');
  let stores = await opened(dir);
  const records = [{ sequence: 1, bytes: Buffer.from('old') }];
  let version = 0;
  const writes = {
    image: () => stores.images.write(source(1, 1)),
    segment: () => stores.archive.write(0, records, { from: 0, to: 1 }),
    edition: () =>
      stores.editions.put({ kind: 'policy', version: `${++version}`, sha256: '', bytes: Buffer.of(1) }, NOW),
  };
  const refused = async (): Promise<string[]> => {
    const names: string[] = [];
    for (const [name, write] of Object.entries(writes))
      await write().catch(({ kind, message }) => {
        expect([kind, message]).toEqual(['full', expect.stringContaining('free some space')]);
        names.push(name);
      });
    return names;
  };
  for (const [mebibytes, names] of [
    [31, ['image', 'segment', 'edition']],
    [127, ['image', 'edition']],
    [128, []],
  ] as const) {
    world.freeBytes = mebibytes * 1_048_576;
    // The disk is looked at ten times a second.
    await vi.waitFor(async () => expect(await refused()).toEqual(names));
  }
  await stores.close();
  // Nobody but a backup writes there now, and it may have all of it.
  world.freeBytes = 0;
  stores = await openDiskStores(
    { dir, shards: SHARDS, acceptLoss: false, mode: 'read' },
    quietObserver,
    () => NOW,
  );
  await stores.images.write(source(2, 1));
  await stores.close();
});

test('a second copy of the editions that could not be written is caught up while nobody puts one', async () => {
  const dir = join(scratch.path, 'data');
  const stores = await opened(dir);
  const put = (version: string) =>
    stores.editions.put({ kind: 'policy', version, sha256: '', bytes: Buffer.of(1) }, NOW);
  const copy = join(dir, 'editions.log');
  await put('1');
  renameSync(copy, `${copy}.away`);
  mkdirSync(copy);
  await put('2');
  rmdirSync(copy);
  renameSync(`${copy}.away`, copy);
  expect(readCopy(copy).written).toBe(2);
  await vi.waitFor(() => expect(readCopy(copy).written).toBe(4), { timeout: BEAT_MS_MAX, interval: 20 });
  await stores.close();
});
