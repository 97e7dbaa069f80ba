import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskFactLog } from '../adapter/disk/disk-fact-log.ts';
import { decodeRecord } from '../codec/stored/record-codec.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { fillLost, isLostPlace } from './fill-lost.ts';

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch.remove());

test('fences stand in the places of lost records, and those that the archive has are read there', async () => {
  const log = new DiskFactLog(scratch.path, { reserveBytes: 0 });
  for (let last = 0; last < 5; last++) await log.append(0, last, Buffer.alloc(8, last));
  await fillLost(log, { shard: 0, from: 6, to: 12, archived: 9 }, { generation: 4, at: 77 });
  expect(await log.bounds(0)).toEqual({ first: 10, last: 12 });
  for (const { sequence, bytes } of await log.read(0, 1, 100)) {
    const { header, facts } = decodeRecord(bytes);
    expect(header).toMatchObject({ generation: 4, epoch: sequence, at: 77 });
    expect(isLostPlace(facts)).toBe(true);
  }
  expect(isLostPlace([{ kind: 'fence', node: 'a', at: 1 }])).toBe(false);
  await log.close();
});
