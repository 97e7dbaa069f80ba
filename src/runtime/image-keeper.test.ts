import { expect, test } from 'vitest';
import { HOUR_MS } from '../base/clock.ts';
import { SHARED_IMAGE } from '../port/images.ts';
import { emptyStores, event, type Node, startNode, TUESDAY } from './engine.fixture.ts';
import { ImageKeeper } from './image-keeper.ts';
import { archiveShard } from './shard/archiver.ts';
import type { Shard } from './shard/shard.ts';

const DAY_MS = 24 * HOUR_MS;

async function kept(bounds = {}) {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: { shards: 2, ...bounds } });
  const shared: number[] = [];
  const keeper = new ImageKeeper({
    shards: node.engine.shards,
    runtime: node.engine.runtime,
    writeShared: async (at) => void shared.push(at),
    everyMs: DAY_MS,
    hour: 3,
  });
  keeper.start();
  return { stores, node, keeper, shared };
}

/** Facts of many customers, saved. */
async function views(node: Node, count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    await node.publish(
      event('Page Viewed', node.clock.now() - 1_000, { identifiers: [{ kind: 'loyalty', value: `C${n}` }] }),
    );
  for (const shard of node.engine.shards) await shard.writer.flush();
}

test('every shard has an image soon after the first start, and a new one after the hour of each day', async () => {
  const { node, keeper } = await kept();
  const { images } = node.engine.runtime;
  await views(node, 20);
  await node.advanceTo(TUESDAY + 5 * 60_000);
  expect((await images.list(0)).length).toBe(1);
  expect((await images.list(1)).length).toBe(1);
  // With that of what they share.
  expect(node.counts.get('attune_images_written_total')).toBe(3);
  const [first] = await images.list(0);
  await views(node, 20);
  // 03:00 UTC of the next day is 17 hours ahead.
  await node.advanceTo(TUESDAY + 16.5 * HOUR_MS);
  expect(await images.list(0)).toEqual([first]);
  await node.advanceTo(TUESDAY + 17.5 * HOUR_MS);
  const [second] = await images.list(0);
  expect(second?.at).toBeGreaterThanOrEqual(TUESDAY + 17 * HOUR_MS);
  expect(second?.sequence).toBeGreaterThan(first?.sequence ?? 0);
  await keeper.stop();
  await node.engine.stop();
});

test('images wanted now are there when it resolves, with what the shards share', async () => {
  const { node, keeper, shared } = await kept();
  await views(node, 20);
  const written = keeper.writeAll();
  await node.advanceTo(TUESDAY + 60_000);
  await written;
  for (const shard of node.engine.shards)
    expect((await node.engine.runtime.images.list(shard.id))[0]?.sequence).toBe(shard.writer.checkpointed);
  expect(shared.length).toBeGreaterThan(0);
  expect(await node.engine.runtime.images.list(SHARED_IMAGE)).toEqual([]);
  await keeper.stop();
  await node.engine.stop();
});

test('a damaged image is told, dropped and written anew', async () => {
  const { stores, node, keeper } = await kept();
  await views(node, 20);
  for (const shard of node.engine.shards)
    await node.engine.runtime.images.write({
      ...{ shard: shard.id, generation: 1, sequence: shard.sequence, at: TUESDAY, state: new Uint8Array() },
      rows: (async function* () {})(),
    });
  for (const image of stores.images.get(0) ?? []) image.hasDamage = true;
  await node.advanceTo(TUESDAY + 5 * 60_000);
  expect(stores.images.get(0)?.map(({ hasDamage }) => hasDamage)).toEqual([undefined]);
  expect(node.faults).toEqual([
    expect.stringMatching(/^an image can not be read; it is dropped, and a new one written: .*shard 0/),
  ]);
  await keeper.stop();
  await node.engine.stop();
});

