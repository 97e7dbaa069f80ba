import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imagesContract, source } from '../../port/images.contract.ts';
import { type ImageHead, SHARED_IMAGE } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskImages } from './disk-images.ts';

function fileOf(directory: string, { shard }: Pick<ImageHead, 'shard'>): string {
  const folder = join(directory, shard === SHARED_IMAGE ? 'shared' : String(shard));
  return join(folder, readdirSync(folder)[0] ?? '');
}

imagesContract('DiskImages', async () => {
  const directory = scratchDirectory();
  return {
    open: async () => new DiskImages(directory.path),
    damage: async (image) => {
      const file = fileOf(directory.path, image);
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(20) ^ 4, 20);
      writeFileSync(file, bytes);
    },
    destroy: async () => directory.remove(),
  };
});

test('an image for which there is no room is told with its file and leaves nothing, and the older ones stay', async () => {
  const directory = scratchDirectory();
  try {
    const no = new PortError('full', 'the disk of /data has 3 MiB left; free some space');
    let pieces = Number.POSITIVE_INFINITY;
    const images = new DiskImages(directory.path, () => (pieces-- > 0 ? undefined : no));
    const older = await images.write(source(5, 3));
    // Head, state and rows are there, its index is not.
    pieces = 3;
    await expect(images.write(source(6, 3))).rejects.toMatchObject({
      ...{ kind: 'full', outcome: 'nothing_written' },
      message: expect.stringMatching(
        /^there is no room to write .*0006\.\d+\.img: the disk of .* free some space$/,
      ),
    });
    expect(await images.list(older.shard)).toEqual([older]);
    expect(readdirSync(join(directory.path, String(older.shard)))).toHaveLength(1);
    pieces = Number.POSITIVE_INFINITY;
    const newer = await images.write(source(6, 3));
    expect(await images.list(older.shard)).toEqual([newer, older]);
  } finally {
    directory.remove();
  }
});

test('a flipped bit in any byte, a cut at any length and another name are damage with the name of the file', async () => {
  const directory = scratchDirectory();
  try {
    const images = new DiskImages(directory.path);
    const image = await images.write(source(5, 3));
    const file = fileOf(directory.path, image);
    const sound = readFileSync(file);
    const damage = { kind: 'corrupt', message: expect.stringContaining(file) };
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(file, bytes);
      await expect(images.check(image), `byte ${at}`).rejects.toMatchObject(damage);
      writeFileSync(file, sound.subarray(0, at));
      await expect(images.check(image), `cut at ${at}`).rejects.toMatchObject(damage);
    }
    writeFileSync(file, sound);
    await images.check(image);
    renameSync(file, file.replace('0005.', '0006.'));
    const [renamed] = await images.list(1);
    await expect(images.check(renamed as ImageHead)).rejects.toMatchObject({ kind: 'corrupt' });
    await expect(images.check(image)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('gone'),
    });
  } finally {
    directory.remove();
  }
});
