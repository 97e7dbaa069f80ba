/** What a shard's new owner knows of what nodes share before it decides anything. */
import { expect, test } from 'vitest';
import { emptyStores, starterPolicy, startNode } from '../engine.fixture.ts';

test('a shard is served by nothing older than who served it before knew', async () => {
  const node = await startNode(emptyStores());
  const { runtime, shards } = node.engine;
  const [shard] = shards;
  const later = starterPolicy('daily at 09:00');
  let asked = 0;
  let release = (): void => {};
  const read = new Promise<void>((resolve) => {
    release = resolve;
  });
  Object.assign(runtime, {
    catchUp: async () => {
      asked++;
      await read;
      runtime.policy = later;
    },
  });
  shard?.lose('another node serves it');
  const opening = shard?.open();
  while (asked === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  expect([asked, shard?.isServing]).toEqual([1, false]);
  release();
  await opening;
  expect([shard?.isServing, runtime.policy]).toEqual([true, later]);
  await node.engine.stop();
});
