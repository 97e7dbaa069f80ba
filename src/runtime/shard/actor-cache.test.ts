import { expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { trackingToken } from '../../core/decide/decision-id.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import { PortError } from '../../port/port-error.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import type { RuntimeBounds } from '../runtime.ts';
import type { Shard } from './shard.ts';

test('a report about somebody whose requests left nothing behind is refused, not kept where no restart finds it', async () => {
  const stores = emptyStores();
  const node = await startNode(stores);
  const known = addresseeOf('loyalty', 'L1');
  // Both bring the customer into memory, neither writes.
  await node.publish(event('Page Viewed', TUESDAY + 3_600_000));
  await node.decide(decideInput('dry', { dryRun: true }));
  const tracking = trackingToken(
    known.id,
    { generation: 1, shard: known.hash % node.engine.shards.length, seq: 1, index: 0 },
    0,
  );
  const outcome = await new Promise<PublishOutcome>((resolve) =>
    node.gateway.feedback(
      {
        channel: 'email',
        id: 'f1',
        dispatchId: '',
        tracking,
        identifiers: [],
        kind: 'unsubscribed',
        occurredAt: TUESDAY,
        machine: false,
        link: '',
        value: 0,
        scope: '',
        bodyHash: 1,
      },
      resolve,
    ),
  );
  expect(outcome).toMatchObject({ kind: 'refused', code: 'not_found' });
  expect(await node.read({ customerId: known.id }, (profile) => profile.version)).toBeUndefined();
  await node.engine.stop();
  const again = await startNode(stores);
  expect(await again.read({ customerId: known.id }, (profile) => profile.version)).toBeUndefined();
  await again.engine.stop();
});

const HOUR = 3_600_000;
const accepted = { kind: 'accepted' };

async function oneShard(bounds: Partial<RuntimeBounds>): Promise<{ node: Node; shard: Shard }> {
  const node = await startNode(emptyStores(), { bounds: { shards: 1, snapshotEveryMs: HOUR, ...bounds } });
  return { node, shard: node.engine.shards[0] as Shard };
}

const who = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `C${n}` }] });
const idOf = (n: number) => addresseeOf('loyalty', `C${n}`).id;

async function visits(node: Node, from: number, to: number): Promise<PublishOutcome[]> {
  const all: Promise<PublishOutcome>[] = [];
  for (let n = from; n < to; n++) all.push(node.publish(event('Page Viewed', TUESDAY, who(n))));
  return Promise.all(all);
}

test('passivation keeps the memory bound, and drops nobody who is not saved', async () => {
  const { node, shard } = await oneShard({});
  const { actors, writer } = shard;
  await visits(node, 0, 30);
  expect([actors.passivate(10), actors.passivate(10), actors.size]).toEqual([true, true, 30]);
  await writer.flush();
  expect([actors.passivate(10), actors.size]).toEqual([false, 10]);
  const here = [...actors.all.keys()];
  const away = Array.from({ length: 30 }, (_, n) => n).filter((n) => !here.includes(idOf(n)));
  expect(away).toHaveLength(20);
  // They come back as they were; of the saved those that were not used give way, and who has changed since stays.
  const changed = away.slice(0, 5);
  for (const n of changed)
    expect(await node.publish(event('Page Viewed', TUESDAY, who(n)))).toEqual(accepted);
  for (let sweep = 0; sweep < 3; sweep++) expect(actors.passivate(1)).toBe(true);
  expect([...actors.all.keys()].toSorted()).toEqual(changed.map(idOf).toSorted());
  for (let n = 0; n < 30; n++) {
    const version = await node.read({ customerId: idOf(n) }, (profile) => profile.version);
    expect(version).toBe(changed.includes(n) ? 2 : 1);
  }
  await node.engine.stop();
});

test('of those who are saved the ones used since the last sweep stay the longest', async () => {
  const { node, shard } = await oneShard({});
  await visits(node, 0, 6);
  await shard.writer.flush();
  shard.actors.passivate(5);
  await node.read({ customerId: idOf(0) }, () => {});
  await node.read({ customerId: idOf(4) }, () => {});
  shard.actors.passivate(2);
  expect([...shard.actors.all.keys()].toSorted()).toEqual([idOf(0), idOf(4)].toSorted());
  await node.engine.stop();
});

test('a memory bound that does not hold begins a run of saving before its time, and then it holds', async () => {
  const { node, shard } = await oneShard({ residentPerShardMax: 2, beatMs: 1_000 });
  await visits(node, 0, 5);
  expect([shard.writer.checkpointed, shard.actors.size]).toEqual([0, 5]);
  await node.advanceTo(TUESDAY + 1_000);
  expect([shard.writer.checkpointed, shard.actors.size]).toEqual([shard.sequence, 5]);
  await node.advanceTo(TUESDAY + 2_000);
  expect(shard.actors.size).toBe(2);
  await node.engine.stop();
});

