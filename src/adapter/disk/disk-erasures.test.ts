import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { erasuresContract } from '../../port/erasures.contract.ts';
import type { Erasure } from '../../port/erasures.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskErasures, ERASURES_FILE } from './disk-erasures.ts';

/** Whether the next append is cut short by a disk that is full. */
const disk = vi.hoisted(() => ({ isFull: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
      const handle = await real.open(...args);
      const append = handle.appendFile.bind(handle);
      const appendFile = async (text: string): Promise<void> => {
        if (!disk.isFull) return append(text);
        await append(text.slice(0, 20));
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      };
      return Object.assign(handle, { appendFile });
    },
  };
});

describe('erasures in a file', () => {
  let scratch: ScratchDirectory;
  let path = '';
  beforeEach(() => {
    scratch = scratchDirectory();
    path = join(scratch.path, ERASURES_FILE);
  });
  afterEach(() => scratch.remove());
  erasuresContract(async () => new DiskErasures(path), { isShared: false });

  const one: Erasure = {
    ...{ receipt: 'r-1', caseId: '', at: 1, completeBy: 2, doneAt: 0, untold: [] },
    actors: [{ hash: 'h', id: 'plain-id', shard: 0, generation: 1, seq: 0 }],
  };

  test('a last line that was cut short is passed over, and the next one does not run into it', async () => {
    const list = new DiskErasures(path);
    await list.save(one);
    await list.close();
    appendFileSync(path, '1234abcd {"receipt":"r-2"');
    const again = new DiskErasures(path);
    expect(again.all).toEqual([one]);
    await again.save({ ...one, receipt: 'r-3' });
    await again.close();
    expect(new DiskErasures(path).all.map(({ receipt }) => receipt)).toEqual(['r-1', 'r-3']);
  });

  test('a line that the disk had no room for is not taken, and does not run into the next one', async () => {
    const list = new DiskErasures(path);
    await list.save(one);
    disk.isFull = true;
    const refused = list.save({ ...one, receipt: 'r-2' });
    await expect(refused).rejects.toThrow(/ERASURES/);
    disk.isFull = false;
    expect(list.all).toEqual([one]);
    await list.save({ ...one, receipt: 'r-3' });
    await list.close();
    expect(new DiskErasures(path).all.map(({ receipt }) => receipt)).toEqual(['r-1', 'r-3']);
  });

  test('a damaged line is told with the file, and nothing is read', async () => {
    const list = new DiskErasures(path);
    await list.save(one);
    await list.save({ ...one, receipt: 'r-2' });
    await list.close();
    writeFileSync(path, readFileSync(path, 'utf8').replace('plain-id', 'plain-iq'));
    expect(() => new DiskErasures(path)).toThrow(/ERASURES: line 1 is damaged/);
  });

  test('what was replaced is in the file until it is compacted, and not after', async () => {
    const list = new DiskErasures(path);
    await list.save(one);
    await list.save({ ...one, actors: [] });
    expect(readFileSync(path, 'utf8')).toContain('plain-id');
    await list.compact();
    expect(readFileSync(path, 'utf8')).not.toContain('plain-id');
    await list.close();
  });
});
