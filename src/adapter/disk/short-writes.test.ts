/**
 * Files that are written to in one go, on a system whose writes are short: one that is nearly full makes such, and only the next
 * write fails. What is taken for written must be whole.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { copyLog } from './copy-log.ts';
import { DiskFactLog } from './disk-fact-log.ts';
import { type Extent, ExtentWriter, readExtents } from './extents.ts';
import { TrimMarks } from './trim-marks.ts';

const SHORT_BYTES = 100;
/** What `world.shorten` makes short. */
const world = vi.hoisted(() => ({ isShort: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
      const handle = await real.open(...args);
      const write = handle.write.bind(handle) as (...args: unknown[]) => ReturnType<FileHandle['write']>;
      const short = (bytes: Uint8Array, offset: number, length: number, at: number) =>
        write(bytes, offset, world.isShort ? Math.min(length, SHORT_BYTES) : length, at);
      return Object.assign(handle, { write: short });
    },
  };
});

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const writeSync = (fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number =>
    real.writeSync(fd, bytes, offset, world.isShort ? Math.min(length, SHORT_BYTES) : length, at);
  return { ...real, writeSync };
});

let directory: ScratchDirectory;
beforeEach(() => {
  directory = scratchDirectory();
  world.isShort = true;
});
afterEach(() => {
  world.isShort = false;
  directory.remove();
});

test('what is noted beside the log is whole, at the start and at each beat', async () => {
  let last = 1;
  const extent = (): Extent => ({
    ...{ format: 3, generation: 1, rows: 0 },
    shards: Array.from({ length: 64 }, () => ({ first: 1, trimmed: 0, last })),
  });
  const extents = new ExtentWriter(directory.path, 0, extent);
  expect(readExtents(directory.path)).toEqual({ extent: extent(), faults: [], written: 2 });
  for (last = 2; last < 5; last++) {
    await extents.beat();
    expect(readExtents(directory.path)).toEqual({ extent: extent(), faults: [], written: last + 1 });
  }
});

test('trim marks are whole', async () => {
  const path = join(directory.path, 'trimmed');
  TrimMarks.open(path).make();
  const marks = TrimMarks.open(path);
  for (let shard = 0; shard < 64; shard++) await marks.set(shard, shard + 1);
  expect(Array.from({ length: 64 }, (_, shard) => TrimMarks.open(path).through(shard))).toEqual(
    Array.from({ length: 64 }, (_, shard) => shard + 1),
  );
});

test('a copy of a log has every record that was durable before', async () => {
  const [from, to] = [join(directory.path, 'log'), join(directory.path, 'copy')];
  const log = new DiskFactLog(from, { fileBytes: 65_536, reserveBytes: 0 });
  for (let last = 0; last < 20; last++) await log.append(0, last, Buffer.alloc(500, last));
  await copyLog(from, to);
  expect(existsSync(join(to, '0000000001.log'))).toBe(true);
  const copy = new DiskFactLog(to);
  expect(await copy.read(0, 1, 100)).toEqual(await log.read(0, 1, 100));
  await copy.close();
  await log.close();
  expect(readFileSync(join(from, '0000000001.log')).length).toBe(65_536);
});
