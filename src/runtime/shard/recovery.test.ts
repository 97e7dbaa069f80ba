import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../codec/stored/record-codec.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyStores, event, product, type Stores, startNode, TUESDAY } from '../engine.fixture.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from './actor.ts';
import { foreignFence } from './foreign-fence.ts';
import { type RecoverySource, recoverShard } from './recovery.ts';
import type { Shard } from './shard.ts';

const anna = { identifiers: [{ kind: 'loyalty', value: 'L1' }] };
const { id } = addresseeOf('loyalty', 'L1');

/** A shard whose log holds two views of a customer, with a snapshot of the first when `saved`. */
async function filled(stores: Stores, saved: boolean) {
  const node = await startNode(stores, { bounds: { shards: 1 } });
  const shard = node.engine.shards[0] as Shard;
  const view = (n: number) =>
    node.publish(event('Product Viewed', TUESDAY - 1_000, { ...anna, products: [product(`p${n}`)] }));
  await view(1);
  if (saved) await shard.writer.flush();
  await view(2);
  return { node, shard };
}

function sourceOf(runtime: Runtime, change: Partial<RecoverySource> = {}): RecoverySource {
  let batch = 0;
  const header: RecoverySource['header'] = (at, epoch) => ({
    ...{ generation: 1, epoch, at },
    batch: `test.${++batch}`,
  });
  return { id: 0, runtime, quarantined: new Set(), header, fenced: () => {}, ...change };
}

const wanted = (): boolean => true;

test.each([true, false])(
  'a recovery finds what the log holds, from a checkpoint or without one (%s)',
  async (saved) => {
    const { node, shard } = await filled(emptyStores(), saved);
    const { memory, actors, stored, quarantined } = await recoverShard(sourceOf(node.engine.runtime), wanted);
    expect(actors.get(id)?.profile.viewed.length).toBe(2);
    expect(actors.get(id)?.savedSeq).toBe(saved ? 2 : 0);
    expect(stored.checkpoint.sequence).toBe(saved ? 2 : 0);
    expect([memory.sequence, memory.epoch]).toEqual([shard.sequence + 1, shard.sequence + 1]);
    expect([memory.policy, quarantined]).toEqual([node.engine.runtime.policy?.version, []]);
  },
);

test('what a deposed owner still brought into the log behind a newer fence is passed over', async () => {
  const { node, shard } = await filled(emptyStores(), false);
  const { log } = node.engine.runtime;
  const last = shard.sequence;
  const late = decodeRecord((await log.get(0, last)) as Uint8Array);
  const fence = { ...late.header, epoch: last + 1, batch: 'another.1' };
  const fenced = encodeRecord(fence, [{ kind: 'fence', node: 'another', at: TUESDAY }]);
  await log.append(0, last, fenced);
  await log.append(0, last + 1, encodeRecord({ ...late.header, batch: 'late.1' }, late.facts));
  const { actors } = await recoverShard(sourceOf(node.engine.runtime), wanted);
  const { viewed } = (actors.get(id) as Actor).profile;
  expect([0, 1].map((at) => [viewed.productId(at), viewed.views(at)])).toEqual([
    ['p1', 1],
    ['p2', 1],
  ]);
  // It would count if its epoch were not older: the same record under the fence's.
  await log.append(0, last + 3, encodeRecord({ ...late.header, epoch: last + 3 }, late.facts));
  const again = await recoverShard(sourceOf(node.engine.runtime), wanted);
  expect((again.actors.get(id) as Actor).profile.viewed.views(1)).toBe(2);
});

test('a recovery touches nothing of the shard that serves', async () => {
  const { node, shard } = await filled(emptyStores(), true);
  const before = [shard.sequence, shard.epoch, shard.actors.size, shard.phase, shard.stored];
  await recoverShard(sourceOf(node.engine.runtime), wanted);
  expect([shard.sequence, shard.epoch, shard.actors.size, shard.phase, shard.stored]).toEqual(before);
});

test('a recovery that nobody wants any more gives up before it writes', async () => {
  const stores = emptyStores();
  const { node } = await filled(stores, false);
  const count = stores.log.get(0)?.records.length;
  await expect(recoverShard(sourceOf(node.engine.runtime), () => false)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('given up'),
  });
  expect(stores.log.get(0)?.records.length).toBe(count);
});

test('a customer who is quarantined is not folded, and one whose snapshot is damaged is rebuilt', async () => {
  const stores = emptyStores();
  const { node } = await filled(stores, true);
  const { runtime } = node.engine;
  const left = await recoverShard(sourceOf(runtime, { quarantined: new Set([id]) }), wanted);
  expect([left.actors.size, left.quarantined]).toEqual([0, []]);
  const row = stores.snapshots.get(0)?.rows.get(id);
  if (row === undefined) throw new Error('There is no snapshot.');
  stores.snapshots.get(0)?.rows.set(id, { ...row, bytes: row.bytes.slice(0, 20) });
  const found = await recoverShard(sourceOf(runtime), wanted);
  expect(found.quarantined).toEqual([]);
  expect(found.actors.get(id)?.profile.viewed.length).toBe(2);
  expect(found.actors.get(id)?.dirty).toBe(true);
});

test('a fence of ours is not foreign, another node’s is', async () => {
  const { node } = await filled(emptyStores(), false);
  const { runtime } = node.engine;
  expect(await foreignFence(sourceOf(runtime), 0)).toBe(false);
  await recoverShard(sourceOf({ ...runtime, node: 'b' }), wanted);
  expect(await foreignFence(sourceOf(runtime), 0)).toBe(true);
});
