/** That the search sees: a value that is planted in any kind of file, in any form, is found. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskArchive } from '../../adapter/disk/disk-archive.ts';
import { DiskErasures } from '../../adapter/disk/disk-erasures.ts';
import { DiskFactLog } from '../../adapter/disk/disk-fact-log.ts';
import { DiskImages } from '../../adapter/disk/disk-images.ts';
import { openLmdb } from '../../adapter/lmdb/environment.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { formsOf, formsOfId } from './byte-forms.fixture.ts';
import { searchFiles, searchText } from './search-files.fixture.ts';

const VALUE = 'zplanted-value-5f3a';
const DIGITS = 'd1'.repeat(32);

let scratch: ScratchDirectory;
beforeEach(() => {
  scratch = scratchDirectory();
  mkdirSync(scratch.path, { recursive: true });
});
afterEach(() => scratch.remove());

const within = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.alloc(997, 'before '), bytes, Buffer.alloc(1_003, ' behind')]);
const found = async (): Promise<readonly string[]> =>
  (await searchFiles(scratch.path, formsOf(VALUE))).map(({ file }) => file);

test('every form of a text, a key of hexadecimal digits and an id is found in a plain file', async () => {
  const file = join(scratch.path, 'some.file');
  const id = Buffer.alloc(16, 7).toString('base64url');
  for (const form of [...formsOf(VALUE), ...formsOf(DIGITS), ...formsOfId(id)]) {
    writeFileSync(file, within(form.bytes));
    const all = await searchFiles(scratch.path, [form]);
    expect(
      all.map(({ text }) => text),
      form.form,
    ).toEqual([form.text]);
  }
  writeFileSync(file, within(Buffer.from('nobody')));
  expect(await searchFiles(scratch.path, [...formsOf(VALUE), ...formsOf(DIGITS), ...formsOfId(id)])).toEqual(
    [],
  );
});

test('a text within others is found in base64, wherever it begins', () => {
  for (let before = 0; before < 6; before++) {
    const text = Buffer.from(`${'x'.repeat(before)}${VALUE}yyy`);
    for (const encoding of ['base64', 'base64url'] as const)
      expect(searchText('reply', text.toString(encoding), formsOf(VALUE)), `${before}`).not.toEqual([]);
  }
});

test.each([
  ['gzip', zlib.gzipSync],
  ['zlib', zlib.deflateSync],
  ['zstd', zlib.zstdCompressSync],
])('what is compressed by %s within a file is found', async (_, compress) => {
  // Of random bytes nothing is left as it is but what is compressed.
  writeFileSync(
    join(scratch.path, 'some.file'),
    within(compress(Buffer.from(`${VALUE} `.repeat(40)).reverse())),
  );
  expect(await found()).toEqual([]);
  writeFileSync(join(scratch.path, 'some.file'), within(compress(Buffer.from(`${VALUE} `.repeat(40)))));
  expect(await found()).toContain('some.file');
});

test('it is found in each kind of file that a service writes', async () => {
  const bytes = within(Buffer.from(VALUE));
  const log = new DiskFactLog(join(scratch.path, 'log'), { fileBytes: 65_536, reserveBytes: 0 });
  await log.append(0, 0, bytes);
  await log.close();
  const archive = new DiskArchive(join(scratch.path, 'archive'));
  const records = Array.from({ length: 40 }, (_, n) => ({
    sequence: n + 1,
    bytes: n === 33 ? bytes : Buffer.alloc(20_000, n),
  }));
  await archive.write(0, records, { from: 1, to: 2 });
  const images = new DiskImages(join(scratch.path, 'images'));
  const image = (shard: number, state: Uint8Array, row: Uint8Array) =>
    images.write({
      ...{ shard, generation: 1, sequence: 5, at: 9, state },
      rows: (async function* () {
        yield [{ id: Buffer.alloc(16, 1).toString('base64url'), seq: 5, revision: 1, due: 0, bytes: row }];
      })(),
    });
  await image(0, bytes, Buffer.alloc(9));
  await images.setAside(await image(1, Buffer.alloc(9), bytes));
  const state = openLmdb(scratch.path);
  await state.commits.run(() => void state.catalog.put(Buffer.of(1), bytes), 'growth');
  await state.close();
  const erasures = new DiskErasures(join(scratch.path, 'ERASURES'));
  await erasures.save({
    receipt: 'r',
    caseId: VALUE,
    at: 1,
    completeBy: 2,
    actors: [],
    untold: [],
    doneAt: 0,
  });
  await erasures.close();
  const kinds = new Set((await found()).map((file) => file.replace(/^.*[/.]/, '')));
  expect([...kinds].sort()).toEqual(['ERASURES', 'aside', 'img', 'log', 'mdb', 'seg']);
});
