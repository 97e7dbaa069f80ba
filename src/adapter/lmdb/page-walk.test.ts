import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedRng } from '../../base/rng.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { openLmdb } from './environment.ts';
import { LmdbCatalogLog } from './lmdb-catalog-log.ts';
import { LmdbEditions } from './lmdb-editions.ts';
import { LmdbSnapshotStore } from './lmdb-snapshot-store.ts';
import { walkPages } from './page-walk.ts';
import { unseal } from './sealed-value.ts';

let directory: ScratchDirectory;
let sound: string;
let copy: string;
const rng = seedRng(11, 0x1a);

beforeAll(async () => {
  directory = scratchDirectory();
  sound = join(directory.path, 'state.mdb');
  copy = join(directory.path, 'copy.mdb');
  const env = openLmdb(directory.path);
  const snapshots = new LmdbSnapshotStore(env);
  const ids = Array.from({ length: 600 }, (_, i) => bytes(16, i).toString('base64url'));
  for (let batch = 0; batch < 12; batch++) {
    const puts = ids.slice(batch * 40, batch * 40 + 160).map((id, i) => ({
      id,
      seq: batch,
      revision: 1,
      due: (i % 3) * (1_000 + i),
      bytes: bytes(60 + (i % 9) * 90, i),
    }));
    await snapshots.write(0, puts, batch);
    await snapshots.checkpoint(0, { sequence: batch, counter: batch + 1, state: bytes(9_000, batch) });
    await new LmdbCatalogLog(env).append([bytes(500, batch)]);
  }
  await new LmdbEditions(env, { now: () => 1 }).put({
    kind: 'policy',
    version: 'v1',
    sha256: 'a',
    bytes: bytes(40_000, 1),
  });
  await env.close();
});
afterAll(() => directory.remove());

function bytes(length: number, seed: number): Buffer {
  const draws = seedRng(seed, 5);
  return Buffer.from(Array.from({ length }, () => draws.intBelow(256)));
}

/** What a walk finds: its fault, rows whose seal is broken, and a hash of all rows. */
function look(path: string): {
  readonly fault: string | undefined;
  readonly broken: number;
  readonly rows: string;
} {
  const hash = createHash('sha256');
  let broken = 0;
  const fault = walkPages(path, (table, key, value) => {
    if (table !== 'due' && unseal(key, value) === undefined) broken++;
    hash.update(`${table}/`).update(key).update('=').update(value);
  });
  return { fault, broken, rows: hash.digest('hex') };
}

test('a file that LMDB left is sound, and every row is seen once', () => {
  let rows = 0;
  const tables = new Set<string>();
  expect(
    walkPages(sound, (table) => {
      rows++;
      tables.add(table);
    }),
  ).toBeUndefined();
  expect([...tables].sort()).toEqual(['catalog', 'checkpoints', 'due', 'editions', 'snapshots']);
  expect(rows).toBeGreaterThan(600 + 12);
});

test('a flipped bit is found, or it changes no row', () => {
  const whole = look(sound);
  expect(whole).toMatchObject({ fault: undefined, broken: 0 });
  const { size } = statSync(sound);
  copyFileSync(sound, copy);
  const fd = openSync(copy, 'r+');
  let found = 0;
  const silent: number[] = [];
  // The heads of pages and what is right behind them are a small part of the file, and the part that matters most.
  const places = Array.from({ length: 500 }, (_, i) =>
    i % 3 === 0
      ? rng.intBelow(size)
      : Math.min(size - 1, rng.intBelow(size / 8_192) * 8_192 + rng.intBelow(i % 3 === 1 ? 64 : 400)),
  );
  for (const at of places) {
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, at);
    const flipped = Buffer.of((byte[0] as number) ^ (1 << rng.intBelow(8)));
    writeSync(fd, flipped, 0, 1, at);
    const now = look(copy);
    if (now.fault !== undefined || now.broken > 0) found++;
    else if (now.rows !== whole.rows) silent.push(at);
    writeSync(fd, byte, 0, 1, at);
  }
  closeSync(fd);
  expect(found).toBeGreaterThan(30);
  // Keys of the index of due customers carry no seal: who reads them compares them with the snapshots.
  expect(silent.filter((at) => !isInDue(at))).toEqual([]);
});

/** Whether the page of this byte is one of the table `due`. */
function isInDue(at: number): boolean {
  const page = readFileSync(sound)
    .subarray(Math.floor(at / 8_192) * 8_192)
    .subarray(0, 8_192);
  const first = 24 + page.readUInt16LE(24);
  return page.readUInt16LE(first + 6) === 24;
}

test('a file that was cut short, or is none, is told', () => {
  copyFileSync(sound, copy);
  for (const length of [statSync(sound).size - 3 * 8_192, 30_000, 8_192, 100, 0]) {
    truncateSync(copy, length);
    expect(look(copy).fault, String(length)).toMatch(/cut short|missing/);
  }
});
