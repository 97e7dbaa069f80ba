import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { openLmdb } from './environment.ts';
import { LmdbCatalogLog } from './lmdb-catalog-log.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { LmdbSnapshotStore } from './lmdb-snapshot-store.ts';

let directory: ScratchDirectory;
beforeEach(() => {
  directory = scratchDirectory();
});
afterEach(() => directory.remove());

test('a file that is no LMDB environment is corrupt, and the sentence names it', () => {
  const file = join(directory.path, 'state.mdb');
  writeFileSync(file, Buffer.alloc(16_384, 'not a database '));
  expect(() => openLmdb(directory.path)).toThrow(
    expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(file) }),
  );
});

test('a data directory that cannot be made is unavailable, and the sentence names it', () => {
  writeFileSync(join(directory.path, 'occupied'), '');
  const path = join(directory.path, 'occupied', 'data');
  expect(() => openLmdb(path)).toThrow(
    expect.objectContaining({ kind: 'unavailable', message: expect.stringContaining(path) }),
  );
});

test('writes of one tick share one commit, those that gather meanwhile share the next', async () => {
  const env = openLmdb(directory.path);
  const put = (n: number) =>
    env.commits.run(() => void env.catalog.put(Buffer.of(n), Buffer.of(n)), 'growth');
  const before = lastTransaction(env.catalog);
  const first = Array.from({ length: 32 }, (_, n) => put(n));
  await new Promise((resolve) => setImmediate(resolve));
  const second = Array.from({ length: 32 }, (_, n) => put(32 + n));
  await Promise.all([...first, ...second]);
  expect(lastTransaction(env.catalog) - before).toBe(2);
  expect(env.commits.commits).toBe(2);
  await env.close();
});

test('a disk with less than the reserve left takes nothing that only grows, but can be read and cleared', async () => {
  const roomy = openLmdb(directory.path);
  await new LmdbCatalogLog(roomy).append([Uint8Array.of(1)]);
  await roomy.close();
  const env = openLmdb(directory.path, { reserveBytes: Number.MAX_SAFE_INTEGER });
  const catalog = new LmdbCatalogLog(env);
  await expect(catalog.append([Uint8Array.of(3)])).rejects.toMatchObject({
    kind: 'full',
    outcome: 'nothing_written',
    message: expect.stringContaining(directory.path),
  });
  expect(await catalog.read(1, 9)).toHaveLength(1);
  await new LmdbSnapshotStore(env).clear(0);
  await env.close();
});

test('a write behind the close is refused', async () => {
  const env = openLmdb(directory.path);
  const put = () => env.commits.run(() => void env.catalog.put(Buffer.of(1), Buffer.of(1)), 'growth');
  const under = put();
  const closing = env.close();
  await under;
  await closing;
  await expect(put()).rejects.toMatchObject({ kind: 'unavailable', outcome: 'nothing_written' });
});

test('a commit that does not come back is given up, its outcome unknown, and no more is written', async () => {
  const env = openLmdb(directory.path, { commitMsMax: 200 });
  const catalog = new LmdbCatalogLog(env);
  await catalog.append([Uint8Array.of(1)]);
  const module = new URL('./environment.ts', import.meta.url).href;
  const script = `
    import { writeSync } from 'node:fs';
    const { openLmdb } = await import(${JSON.stringify(module)});
    openLmdb(${JSON.stringify(directory.path)}).catalog.transactionSync(() => {
      writeSync(1, 'held');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(catalog.append([Uint8Array.of(2)])).rejects.toMatchObject({
    kind: 'unavailable',
    outcome: 'unknown',
    message: expect.stringContaining('has not returned within 200 ms'),
  });
  await expect(catalog.append([Uint8Array.of(3)])).rejects.toMatchObject({
    kind: 'unavailable',
    outcome: 'nothing_written',
    message: expect.stringContaining('the process must start again'),
  });
  expect(await catalog.read(1, 9)).toHaveLength(1);
  await env.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test.each([
  ['by little', 40_000, 50],
  ['by much', 40_000, 500],
  ['to less than its head', 100, 50],
])('a file that was cut short %s is noticed', async (_, bytes, records) => {
  const env = openLmdb(directory.path);
  const catalog = new LmdbCatalogLog(env);
  for (let n = 0; n < records; n++) await catalog.append([Buffer.alloc(5_000, n)]);
  await env.close();
  truncateSync(env.file, bytes);
  const again = async (): Promise<unknown> => new LmdbCatalogLog(openLmdb(directory.path)).read(1, records);
  await expect(again()).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining(env.file),
  });
});

test.each([
  [-30792, 'full', 'nothing_written'],
  [28, 'full', 'nothing_written'],
  [-30796, 'corrupt', 'unknown'],
  [-30797, 'corrupt', 'unknown'],
  [30, 'unavailable', 'nothing_written'],
  [5, 'unavailable', 'unknown'],
])('LMDB’s code %i is %s, outcome %s', (code, kind, outcome) => {
  const fault = lmdbFault(Object.assign(new Error('reason'), { code }), 'the file');
  expect(fault).toMatchObject({ kind, outcome, message: expect.stringMatching(/the file.*reason/) });
});

/** LMDB's own count of committed transactions. */
function lastTransaction(table: { getStats(): object }): number {
  return (table.getStats() as { lastTxnId: number }).lastTxnId;
}
