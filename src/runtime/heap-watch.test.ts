import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import { CommitWatch } from './commit-watch.ts';
import { decideInput, emptyStores, event, startNode, TUESDAY } from './engine.fixture.ts';
import { HealthCheck } from './health.ts';
import { HeapWatch } from './heap-watch.ts';

/** A heap of 1,000 bytes, of which `live` are in use and `dead` are not collected yet. */
async function nodeWithHeap() {
  const heap = { live: 100, dead: 0, collected: 0 };
  const meter = {
    read: () => ({ usedBytes: heap.live + heap.dead, limitBytes: 1_000 }),
    collect: () => {
      heap.dead = 0;
      heap.collected++;
    },
  };
  const node = await startNode(emptyStores(), { bounds: { beatMs: 250 } });
  const { runtime } = node.engine;
  const watch = new HeapWatch(meter, node.clock, runtime.observer);
  Object.assign(runtime, { heap: watch });
  return {
    ...node,
    heap,
    watch,
    health: new HealthCheck(node.engine, new CommitWatch(runtime.log, node.clock)),
  };
}

test('what is not collected yet refuses nobody, and is collected once in a while only', async () => {
  const { heap, watch, engine, clock } = await nodeWithHeap();
  heap.dead = 880;
  watch.look();
  expect(watch.room).toBe('enough');
  expect(heap.collected).toBe(1);
  heap.dead = 880;
  watch.look();
  expect(watch.room).toBe('enough');
  expect(heap.collected).toBe(1);
  clock.advanceTo(TUESDAY + INTERVALS.heapCollectMs);
  watch.look();
  expect(heap.collected).toBe(2);
  await engine.stop();
});

test('requests that can wait are refused while memory is short, purchases too when it is full, and all are served again by itself', async () => {
  const node = await nodeWithHeap();
  const { heap, health, engine, counts, advanceTo } = node;
  const view = (id: string) => node.publish(event('Page Viewed', TUESDAY, { id }));
  const purchase = (id: string) =>
    node.publish(event('Order Completed', TUESDAY, { id, order: { orderId: id } as never }));
  const refused = {
    kind: 'refused',
    code: 'exhausted',
    message:
      'the memory of the service runs out: nothing can be accepted until there is some again; retry later',
    retryAfterMs: INTERVALS.heapCollectMs,
  };
  expect(await view('v1')).toMatchObject({ kind: 'accepted' });
  heap.live = 900;
  node.watch.look();
  expect(await view('v2')).toMatchObject(refused);
  expect(await node.decide(decideInput('d1'))).toMatchObject(refused);
  expect(await purchase('o1')).not.toMatchObject({ code: 'exhausted' });
  expect(health.state()).toMatchObject({ status: 'not_serving', reasons: [{ code: 'memory_short' }] });
  heap.live = 950;
  node.watch.look();
  expect(await purchase('o2')).toMatchObject(refused);
  // Beats go on, and give back what they can: nobody stays who is saved.
  expect(engine.shards.some((shard) => shard.actors.size > 0)).toBe(true);
  await advanceTo(TUESDAY + 60_000);
  expect(engine.shards.every((shard) => shard.actors.size <= 1)).toBe(true);
  heap.live = 500;
  await advanceTo(TUESDAY + 120_000);
  expect(await view('v3')).toMatchObject({ kind: 'accepted' });
  expect(health.state().reasons.map(({ code }) => code)).not.toContain('memory_short');
  expect(counts.get('attune_shed_total')).toBe(3);
  await engine.stop();
});