test('the archive keeps what no image has, however old, and lets it go behind the older of two', async () => {
  const { node, keeper } = await kept({ shards: 1, hotMs: 1_000, archiveMs: DAY_MS });
  const { archive, images } = node.engine.runtime;
  const shard = node.engine.shards[0] as Shard;
  const write = images.write.bind(images);
  images.write = async () => {
    throw new Error('the disk of images is full');
  };
  await views(node, 20);
  await node.advanceTo(TUESDAY + 2 * DAY_MS);
  while ((await archiveShard(shard, node.clock.now(), 500)) > 0);
  await node.advanceTo(TUESDAY + 4 * DAY_MS);
  expect((await archive.segments(0))[0]?.first).toBe(1);
  expect(node.faults[0]).toContain('not every shard has its new image: Error: the disk of images is full');
  images.write = write;
  await views(node, 1);
  await node.advanceTo(TUESDAY + 5 * DAY_MS);
  const [only] = await images.list(0);
  expect(
    (await archive.segments(0)).every(
      ({ to, last }) => to >= node.clock.now() - 2 * DAY_MS || last > (only?.sequence ?? 0),
    ),
  ).toBe(true);
  await keeper.stop();
  await node.engine.stop();
});

test('old segments that only the newer of two images holds stay until another image is there', async () => {
  const { node, keeper } = await kept({ shards: 1, hotMs: 1_000, archiveMs: DAY_MS });
  const { archive, images } = node.engine.runtime;
  const shard = node.engine.shards[0] as Shard;
  const imageNow = async (at: number): Promise<void> => {
    const written = keeper.writeAll();
    await node.advanceTo(at);
    await written;
  };
  await views(node, 20);
  await imageNow(TUESDAY + 60_000);
  const write = images.write.bind(images);
  images.write = async () => {
    throw new Error('the disk of images is full');
  };
  await node.advanceTo(TUESDAY + HOUR_MS);
  while ((await archiveShard(shard, node.clock.now(), 500)) > 0);
  await views(node, 20);
  await node.advanceTo(TUESDAY + 2 * HOUR_MS);
  while ((await archiveShard(shard, node.clock.now(), 500)) > 0);
  const [older] = await images.list(0);
  await node.advanceTo(TUESDAY + 4 * DAY_MS);
  images.write = write;
  await imageNow(TUESDAY + 4 * DAY_MS + 60_000);
  expect((await images.list(0)).map(({ sequence }) => sequence)).toEqual([
    shard.writer.checkpointed,
    older?.sequence,
  ]);
  const first = (await archive.segments(0))[0]?.first ?? 0;
  expect(first).toBeGreaterThan(1);
  expect(first).toBeLessThanOrEqual((older?.sequence ?? 0) + 1);
  await views(node, 1);
  await imageNow(TUESDAY + 4 * DAY_MS + 2 * 60_000);
  expect((await archive.segments(0))[0]?.first ?? Number.POSITIVE_INFINITY).toBeGreaterThan(first);
  await keeper.stop();
  await node.engine.stop();
});

test('where all is in memory there are no images, and the archive goes by age alone', async () => {
  const stores = emptyStores();
  const bounds = { shards: 1, hotMs: 1_000, archiveMs: DAY_MS };
  const node = await startNode(stores, { bounds });
  const { archive, images } = node.engine.runtime;
  const keeper = new ImageKeeper({
    shards: node.engine.shards,
    runtime: node.engine.runtime,
    writeShared: () => Promise.reject(new Error('nobody should')),
    everyMs: DAY_MS,
    hour: 3,
    isVolatile: true,
  });
  keeper.start();
  await views(node, 20);
  await node.advanceTo(TUESDAY + DAY_MS);
  while ((await archiveShard(node.engine.shards[0] as Shard, node.clock.now(), 500)) > 0);
  expect(await archive.segments(0)).not.toEqual([]);
  await node.advanceTo(TUESDAY + 4 * DAY_MS);
  expect(await archive.segments(0)).toEqual([]);
  expect([await images.list(0), node.faults]).toEqual([[], []]);
  await keeper.stop();
  await node.engine.stop();
});

test('a stop breaks off what is under way', async () => {
  const { node, keeper } = await kept();
  await views(node, 600);
  const written = keeper.writeAll().then(
    () => 'written',
    (fault: Error) => fault.message,
  );
  await keeper.stop();
  expect(await written).toBe('the service stops; images are written again after the next start');
  await node.engine.stop();
});
