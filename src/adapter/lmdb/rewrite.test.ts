import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { type LmdbEnvironment, openLmdb } from './environment.ts';
import { LmdbSnapshotStore } from './lmdb-snapshot-store.ts';
import { checkState } from './state-check.ts';

let scratch: ScratchDirectory;
let env: LmdbEnvironment;
beforeEach(() => {
  scratch = scratchDirectory();
  env = openLmdb(scratch.path, { reserveBytes: 0 });
});
afterEach(async () => {
  await env.close();
  scratch.remove();
});

const idOf = (n: number): string => {
  const bytes = Buffer.alloc(16, 9);
  bytes.writeUInt32BE(Math.imul(n, 2_654_435_761) >>> 0, 0);
  return bytes.toString('base64url');
};
const put = (n: number, text: string, seq = 1) => ({
  ...{ id: idOf(n), seq, revision: 1, due: n % 3 === 0 ? 5_000 + n : 0 },
  bytes: Buffer.from(text),
  ...(n % 5 === 0 && { audiences: ['ads'] }),
});
const textOf = (store: LmdbSnapshotStore, n: number): string =>
  Buffer.from((store.get(0, idOf(n)) as { readonly bytes: Uint8Array }).bytes).toString();
const names = (): readonly string[] => readdirSync(scratch.path).filter((name) => !name.endsWith('-lock'));

test('nothing of rows that were replaced or dropped is left in the file, and every other row is', async () => {
  const store = new LmdbSnapshotStore(env);
  let counter = 0;
  for (let from = 0; from < 3_000; from += 500) {
    const puts = Array.from({ length: 500 }, (_, n) =>
      put(from + n, `gone-${from + n}-${'x'.repeat(n * 7)}`),
    );
    counter = await store.write(0, puts, counter);
  }
  // Replaced, dropped in pages that stay, and dropped with all that is beside it.
  counter = await store.write(
    0,
    Array.from({ length: 1_000 }, (_, n) => put(n, `kept-${n}`, 2)),
    counter,
  );
  const dropped = [...Array.from({ length: 1_000 }, (_, n) => 1_000 + n), ...[2_000, 2_500, 2_999]];
  counter = await store.write(
    0,
    dropped.map((n) => ({ ...put(n, '', 3), audiences: [] })),
    counter,
  );
  counter = await store.write(
    0,
    Array.from({ length: 1_000 }, (_, n) => put(2_000 + n, `kept-${2_000 + n}`, 4)),
    counter,
  );
  await store.checkpoint(0, { sequence: 9, counter, state: Buffer.from('state') });
  expect(readFileSync(env.file).includes('gone-')).toBe(true);
  const { rows, bytes, bytesBefore } = await env.rewrite();
  const file = readFileSync(env.file);
  expect(file.includes('gone-')).toBe(false);
  expect([file.length, statSync(env.file).size]).toEqual([bytes, bytes]);
  expect(bytes).toBeLessThan(bytesBefore);
  expect(rows).toBeGreaterThan(2_000);
  const check = () => {
    for (const n of [0, 7, 999, 2_000, 2_500, 2_999]) expect(textOf(store, n)).toBe(`kept-${n}`);
  };
  check();
  expect(await store.count(0)).toBe(2_000);
  expect(await store.load(0)).toMatchObject({ counter, checkpoint: { sequence: 9 } });
  expect(await store.members(0, 'ads', '', 9)).toHaveLength(9);
  expect(await store.due(0, 1, 9_999, 9)).toHaveLength(9);
  // And what is written from now on is in the file that has the name.
  await store.write(0, [put(1_500, 'later', 5)], counter);
  await env.close();
  expect(names()).toEqual(['state.mdb']);
  expect(checkState(env.file)).toMatchObject({ fault: undefined, isEmpty: false });
  env = openLmdb(scratch.path);
  expect(textOf(new LmdbSnapshotStore(env), 1_500)).toBe('later');
});

test('what is written while it goes on is in it: at every moment each row is what was put last', async () => {
  const store = new LmdbSnapshotStore(env);
  let counter = await store.write(
    0,
    Array.from({ length: 12_000 }, (_, n) => put(n, `first-${n}`)),
    0,
  );
  const last = new Map<number, string>();
  let isOver = false;
  const rewritten = env.rewrite().finally(() => {
    isOver = true;
  });
  let during = 0;
  for (let seq = 2; !isOver || seq < 5; seq++) {
    const puts = Array.from({ length: 40 }, (_, i) => (seq * 977 + i * 101) % 12_000);
    counter = await store.write(
      0,
      [...new Set(puts)].map((n) => put(n, `then-${n}-${seq}`, seq)),
      counter,
    );
    for (const n of puts) last.set(n, `then-${n}-${seq}`);
    for (const n of puts) expect(textOf(store, n)).toBe(last.get(n));
    if (!isOver) during++;
  }
  // However fast the disk is: the copy takes more turns of the event loop than a batch does.
  expect(during).toBeGreaterThan(0);
  const { heldMs } = await rewritten;
  expect(heldMs).toBeLessThan(5_000);
  await env.close();
  env = openLmdb(scratch.path);
  const again = new LmdbSnapshotStore(env);
  for (let n = 0; n < 12_000; n++) expect(textOf(again, n)).toBe(last.get(n) ?? `first-${n}`);
  expect((await again.load(0)).counter).toBe(counter);
});

test('asked twice at once it is done once; a close breaks it off, and all is as it was', async () => {
  const store = new LmdbSnapshotStore(env);
  await store.write(
    0,
    Array.from({ length: 5_000 }, (_, n) => put(n, `kept-${n}`)),
    0,
  );
  expect(await Promise.all([env.rewrite(), env.rewrite()]).then(([a, b]) => a === b)).toBe(true);
  const cut = env.rewrite();
  const closed = env.close();
  await expect(cut).rejects.toMatchObject({ kind: 'unavailable' });
  await closed;
  expect(names()).toEqual(['state.mdb']);
  env = openLmdb(scratch.path);
  expect(textOf(new LmdbSnapshotStore(env), 4_999)).toBe('kept-4999');
});

test('without as much room again it is refused; what a crash left of one is removed at the start', async () => {
  const store = new LmdbSnapshotStore(env);
  await store.write(0, [put(1, 'kept-1')], 0);
  await env.close();
  for (const draft of ['state.mdb.7-1.tmp', 'state.mdb.7-1.tmp-lock'])
    writeFileSync(join(scratch.path, draft), 'half of it');
  writeFileSync(join(scratch.path, 'other.tmp'), 'not ours');
  env = openLmdb(scratch.path, { reserveBytes: Number.MAX_SAFE_INTEGER });
  expect(names()).toEqual(['other.tmp', 'state.mdb']);
  await expect(env.rewrite()).rejects.toMatchObject({
    kind: 'full',
    message: expect.stringContaining('are needed'),
  });
  expect(textOf(new LmdbSnapshotStore(env), 1)).toBe('kept-1');
});

test('what was set aside as damaged goes with it', async () => {
  const store = new LmdbSnapshotStore(env);
  await store.write(0, [put(1, 'kept-1')], 0);
  writeFileSync(`${env.file}.damaged`, 'somebody');
  await store.rewrite();
  expect(existsSync(`${env.file}.damaged`)).toBe(false);
});
