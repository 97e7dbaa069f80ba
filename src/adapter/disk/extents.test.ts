import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type Extent, ExtentWriter, readExtents } from './extents.ts';

let directory: ScratchDirectory;
let last: number;
beforeEach(() => {
  directory = scratchDirectory();
  last = 5;
});
afterEach(() => directory.remove());

const extent = (): Extent => ({
  format: 3,
  generation: 3,
  rows: 12,
  shards: [
    { first: 1, trimmed: 2, last },
    { first: 4, trimmed: 281_474_976_710_655, last: 0 },
  ],
});
const writer = (): ExtentWriter =>
  new ExtentWriter(directory.path, readExtents(directory.path).written, extent);
const file = (name: 'a' | 'b'): string => join(directory.path, `extent.${name}`);

test('what is written is read again, and each write goes to the file with the older extent', async () => {
  expect(readExtents(directory.path)).toMatchObject({ extent: undefined, written: 0 });
  const extents = writer();
  expect(readExtents(directory.path)).toEqual({ extent: extent(), faults: [], written: 2 });
  for (const next of [6, 7, 8]) {
    last = next;
    await extents.beat();
    expect(readExtents(directory.path)).toMatchObject({ extent: extent(), written: next - 3 });
  }
  const before = [readFileSync(file('a')), readFileSync(file('b'))];
  await extents.beat();
  expect([readFileSync(file('a')), readFileSync(file('b'))]).toEqual(before);
});

test('one file lost, cut, flipped or older leaves the other, and both lost are told', async () => {
  const extents = writer();
  for (const harm of [
    (path: string) => rmSync(path),
    (path: string) => truncateSync(path, 30),
    (path: string) => writeFileSync(path, readFileSync(path).fill(9, 33, 34)),
    (path: string) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.of(0)])),
  ]) {
    last++;
    await extents.close();
    harm(file('a'));
    expect(readExtents(directory.path)).toMatchObject({
      extent: extent(),
      faults: [expect.stringContaining(file('a'))],
    });
    // The next process makes it whole again.
    writer();
    expect(readExtents(directory.path).faults).toEqual([]);
    await extents.close();
  }
  copyFileSync(file('a'), join(directory.path, 'older'));
  last = 99;
  await extents.close();
  copyFileSync(join(directory.path, 'older'), file('a'));
  expect(readExtents(directory.path).extent).toEqual(extent());
  rmSync(file('a'));
  rmSync(file('b'));
  expect(readExtents(directory.path).faults).toHaveLength(2);
});

test('a beat behind the removal of the files makes both again', async () => {
  const extents = writer();
  rmSync(file('a'));
  rmSync(file('b'));
  last = 77;
  await extents.beat();
  expect(readExtents(directory.path)).toMatchObject({ extent: extent(), faults: [] });
});
