import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { generationAfter, keyFingerprintsOf, noteExtents, noteKeys, openFormat } from './data-format.ts';

let directory: ScratchDirectory;
beforeEach(() => {
  directory = scratchDirectory();
});
afterEach(() => directory.remove());

test('a new directory keeps the generation and shards it was made with', () => {
  expect(openFormat(directory.path, { generation: 7, shards: 64 })).toEqual({
    format: 3,
    generation: 7,
    shards: 64,
    hasExtents: false,
    keys: [],
  });
  expect(openFormat(directory.path, { generation: 8, shards: 64 })).toEqual({
    format: 3,
    generation: 7,
    shards: 64,
    hasExtents: false,
    keys: [],
  });
});

test('a FORMAT that is lost, damaged or says otherwise is taken from what is known, and written again', () => {
  const file = join(directory.path, 'FORMAT');
  const known = { format: 3, generation: 7, shards: 64 };
  noteExtents(directory.path, openFormat(directory.path, known));
  const whole = readFileSync(file, 'utf8');
  expect(whole).toBe('{"format":3,"generation":7,"shards":64,"extents":true}\n');
  for (const text of [
    undefined,
    '',
    whole.replace('7', '5'),
    whole.replace('64', '60'),
    whole.slice(0, 20),
  ]) {
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    const read = openFormat(directory.path, known, { known, isReadOnly: true });
    expect(read).toMatchObject({ ...known, hasExtents: true, healed: expect.stringContaining(file) });
    expect(openFormat(directory.path, known, { known })).toEqual(read);
    expect(readFileSync(file, 'utf8')).toBe(whole);
  }
  expect(openFormat(directory.path, known, { known }).healed).toBeUndefined();
});

test('what is noted of keys stays in FORMAT, whoever else writes it', () => {
  const wanted = { generation: 7, shards: 64 };
  expect(keyFingerprintsOf(directory.path)).toEqual([]);
  openFormat(directory.path, wanted);
  expect(keyFingerprintsOf(directory.path)).toEqual([]);
  noteKeys(directory.path, ['00c0ffee']);
  noteExtents(directory.path, openFormat(directory.path, wanted));
  noteKeys(directory.path, ['0badcafe', '00c0ffee']);
  expect(openFormat(directory.path, wanted)).toMatchObject({
    hasExtents: true,
    keys: ['0badcafe', '00c0ffee'],
  });
  expect(keyFingerprintsOf(directory.path)).toEqual(['0badcafe', '00c0ffee']);
});

test('another number of shards is refused', () => {
  openFormat(directory.path, { generation: 7, shards: 64 });
  expect(() => openFormat(directory.path, { generation: 7, shards: 32 })).toThrow(
    `${directory.path} was made for 64 shards and cannot be opened with 32`,
  );
});

test('an unknown format, an unreadable one and data without one are refused', () => {
  const file = join(directory.path, 'FORMAT');
  const wanted = { generation: 1, shards: 64 };
  writeFileSync(file, '{"format":99,"generation":1,"shards":64}');
  expect(() => openFormat(directory.path, wanted)).toThrow(
    'was written in format 99, and this version reads format 3',
  );
  for (const text of ['', '{"format":3}', 'null', '{"format":3,"generation":-1,"shards":64}']) {
    writeFileSync(file, text);
    expect(() => openFormat(directory.path, wanted)).toThrow(`${file} cannot be read as`);
  }
  const other = scratchDirectory();
  writeFileSync(join(other.path, 'state.mdb'), '');
  expect(() => openFormat(other.path, wanted)).toThrow('holds data but no FORMAT file');
  other.remove();
});

test('a directory of 0.1.0 is refused, with what to do', () => {
  writeFileSync(join(directory.path, 'FORMAT'), '{"format":2,"generation":1,"shards":64}');
  expect(() => openFormat(directory.path, { generation: 1, shards: 64 })).toThrow(
    `${directory.path} was written in format 2, and this version reads format 3 only: keep using version 0.1.0 for it, or begin with an empty directory`,
  );
});

test('a generation is later than the one before, whatever a clock says, and fits the extents', () => {
  const now = Date.UTC(2026, 10, 30);
  expect(generationAfter(1, now)).toBe(now / 1_000);
  expect(generationAfter(now / 1_000, now)).toBe(now / 1_000 + 1);
  expect(generationAfter(7, 0)).toBe(8);
  expect(generationAfter(7, Date.UTC(2200, 0, 1))).toBe(8);
});
