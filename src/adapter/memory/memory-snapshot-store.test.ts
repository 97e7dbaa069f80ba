import { expect, test } from 'vitest';
import { snapshotStoreContract } from '../../port/snapshot-store.contract.ts';
import { MemorySnapshotStore, type SnapshotStorage } from './memory-snapshot-store.ts';

snapshotStoreContract(
  'MemorySnapshotStore',
  async () => {
    const storage: SnapshotStorage = new Map();
    return { open: async () => new MemorySnapshotStore({ storage }), destroy: async () => {} };
  },
  { runs: 100 },
);

test('a row is not given out by a store that lost batches which the caller saw confirmed', async () => {
  const storage: SnapshotStorage = new Map();
  const store = new MemorySnapshotStore({ storage });
  const counter = await store.write(
    0,
    [{ id: 'a', seq: 1, revision: 1, bytes: Uint8Array.of(1), due: 0 }],
    0,
  );
  expect(store.get(0, 'a', counter)?.seq).toBe(1);
  const shard = storage.get(0);
  if (shard !== undefined) shard.counter = 0;
  expect(() => store.get(0, 'a', counter)).toThrow(expect.objectContaining({ kind: 'conflict' }));
  expect(store.get(0, 'a')?.seq).toBe(1);
});

test('a store that lost batches behind its checkpoint says so when it is loaded', async () => {
  const storage: SnapshotStorage = new Map();
  const store = new MemorySnapshotStore({ storage });
  await store.write(0, [], 0);
  await store.write(0, [], 1);
  await store.checkpoint(0, { sequence: 9, counter: 2, state: new Uint8Array(0) });
  const shard = storage.get(0);
  if (shard !== undefined) shard.counter = 1;
  await expect(store.load(0)).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('shard 0'),
  });
});
