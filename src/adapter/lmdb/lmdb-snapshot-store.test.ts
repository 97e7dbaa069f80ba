import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { snapshotStoreContract } from '../../port/snapshot-store.contract.ts';
import { openLmdb } from './environment.ts';
import { LmdbSnapshotStore } from './lmdb-snapshot-store.ts';
import { shardKey } from './number-keys.ts';
import { seal } from './sealed-value.ts';
import { snapshotKey } from './snapshot-row.ts';

snapshotStoreContract(
  'LmdbSnapshotStore',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new LmdbSnapshotStore(openLmdb(directory.path)),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 25 },
);

describe('the embedded store', () => {
  let directory: ScratchDirectory;
  const id = 'AAECAwQFBgcICQoLDA0ODw';
  beforeEach(() => {
    directory = scratchDirectory();
  });
  afterEach(() => directory.remove());

  test('answers a look-up at once, without a promise', async () => {
    const env = openLmdb(directory.path);
    const store = new LmdbSnapshotStore(env);
    await store.write(0, [{ id, seq: 3, revision: 1, due: 0, bytes: Uint8Array.of(5) }], 0);
    expect(store.get(0, id)).toEqual({ seq: 3, revision: 1, due: 0, bytes: Buffer.of(5) });
    await env.close();
  });

  test('a flipped bit is noticed by get and by scan', async () => {
    const env = openLmdb(directory.path);
    const store = new LmdbSnapshotStore(env);
    await store.write(4, [{ id, seq: 3, revision: 1, due: 0, bytes: Uint8Array.of(5, 6, 7) }], 0);
    const key = snapshotKey(4, id);
    const value = Buffer.from(env.snapshots.getBinary(key) ?? []);
    value.writeUInt8((value.at(-2) ?? 0) ^ 64, value.length - 2);
    await env.snapshots.put(key, value);
    expect(() => store.get(4, id)).toThrow(/snapshot of AAECAwQFBgcICQoLDA0ODw in shard 4 is damaged/);
    await expect(store.scan(4, '', 10)).rejects.toMatchObject({ kind: 'corrupt' });
    await env.close();
  });

  test('a damaged row is named among the ids, and replaced by a put whatever it held, its due time too', async () => {
    const env = openLmdb(directory.path);
    const store = new LmdbSnapshotStore(env);
    await store.write(4, [{ id, seq: 9, revision: 1, due: 700, bytes: Uint8Array.of(5, 6, 7) }], 0);
    const key = snapshotKey(4, id);
    await env.snapshots.put(key, Buffer.from('nothing that was ever sealed'));
    expect(await store.ids(4, '', 10)).toEqual([id]);
    await store.write(4, [{ id, seq: 3, revision: 1, due: 800, bytes: Uint8Array.of(8) }], 1);
    expect(store.get(4, id)).toEqual({ seq: 3, revision: 1, due: 800, bytes: Buffer.of(8) });
    expect(await store.due(4, 0, 1_000, 10)).toEqual([{ due: 800, id }]);
    await env.close();
  });

  test('a counter behind the checkpoint’s is a lost suffix', async () => {
    const env = openLmdb(directory.path);
    const store = new LmdbSnapshotStore(env);
    await store.write(0, [], 0);
    await store.checkpoint(0, { sequence: 5, counter: 1, state: new Uint8Array(0) });
    await env.checkpoints.put(shardKey(0), seal(shardKey(0), Buffer.alloc(6)));
    await expect(store.load(0)).rejects.toMatchObject({ kind: 'corrupt' });
    await env.close();
  });

  test('an id that is not 22 characters of base64url is refused', async () => {
    const env = openLmdb(directory.path);
    const store = new LmdbSnapshotStore(env);
    expect(() => store.get(0, 'short')).toThrow(/22 characters/);
    expect(() => store.get(0, '!'.repeat(22))).toThrow(/22 characters/);
    await env.close();
  });
});
