/** That nothing of what was trimmed, set aside or cut short is left in a file. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { source } from '../../port/images.contract.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskFactLog } from './disk-fact-log.ts';
import { DiskImages } from './disk-images.ts';
import { removeDrafts } from './drafts.ts';

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch.remove());

const SECRET = 'what somebody told';
const body = (text: string): Buffer => Buffer.alloc(400, `${text} `);
const isInAFile = (): boolean =>
  readdirSync(scratch.path).some((name) => readFileSync(join(scratch.path, name)).includes(SECRET));

test('a record that was trimmed is held until its file is freed, which a seal brings about long before the file is full', async () => {
  const log = new DiskFactLog(scratch.path, { fileBytes: 65_536, reserveBytes: 0 });
  await log.append(0, 0, body(SECRET));
  await log.append(1, 0, body('somebody else'));
  expect(await log.holds(0, 1)).toBe(true);
  expect(await log.holds(0, 0)).toBe(false);
  await log.trim(0, 1);
  await log.trim(1, 1);
  for (let last = 1; last < 4; last++) await log.append(1, last, body('somebody else'));
  await log.trim(1, 4);
  expect([await log.holds(0, 1), isInAFile()]).toEqual([true, true]);
  await log.seal();
  await log.append(1, 4, body('somebody else'));
  // The file goes with the next trim; records of the others in it have gone.
  await log.append(1, 5, body('somebody else'));
  await log.trim(1, 5);
  expect([await log.holds(0, 1), isInAFile()]).toEqual([false, false]);
  expect((await log.read(1, 6, 9)).map(({ sequence }) => sequence)).toEqual([6]);
  await log.close();
  const again = new DiskFactLog(scratch.path, { fileBytes: 65_536, reserveBytes: 0 });
  expect([await again.bounds(0), await again.bounds(1)]).toEqual([
    { first: 2, last: 1 },
    { first: 6, last: 6 },
  ]);
  await again.close();
});

test('a log that is sealed while the disk has no room for another file goes on in the one it has', async () => {
  const world = { freeBytes: 1e9, at: 0 };
  const log = new DiskFactLog(scratch.path, {
    ...{
      fileBytes: 65_536,
      reserveBytes: 1_000,
      now: () => world.at,
      freeBytes: async () => world.freeBytes,
    },
  });
  await log.append(0, 0, body('somebody'));
  world.freeBytes = 0;
  await log.seal();
  for (let last = 1; last < 5; last++) await log.append(0, last, body('somebody'));
  expect(readdirSync(scratch.path).filter((name) => name.endsWith('.log'))).toHaveLength(1);
  world.freeBytes = 1e9;
  world.at += 5_000;
  await log.seal();
  await log.append(0, 5, body('somebody'));
  expect(readdirSync(scratch.path).filter((name) => name.endsWith('.log'))).toHaveLength(2);
  expect(await log.read(0, 1, 9)).toHaveLength(6);
  await log.close();
});

test('images that were set aside are removed, and those that count stay', async () => {
  const images = new DiskImages(scratch.path);
  await images.setAside(await images.write(source(5, 3)));
  const kept = await images.write(source(7, 3));
  await images.removeAside(2);
  expect(readdirSync(join(scratch.path, '1'))).toHaveLength(2);
  await images.removeAside(1);
  expect(readdirSync(join(scratch.path, '1'))).toHaveLength(1);
  expect(await images.list(1)).toEqual([kept]);
});

test('drafts that a crash left below a folder are removed, and nothing else', async () => {
  mkdirSync(join(scratch.path, 'archive/3'), { recursive: true });
  for (const name of ['1-9.1-2.seg', '1-9.1-2.seg.tmp', 'other.tmp.seg'])
    writeFileSync(join(scratch.path, 'archive/3', name), SECRET);
  await removeDrafts(join(scratch.path, 'archive'));
  expect(readdirSync(join(scratch.path, 'archive/3'))).toEqual(['1-9.1-2.seg', 'other.tmp.seg']);
  await removeDrafts(join(scratch.path, 'nothing'));
});
