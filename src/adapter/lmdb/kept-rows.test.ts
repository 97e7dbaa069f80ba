import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type LmdbEnvironment, openLmdb } from './environment.ts';
import { type CopiedRow, readCopy } from './row-copy.ts';
import { seal } from './sealed-value.ts';

let scratch: ScratchDirectory;
let path: string;
let env: LmdbEnvironment;
let told: string[];
beforeEach(async () => {
  scratch = scratchDirectory();
  path = join(scratch.path, 'editions.log');
  told = [];
  await open();
});
afterEach(async () => {
  await env.close();
  scratch.remove();
});

const row = (key: string, text: string, table: CopiedRow['table'] = 'editions'): CopiedRow => {
  const bytes = Buffer.from(key);
  return { table, key: bytes, value: seal(bytes, Buffer.from(text)) };
};
const nameOf = ({ table, key }: Pick<CopiedRow, 'table' | 'key'>): string => `${table}/${key}`;
const differences = () => {
  const { toTables, toCopy, lost, written } = env.kept.differences(readCopy(path));
  return { toTables: toTables.map(nameOf), toCopy: toCopy.map(nameOf), lost, written };
};
const alike = (written: number) => ({ toTables: [], toCopy: [], lost: [], written });
const heldOf = ({ table, key }: CopiedRow): Buffer | undefined => env[table].getBinary(key);

/** As a start does. */
async function open(): Promise<void> {
  env = openLmdb(scratch.path, { reserveBytes: 0 });
  const found = readCopy(path);
  const onFault = (sentence: string) => void told.push(sentence);
  await env.kept.attach(path, found, env.kept.differences(found), onFault);
}

/** Changes the tables as if nobody kept a copy of them. */
function harm(change: () => void): Promise<void> {
  return env.commits.run(change, 'growth');
}

test('rows are in the tables and in the copy once put, and counted', async () => {
  await env.kept.put([row('a', 'one'), row('b', 'two', 'catalog')]);
  await env.kept.put([row('a', 'newer')]);
  expect(env.kept.written).toBe(3);
  expect(heldOf(row('a', ''))).toEqual(row('a', 'newer').value);
  expect(readCopy(path).rows.map(nameOf)).toEqual(['catalog/b', 'editions/a']);
  expect(differences()).toEqual(alike(3));
  await env.close();
  await open();
  expect(env.kept.written).toBe(3);
  expect(differences()).toEqual(alike(3));
});

test('a row that the tables lost, or have damaged, comes back from the copy', async () => {
  await env.kept.put([row('a', 'one'), row('b', 'two', 'catalog'), row('c', 'three')]);
  await harm(() => {
    void env.editions.remove(Buffer.from('a'));
    void env.catalog.put(Buffer.from('b'), Buffer.from('no sealed value'));
  });
  expect(differences()).toMatchObject({ toTables: ['editions/a', 'catalog/b'], toCopy: [], lost: [] });
  await env.close();
  await open();
  expect(differences()).toEqual(alike(3));
  expect(heldOf(row('a', ''))).toEqual(row('a', 'one').value);
  expect(heldOf(row('b', '', 'catalog'))).toEqual(row('b', 'two', 'catalog').value);
});

test('a row that the copy lost comes back from the tables; one that is damaged there and in no copy is named', async () => {
  await env.kept.put([row('a', 'one')]);
  await env.kept.put([row('b', 'two')]);
  await env.close();
  const bytes = readFileSync(path);
  // In the value of the first row: what follows is whole.
  writeFileSync(path, bytes.fill(0xff, 23, 24));
  env = openLmdb(scratch.path, { reserveBytes: 0 });
  expect(differences()).toMatchObject({ toTables: [], toCopy: ['editions/a'], lost: [] });
  await harm(() => void env.editions.put(Buffer.from('a'), Buffer.from('no sealed value')));
  expect(differences()).toMatchObject({ toTables: [], toCopy: [], lost: ['editions/a'] });
  await harm(() => void env.editions.put(Buffer.from('a'), row('a', 'one').value as Buffer));
  await env.close();
  await open();
  expect(readCopy(path)).toMatchObject({ damagedAt: [] });
  expect(readCopy(path).rows.map(nameOf).sort()).toEqual(['editions/a', 'editions/b']);
  expect(differences()).toMatchObject({ toTables: [], toCopy: [], lost: [] });
});

test.each(['tables', 'copy'] as const)('of %s that are older the newer rows win', async (older) => {
  const saved = join(scratch.path, 'older');
  const file = older === 'tables' ? env.file : path;
  await env.kept.put([row('a', 'one'), row('b', 'two')]);
  await env.close();
  writeFileSync(saved, readFileSync(file));
  await open();
  await env.kept.put([row('a', 'newer')]);
  await env.kept.put([row('c', 'three', 'catalog')]);
  await env.close();
  renameSync(saved, file);
  env = openLmdb(scratch.path, { reserveBytes: 0 });
  const moved = ['editions/a', 'catalog/c'];
  expect(differences()).toMatchObject({
    ...(older === 'tables' ? { toTables: moved, toCopy: [] } : { toTables: [], toCopy: moved }),
    ...{ lost: [], written: 4 },
  });
  await env.close();
  await open();
  expect(heldOf(row('a', ''))).toEqual(row('a', 'newer').value);
  expect(differences()).toMatchObject({ toTables: [], toCopy: [], lost: [] });
});

test('what was refused is not counted: without the tables the copy still has as many rows as were written', async () => {
  await env.kept.put([row('a', 'one')]);
  let refused = 3;
  const run = env.commits.run.bind(env.commits);
  env.commits.run = (apply, need) => (refused-- > 0 ? Promise.reject(new Error('full')) : run(apply, need));
  for (let n = 0; n < 3; n++) await expect(env.kept.put([row('a', 'refused')])).rejects.toThrow('full');
  await Promise.all([env.kept.put([row('a', 'newer')]), env.kept.put([row('b', 'two')])]);
  expect(env.kept.written).toBe(3);
  await env.close();
  rmSync(env.file);
  env = openLmdb(scratch.path, { reserveBytes: 0 });
  expect(differences()).toMatchObject({ toTables: ['editions/a', 'editions/b'], written: 3 });
});

test('a copy that cannot be written costs no put, is told once, and is caught up by a beat', async () => {
  await env.kept.put([row('a', 'one')]);
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  await env.kept.put([row('b', 'two')]);
  await env.kept.beat();
  await env.kept.put([row('c', 'three')]);
  expect(env.kept.written).toBe(3);
  expect(told).toHaveLength(1);
  rmdirSync(path);
  renameSync(`${path}.away`, path);
  expect(differences()).toMatchObject({ toCopy: ['editions/b', 'editions/c'] });
  await env.kept.beat();
  expect(differences()).toEqual(alike(3));
});

test('an environment without a copy keeps rows and counts none', async () => {
  const apart = openLmdb(join(scratch.path, 'apart'), { reserveBytes: 0 });
  await apart.kept.put([row('a', 'one')]);
  await apart.kept.beat();
  expect(apart.kept.written).toBe(0);
  expect(apart.editions.getBinary(Buffer.from('a'))).toEqual(row('a', 'one').value);
  await apart.close();
});
