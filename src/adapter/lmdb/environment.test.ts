import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendGroup } from '../../port/fact-log.contract.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.ts';
import { openLmdb } from './environment.ts';
import { LmdbFactLog } from './lmdb-fact-log.ts';
import { lmdbFault } from './lmdb-fault.ts';

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

test('what was acknowledged is there after kill -9', async () => {
  const modules = ['./environment.ts', './lmdb-fact-log.ts'].map(
    (file) => new URL(file, import.meta.url).href,
  );
  const script = `
    const [{ openLmdb }, { LmdbFactLog }] = await Promise.all(${JSON.stringify(modules)}.map((url) => import(url)));
    const log = new LmdbFactLog(openLmdb(${JSON.stringify(directory.path)}));
    for (let n = 0; ; n++) {
      await Promise.all([0, 1, 2].map((shard) => log.append(shard, n, Buffer.alloc(700, n))));
      process.stdout.write(n + 1 + '\\n');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 150) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const log = new LmdbFactLog(openLmdb(directory.path));
  for (const shard of [0, 1, 2]) {
    const { last } = await log.bounds(shard);
    expect(last).toBeGreaterThanOrEqual(acknowledged);
    const records = await log.read(shard, 1, last);
    expect(records.map(({ bytes }) => bytes[699])).toEqual(Array.from({ length: last }, (_, n) => n & 0xff));
  }
  await log.close();
});

test('a commit that does not come back is given up, its outcome unknown, and no more is written', async () => {
  const log = new LmdbFactLog(openLmdb(directory.path, { commitMsMax: 200 }));
  await log.append(0, 0, Uint8Array.of(1));
  const module = new URL('./environment.ts', import.meta.url).href;
  const script = `
    import { writeSync } from 'node:fs';
    const { openLmdb } = await import(${JSON.stringify(module)});
    openLmdb(${JSON.stringify(directory.path)}).records.transactionSync(() => {
      writeSync(1, 'held');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const late = {
    kind: 'unavailable',
    outcome: 'unknown',
    message: expect.stringContaining('has not returned within 200 ms'),
  };
  const group = [0, 2].map((shard) => ({
    shard,
    expectedLast: shard === 0 ? 1 : 0,
    bytes: Uint8Array.of(2),
  }));
  expect(await appendGroup(log, group)).toMatchObject([late, late]);
  await expect(log.append(1, 0, Uint8Array.of(3))).rejects.toMatchObject({
    kind: 'unavailable',
    outcome: 'nothing_written',
    message: expect.stringContaining('the process must start again'),
  });
  expect(await log.bounds(0)).toEqual({ first: 1, last: 1 });
  await log.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test.each([
  ['by little', 40_000, 50],
  ['by much', 40_000, 500],
  ['to less than its head', 100, 50],
])('a file that was cut short %s is noticed', async (_, bytes, records) => {
  const env = openLmdb(directory.path);
  const log = new LmdbFactLog(env);
  for (let n = 0; n < records; n++) await log.append(0, n, Buffer.alloc(5_000, n));
  await log.close();
  truncateSync(env.file, bytes);
  const again = async (): Promise<unknown> => new LmdbFactLog(openLmdb(directory.path)).read(0, 1, records);
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
