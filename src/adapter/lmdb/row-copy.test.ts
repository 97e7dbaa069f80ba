import { mkdirSync, readFileSync, renameSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type CopiedRow, type FoundCopy, RowCopy, readCopy, writeCopy } from './row-copy.ts';

let scratch: ScratchDirectory;
let path: string;
let told: string[];
beforeEach(() => {
  scratch = scratchDirectory();
  path = join(scratch.path, 'editions.log');
  told = [];
});
afterEach(() => scratch.remove());

const row = (key: string, value: string, table: CopiedRow['table'] = 'editions'): CopiedRow => ({
  ...{ table, key: Buffer.from(key), value: Buffer.from(value) },
});
const opened = (found: Pick<FoundCopy, 'end' | 'written'> = readCopy(path)): RowCopy =>
  new RowCopy(path, found, (sentence) => void told.push(sentence));
/** `table/key=value#number` of each row, in order. */
const said = ({ rows }: FoundCopy): string[] =>
  rows.map(({ table, key, value, number }) => `${table}/${key}=${value}#${number}`);

async function written(): Promise<void> {
  const copy = opened();
  await copy.add([row('a', 'one'), row('b', 'two', 'catalog')]);
  await copy.add([row('c', 'three')]);
  await copy.close();
}

test('the newest row of each key is read again, in the order of writing, over starts and tables', async () => {
  expect(readCopy(path)).toEqual({ rows: [], written: 0, damagedAt: [], isMissing: true, end: 0 });
  await written();
  const again = opened();
  expect(again.written).toBe(3);
  await again.add([row('a', 'newer'), row('a', 'of the catalogue', 'catalog')]);
  const found = readCopy(path);
  expect(said(found)).toEqual([
    'catalog/b=two#2',
    'editions/c=three#3',
    'editions/a=newer#4',
    'catalog/a=of the catalogue#5',
  ]);
  expect(found).toMatchObject({ written: 5, damagedAt: [], isMissing: false });
  expect(found.end).toBe(readFileSync(path).length);
});

test('a copy cut at any length has every row that is whole, calls nothing damaged, and goes on in its place', async () => {
  await written();
  const whole = readFileSync(path);
  const all = said(readCopy(path));
  const ends = [0, 25, 50];
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const found = readCopy(path);
    const count = ends.filter((end) => end <= length).length - 1;
    expect([length, said(found)]).toEqual([length, all.slice(0, count)]);
    expect(found).toMatchObject({ damagedAt: [], end: ends[count], written: count });
  }
  truncateSync(path, whole.length - 1);
  const copy = opened();
  await copy.add([row('d', 'four')]);
  expect(said(readCopy(path))).toEqual([...all.slice(0, 2), 'editions/d=four#3']);
  expect(readCopy(path).damagedAt).toEqual([]);
});

test('a bit flipped anywhere costs the row that it is in, which is told with its place, and no other', async () => {
  await written();
  const whole = readFileSync(path);
  const all = said(readCopy(path));
  const starts = [0, 25, 50];
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(path, bytes);
    const hit = starts.findLastIndex((start) => start <= at);
    const found = readCopy(path);
    expect([at, said(found)]).toEqual([at, all.filter((_, n) => n !== hit)]);
    // The last one cannot be told from one that a crash cut short.
    expect(found.damagedAt).toEqual(hit === 2 ? [] : [starts[hit]]);
  }
});

test('rows that could not be written are told once, kept, and written by the next try, in their order', async () => {
  mkdirSync(path);
  const copy = opened({ end: 0, written: 0 });
  await copy.add([row('a', 'one')]);
  await copy.add([row('b', 'two')]);
  expect(told).toEqual([
    `${path}, the second copy of catalogue and editions, cannot be written; it is tried again each second`,
  ]);
  expect(copy.written).toBe(0);
  rmdirSync(path);
  await copy.add([]);
  expect(said(readCopy(path))).toEqual(['editions/a=one#1', 'editions/b=two#2']);
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  await copy.add([row('c', 'three')]);
  // Another time is told again; what was not written until the end is tried there once more.
  expect(told).toHaveLength(2);
  rmdirSync(path);
  renameSync(`${path}.away`, path);
  await copy.close();
  expect(said(readCopy(path)).at(-1)).toBe('editions/c=three#3');
});

test('what a failed write left behind the end is written over, and never read', async () => {
  await written();
  const found = readCopy(path);
  // Half of an entry, and one that looks whole behind it.
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.concat([whole, whole.subarray(0, 20), whole.subarray(25, 50), whole]));
  const copy = opened(found);
  await copy.add([row('d', 'four')]);
  expect(said(readCopy(path))).toEqual([...said(found), 'editions/d=four#4']);
  expect(readCopy(path).damagedAt).toEqual([]);
});

test('a copy written anew is the rows that it is given, under their numbers', async () => {
  await written();
  const { rows } = readCopy(path);
  const kept = rows.filter(({ number }) => number !== 2);
  const { end } = writeCopy(path, kept);
  expect(readCopy(path)).toEqual({ rows: kept, written: 3, damagedAt: [], isMissing: false, end });
  expect(writeCopy(path, [])).toEqual({ end: 0 });
  expect(readCopy(path)).toMatchObject({ rows: [], written: 0, isMissing: false });
});