test('who is in a hurry begins a run at once or behind the turn under way, and none when all is saved', async () => {
  const { node, shard } = await oneShard({});
  await visits(node, 0, 3);
  shard.writer.hurry();
  expect(shard.writer.busy).toBe(true);
  await node.advanceTo(TUESDAY);
  expect(shard.writer.checkpointed).toBe(shard.sequence);
  shard.writer.hurry();
  expect(shard.writer.busy).toBe(false);
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  const held = new Promise<() => void>((resolve) => {
    log.appendAll = (group, settled) => resolve(() => appendAll(group, settled));
  });
  const visit = visits(node, 0, 1);
  const append = await held;
  const { counter } = shard.stored;
  shard.writer.adopt({ counter, checkpoint: { sequence: shard.sequence - 1, epoch: shard.epoch } }, []);
  shard.writer.hurry();
  expect([shard.phase, shard.writer.busy]).toEqual(['appending', false]);
  append();
  await visit;
  await node.advanceTo(TUESDAY);
  expect(shard.writer.checkpointed).toBe(shard.sequence);
  await node.engine.stop();
});

/** From now on nobody can be saved, until the store is healed. */
function breakStore(node: Node): () => void {
  const { snapshots } = node.engine.runtime;
  const write = snapshots.write.bind(snapshots);
  snapshots.write = () => Promise.reject(new PortError('unavailable', 'the store is away'));
  return () => {
    snapshots.write = write;
  };
}

async function unsaving(residentPerShardMax: number) {
  const { node, shard } = await oneShard({ residentPerShardMax });
  return { node, shard, heal: breakStore(node) };
}

const REFUSED = {
  ...{ kind: 'refused', code: 'exhausted', retryAfterMs: INTERVALS.retryDelayMs },
  message: expect.stringContaining('not saved yet'),
};

test('while nobody can be saved memory takes in customers up to its stop, and then who is not there is refused', async () => {
  const bound = LIMITS.turnRequestsMax + 10;
  const { node, shard, heal } = await unsaving(bound);
  const stop = bound * LIMITS.residentFactorMax;
  expect((await visits(node, 0, stop)).every(({ kind }) => kind === 'accepted')).toBe(true);
  for (const outcome of await visits(node, stop, stop + 20)) expect(outcome).toMatchObject(REFUSED);
  expect(await node.decide(decideInput('r', who(stop)))).toMatchObject(REFUSED);
  expect(await node.read({ customerId: idOf(stop) }, () => true)).toMatchObject(REFUSED);
  expect(shard.actors.size).toBe(stop);
  // Who is there is served.
  expect(await visits(node, 0, 1)).toEqual([accepted]);
  heal();
  // The first who is refused asks for a run; when it is done there is room.
  await node.advanceTo(TUESDAY + INTERVALS.retryDelayMs);
  expect((await visits(node, stop, stop + 1))[0]).toMatchObject(REFUSED);
  await node.advanceTo(TUESDAY + 2 * INTERVALS.retryDelayMs);
  expect(await visits(node, stop, stop + 1)).toEqual([accepted]);
  expect(shard.actors.size).toBeLessThanOrEqual(bound + 1);
  expect(node.faults.some((fault) => fault.includes('snapshots could not be written'))).toBe(true);
  await node.engine.stop();
});

test('purchases bring customers into memory beyond the stop of all others, up to one of their own', async () => {
  // A bound below what one turn may bring in counts as that.
  const { node, shard, heal } = await unsaving(1);
  const stop = LIMITS.turnRequestsMax * LIMITS.residentFactorMax;
  const criticalStop = LIMITS.turnRequestsMax * LIMITS.residentCriticalFactorMax;
  const buys = (n: number) =>
    node.publish(event('Order Completed', TUESDAY, { ...who(n), order: order(`o${n}`, 10) }));
  await visits(node, 0, stop);
  for (let n = stop; n < criticalStop; n++) expect(await buys(n)).toEqual(accepted);
  expect((await visits(node, criticalStop, criticalStop + 1))[0]).toMatchObject(REFUSED);
  expect(await buys(criticalStop)).toMatchObject(REFUSED);
  expect(shard.actors.size).toBe(criticalStop);
  heal();
  await node.engine.stop();
});

