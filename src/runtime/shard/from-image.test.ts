/** A shard whose snapshots are lost, in an engine over the memory adapters: from image, archive and log. */
import { expect, test } from 'vitest';
import { encodeProfile } from '../../codec/stored/profile-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { PortError } from '../../port/port-error.ts';
import {
  emptyStores,
  event,
  type Node,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import { archiveShard } from './archiver.ts';
import type { Shard } from './shard.ts';
import { writeImage } from './write-image.ts';

const NAMES = ['L1', 'L2', 'L3', 'L4', 'L5'];
const bounds = { shards: 1, hotMs: 1_000 };

function shardOf(node: Node): Shard {
  return node.engine.shards[0] as Shard;
}

function view(node: Node, name: string, n: number) {
  return node.publish(
    event('Product Viewed', TUESDAY - 1_000 + n, {
      identifiers: [{ kind: 'loyalty', value: name }],
      products: [product(`p${n}`)],
    }),
  );
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Everybody's profile as it would be stored. */
async function profilesOf(node: Node): Promise<(string | undefined)[]> {
  const read = NAMES.map((name) =>
    node.read({ customerId: addresseeOf('loyalty', name).id }, (profile) =>
      Buffer.from(encodeProfile(profile)).toString('hex'),
    ),
  );
  return (await Promise.all(read)) as (string | undefined)[];
}

/** Views, an image, more views of some and of somebody new, then a stop that saves nothing more. */
async function lived(stores: Stores, options: { readonly images: number }) {
  const node = await startNode(stores, { bounds });
  const shard = shardOf(node);
  for (const [n, name] of NAMES.slice(0, 4).entries()) await view(node, name, n);
  for (let image = 0; image < options.images; image++) {
    await view(node, 'L2', 10 + image);
    await shard.writer.flush();
    await writeImage(shard, TUESDAY + image);
  }
  await view(node, 'L1', 20);
  await view(node, 'L5', 21);
  return { node, shard, profiles: await profilesOf(node) };
}

test('lost snapshots come back from the image and the log, though the records before the image are gone', async () => {
  const stores = emptyStores();
  const { node, shard, profiles } = await lived(stores, { images: 1 });
  const image = (await node.engine.runtime.images.list(0))[0];
  while ((await archiveShard(shard, TUESDAY + 60_000, 300)) > 0);
  await node.engine.stop();
  expect(
    await node.engine.runtime.archive.expire(0, Number.MAX_SAFE_INTEGER, image?.sequence ?? 0),
  ).toBeGreaterThan(0);
  stores.snapshots.clear();
  const again = await startNode(stores, { bounds, node: 'b' });
  expect(await profilesOf(again)).toEqual(profiles);
  expect(again.faults).toEqual(['shard 0: its snapshots are gone; rebuilding from image, archive and log']);
  expect(again.counts.get('attune_shard_rebuilds_total')).toBe(1);
  // What came back is a checkpoint like any other.
  await shardOf(again).writer.flush();
  expect(shardOf(again).writer.checkpointed).toBe(shardOf(again).sequence);
  await again.engine.stop();
});

test('when the newest image is damaged the one before it is used, and this is told', async () => {
  const stores = emptyStores();
  const { node, profiles } = await lived(stores, { images: 2 });
  await node.engine.stop();
  stores.snapshots.clear();
  const [newest] = stores.images.get(0) ?? [];
  if (newest !== undefined) newest.hasDamage = true;
  const again = await startNode(stores, { bounds, node: 'b' });
  expect(await profilesOf(again)).toEqual(profiles);
  expect(again.faults[1]).toMatch(/^shard 0: its image at record \d+ can not be read: /);
  expect(again.counts.get('attune_images_damaged_total')).toBe(1);
  await again.engine.stop();
});

test('with no image that can be read the log is folded from its first record', async () => {
  const stores = emptyStores();
  const { node, profiles } = await lived(stores, { images: 2 });
  await node.engine.stop();
  stores.snapshots.clear();
  for (const image of stores.images.get(0) ?? []) image.hasDamage = true;
  const again = await startNode(stores, { bounds, node: 'b' });
  expect(await profilesOf(again)).toEqual(profiles);
  await again.engine.stop();
});

test('a rebuild that was cut short is begun again from the image', async () => {
  const stores = emptyStores();
  const { node, profiles } = await lived(stores, { images: 1 });
  const { snapshots } = node.engine.runtime;
  await node.engine.stop();
  // As a crash leaves it behind: the old rows are gone, some of the image's are there, and no checkpoint.
  await snapshots.clear(0, 1_000);
  const { counter } = await snapshots.load(0);
  const row = stores.images.get(0)?.[0]?.rows[0];
  if (row !== undefined) await snapshots.write(0, [row], counter);
  const again = await startNode(stores, { bounds, node: 'b' });
  expect(await profilesOf(again)).toEqual(profiles);
  await again.engine.stop();
});

test('a clear of the snapshots that lands late makes the shard start over: who was saved is no stranger', async () => {
  const stores = emptyStores();
  const { node, shard, profiles } = await lived(stores, { images: 1 });
  await shard.writer.flush();
  for (let sweep = 0; sweep < 2; sweep++) shard.actors.passivate(0);
  expect(shard.actors.size).toBe(0);
  // Of a former owner, who sent it before this one came.
  await node.engine.runtime.snapshots.clear(0, 16);
  expect(await view(node, 'L1', 30)).toMatchObject({ kind: 'refused', code: 'unavailable' });
  await until(() => shard.phase === 'idle');
  expect(await profilesOf(node)).toEqual(profiles);
  await node.engine.stop();
});

test('a shard where nobody is in memory notices a late clear when it loads timers', async () => {
  const stores = emptyStores();
  const { node, shard } = await lived(stores, { images: 1 });
  await shard.writer.flush();
  for (let sweep = 0; sweep < 2; sweep++) shard.actors.passivate(0);
  const { snapshots } = node.engine.runtime;
  const saved = await snapshots.count(0);
  await snapshots.clear(0, 16);
  await node.advanceTo(TUESDAY + LIMITS.timerHorizonMs);
  await until(() => shard.phase === 'idle');
  expect(node.faults).toContainEqual(expect.stringMatching(/timers could not be loaded.* were cleared/));
  await shard.writer.flush();
  expect(await snapshots.count(0)).toBe(saved);
  await node.engine.stop();
});

test('an image is not written of snapshots that were cleared or lost meanwhile', async () => {
  const stores = emptyStores();
  const { node, shard } = await lived(stores, { images: 1 });
  await shard.writer.flush();
  const { snapshots } = node.engine.runtime;
  const scan = snapshots.scan.bind(snapshots);
  const lose = [
    () => snapshots.clear(0, 16),
    async () => {
      const held = stores.snapshots.get(0);
      if (held !== undefined) held.counter -= 1;
    },
  ];
  for (const lost of lose) {
    snapshots.scan = async (...args) => {
      await lost();
      return scan(...args);
    };
    await expect(writeImage(shard, TUESDAY + 1_000)).rejects.toBeInstanceOf(PortError);
    snapshots.scan = scan;
    expect(stores.images.get(0)).toHaveLength(1);
    await shard.startOver();
    await shard.writer.flush();
  }
  await node.engine.stop();
});

test('a log that ends before what an image has is not served', async () => {
  const stores = emptyStores();
  const { node } = await lived(stores, { images: 1 });
  await node.engine.stop();
  stores.snapshots.clear();
  stores.log.clear();
  await expect(startNode(stores, { bounds, node: 'b' })).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringMatching(
      /^shard 0: its log ends at record 0, and its image has record \d+: the log lost/,
    ),
  });
});

test('customers who change while the image is written are in it once, and the fold passes over what it has', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds });
  const shard = shardOf(node);
  for (const [n, name] of NAMES.entries()) await view(node, name, n);
  await shard.writer.flush();
  const { snapshots } = node.engine.runtime;
  const scan = snapshots.scan.bind(snapshots);
  snapshots.scan = async (...args) => {
    // Between the checkpoint and the scan somebody is saved who changed since.
    await view(node, 'L3', 30);
    await shard.writer.flush();
    return scan(...args);
  };
  const image = await writeImage(shard, TUESDAY);
  const content = await node.engine.runtime.images.open(image ?? { shard: 0, sequence: 0, at: 0 });
  expect(content.through).toBeGreaterThan(image?.sequence ?? 0);
  const profiles = await profilesOf(node);
  await node.engine.stop();
  stores.snapshots.clear();
  const again = await startNode(stores, { bounds, node: 'b' });
  expect(await profilesOf(again)).toEqual(profiles);
  await again.engine.stop();
});
