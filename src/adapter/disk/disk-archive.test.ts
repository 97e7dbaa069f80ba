import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveContract } from '../../port/archive.contract.ts';
import { PortError } from '../../port/port-error.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskArchive } from './disk-archive.ts';

archiveContract(
  'DiskArchive',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new DiskArchive(join(directory.path, 'archive')),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 20 },
);

describe('segments on disk', () => {
  let directory: ScratchDirectory;
  beforeEach(async () => {
    directory = scratchDirectory();
    const archive = new DiskArchive(directory.path);
    // Noise does not compress: three blocks of 100 KB records in the first segment, one in the second.
    await archive.write(0, noise(1, 6), { from: 1, to: 10 });
    await archive.write(0, noise(7, 8), { from: 11, to: 20 });
  });
  afterEach(() => directory.remove());

  const firstFile = (): string => {
    const [name] = readdirSync(join(directory.path, '0')).sort();
    return join(directory.path, '0', name ?? '');
  };

  test('a flipped byte is found with segment and offset, and the other blocks and segments can be read', async () => {
    const file = firstFile();
    const bytes = readFileSync(file);
    bytes.writeUInt8((bytes[1_000] ?? 0) ^ 1, 1_000);
    writeFileSync(file, bytes);
    const archive = new DiskArchive(directory.path);
    const damaged = {
      kind: 'corrupt',
      message: `the segment ${file} is damaged at byte 8: a block does not match its checksum`,
    };
    await expect(archive.get(0, 1)).rejects.toMatchObject(damaged);
    await expect(archive.read(0, 1, 10)).rejects.toMatchObject(damaged);
    expect(await archive.get(0, 6)).toHaveLength(100_000);
    expect(await archive.read(0, 7, 10)).toHaveLength(2);
  });

  test.each([0, 5, 100, 250_000])(
    'a segment cut to %i bytes is found, listed, and can expire',
    async (length) => {
      const file = firstFile();
      truncateSync(file, length);
      const archive = new DiskArchive(directory.path);
      await expect(archive.get(0, 2)).rejects.toMatchObject({
        kind: 'corrupt',
        message: expect.stringContaining(file),
      });
      expect((await archive.segments(0)).map(({ first }) => first)).toEqual([1, 7]);
      expect(await archive.read(0, 7, 10)).toHaveLength(2);
      expect(await archive.expire(0, 11, 6)).toBe(1);
      expect(await archive.read(0, 1, 10)).toHaveLength(2);
    },
  );

  test('a segment for which there is no room is told with its file and leaves nothing, and is written when there is', async () => {
    const no = new PortError('full', 'the disk of /data has 3 MiB left; free some space');
    let pieces = 2;
    const archive = new DiskArchive(directory.path, { reserve: () => (pieces-- > 0 ? undefined : no) });
    const write = () => archive.write(0, noise(9, 14), { from: 21, to: 30 });
    const sentence = /^there is no room to write .*-0*14\.21-30\.seg: the disk of .* free some space$/;
    await expect(write()).rejects.toMatchObject({
      ...{ kind: 'full', outcome: 'nothing_written' },
      message: expect.stringMatching(sentence),
    });
    expect((await archive.segments(0)).map(({ last }) => last)).toEqual([6, 8]);
    expect(readdirSync(join(directory.path, '0'))).toHaveLength(2);
    pieces = Number.POSITIVE_INFINITY;
    await write();
    expect(await archive.read(0, 9, 10)).toHaveLength(6);
  });

  test('segments of which nobody could take note that they go stay, and go the next time', async () => {
    let isFull = true;
    const onExpiry = async () => {
      if (isFull) throw new PortError('full', 'no room');
    };
    const archive = new DiskArchive(directory.path, { onExpiry });
    await expect(archive.expire(0, 11, 6)).rejects.toMatchObject({ kind: 'full' });
    expect((await archive.segments(0)).map(({ first }) => first)).toEqual([1, 7]);
    expect(archive.firstKept(0)).toBe(1);
    expect(await archive.get(0, 1)).toHaveLength(100_000);
    isFull = false;
    expect(await archive.expire(0, 11, 6)).toBe(1);
    expect(readdirSync(join(directory.path, '0'))).toHaveLength(1);
  });

  test('a flip in any byte of a segment never gives other bytes', async () => {
    const file = firstFile();
    const whole = readFileSync(file);
    const records = noise(1, 6);
    const tail = Array.from({ length: 100 }, (_, i) => whole.length - 1 - i);
    for (const at of [0, 3, 4, 5, 6, 7, 8, 9, 250_000, ...tail]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8((bytes[at] ?? 0) ^ 0x10, at);
      writeFileSync(file, bytes);
      const archive = new DiskArchive(directory.path);
      for (const record of records) {
        const found = await archive.get(0, record.sequence).catch((fault: unknown) => fault);
        if (found instanceof Uint8Array) expect(Buffer.compare(found, record.bytes)).toBe(0);
        else expect(found).toMatchObject({ name: 'PortError', kind: 'corrupt' });
      }
    }
  });

  test('a draft that a crash left behind is no segment', async () => {
    writeFileSync(`${firstFile()}.tmp`, 'half');
    expect(await new DiskArchive(directory.path).segments(0)).toHaveLength(2);
  });

  test('a directory that cannot be made is unavailable', async () => {
    const occupied = join(directory.path, 'file');
    writeFileSync(occupied, '');
    const archive = new DiskArchive(occupied);
    await expect(archive.write(0, noise(1, 1), { from: 1, to: 1 })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});

function noise(first: number, last: number): { sequence: number; bytes: Uint8Array }[] {
  let state = 12_345;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: last }, (_, i) => ({
    sequence: i + 1,
    bytes: Uint8Array.from({ length: 100_000 }, next),
  })).slice(first - 1);
}