test('at the stop a timer that is due has no part in the reserve: it waits, and fires when there is room', async () => {
  const { node, shard } = await oneShard({ residentPerShardMax: 1 });
  await node.publish(event('Checkout Started', TUESDAY, { ...who(0), products: [product('p')] }));
  await shard.writer.flush();
  for (let sweep = 0; sweep < 2; sweep++) shard.actors.passivate(0);
  const heal = breakStore(node);
  const stop = LIMITS.turnRequestsMax * LIMITS.residentFactorMax;
  await visits(node, 1, stop + 1);
  const due = shard.timers.next;
  await node.advanceTo(due + 5 * INTERVALS.timerRetryMs);
  expect([shard.actors.get(idOf(0)), shard.actors.size]).toEqual([undefined, stop]);
  heal();
  await node.advanceTo(due + 10 * INTERVALS.timerRetryMs);
  expect(await node.read({ customerId: idOf(0) }, (profile) => profile.timers)).toEqual([]);
  await node.engine.stop();
});

test('where a store answers later, whoever is unknown is answered as where it answers at once', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  const { snapshots } = node.engine.runtime;
  const get = snapshots.get.bind(snapshots);
  snapshots.get = async (...asked) => get(...asked);
  const nobody = { kind: 'loyalty', value: 'nobody' };
  expect(await node.read({ identifiers: [nobody] }, () => true)).toBeUndefined();
  await node.publish(event('Page Viewed', TUESDAY - 1_000));
  // By the other one of their keys.
  const both = { identifiers: [{ kind: 'crm', value: 'never seen' }, ...event('x', 0).identifiers] };
  expect(await node.read(both, () => true)).toBe(true);
  expect(await node.gateway.erase({ identifiers: [nobody] }, '')).toMatchObject({ kind: 'erased' });
  await node.engine.stop();
});

test('of whom a shard had in memory the next node is told so many, the last used first', async () => {
  const { node, shard } = await oneShard({ residentPerShardMax: LIMITS.warmPerShardMax + 100 });
  await visits(node, 0, LIMITS.warmPerShardMax + 10);
  await shard.writer.flush();
  shard.actors.passivate(LIMITS.warmPerShardMax + 5);
  const last = shard.actors.all.keys().next().value as string;
  await node.read({ customerId: last }, () => {});
  const told = await shard.handOver();
  expect([told.length, new Set(told).size, told[0]]).toEqual([
    LIMITS.warmPerShardMax,
    LIMITS.warmPerShardMax,
    last,
  ]);
});

test('who is warmed up comes a few at a time, while there is room and the store answers', async () => {
  const { node, shard } = await oneShard({ residentPerShardMax: 30 });
  await visits(node, 0, 60);
  await shard.writer.flush();
  for (let sweep = 0; sweep < 3; sweep++) shard.actors.passivate(0);
  const { snapshots } = node.engine.runtime;
  const get = snapshots.get.bind(snapshots);
  const asked: (() => void)[] = [];
  snapshots.get = (...of) => new Promise((resolve) => void asked.push(() => resolve(get(...of))));
  shard.warm(Array.from({ length: 60 }, (_, n) => idOf(n)));
  await settled();
  expect(asked.length).toBe(LIMITS.warmingPerShardMax);
  while (asked.length > 0) {
    asked.shift()?.();
    await settled();
    expect(asked.length).toBeLessThanOrEqual(LIMITS.warmingPerShardMax);
  }
  // Up to the bound of memory, and nobody twice.
  expect([shard.actors.size, shard.actors.loading]).toEqual([30, 0]);
  expect(await node.read({ customerId: idOf(0) }, (profile) => profile.version)).toBe(1);

  for (let sweep = 0; sweep < 3; sweep++) shard.actors.passivate(0);
  let tries = 0;
  snapshots.get = () => {
    tries++;
    return Promise.reject(new PortError('unavailable', 'of a test'));
  };
  shard.warm(Array.from({ length: 60 }, (_, n) => idOf(n)));
  await settled();
  expect([tries, shard.actors.size, shard.actors.loading]).toEqual([LIMITS.warmingPerShardMax, 0, 0]);
  snapshots.get = get;
  await node.engine.stop();
});

test('who is to be warmed up waits until the shard is served, and for so long only', async () => {
  const stores = emptyStores();
  const first = await startNode(stores, { bounds: { shards: 1 } });
  await visits(first, 0, 3);
  await first.engine.stop();
  const { engine } = await startNode(stores, { bounds: { shards: 1 } });
  const shard = engine.shards[0] as Shard;
  for (const [wait, expected] of [
    [INTERVALS.shardAwaitedMs - 1, 3],
    [INTERVALS.shardAwaitedMs, 0],
  ] as const) {
    await shard.handOver();
    shard.warm([0, 1, 2].map(idOf));
    const now = engine.runtime.clock.now();
    const { clock } = engine.runtime;
    const { now: told } = clock;
    clock.now = () => now + wait;
    await shard.open();
    await settled();
    clock.now = told;
    expect(shard.actors.size).toBe(expected);
  }
  await engine.stop();
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
