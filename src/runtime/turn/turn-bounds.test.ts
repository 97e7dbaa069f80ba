/** Bounds of turns, loads and timers, reached in an engine over the memory adapters. */
import { expect, test } from 'vitest';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { nextDue } from '../../core/profile/next-due.ts';
import type { DecideOutcome, PublishOutcome } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import type { RuntimeBounds } from '../runtime.ts';
import type { Shard } from '../shard/shard.ts';

const MIB = 1_048_576;
const NEVER = Number.POSITIVE_INFINITY;
const accepted = { kind: 'accepted' };
const who = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `C${n}` }] });
const idOf = (n: number) => addresseeOf('loyalty', `C${n}`).id;

/** One shard, and how many facts each of its records holds that are a customer's. */
async function oneShard(bounds: Partial<RuntimeBounds> = {}) {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: { shards: 1, ...bounds } });
  const turns = (): number[] =>
    (stores.log.get(0)?.records ?? [])
      .map((bytes) => decodeRecord(bytes).facts.filter((fact) => 'customer' in fact).length)
      .filter((facts) => facts > 0);
  return { node, shard: node.engine.shards[0] as Shard, turns };
}

function views(node: Node, count: number, bytes: number): Promise<PublishOutcome[]> {
  const send = (_: unknown, n: number): Promise<PublishOutcome> =>
    new Promise((resolve) =>
      node.gateway.publish(event('Page Viewed', TUESDAY, who(n)), bytes, NEVER, resolve),
    );
  return Promise.all(Array.from({ length: count }, send));
}

/** Lets what is under way go on; a store that does not answer would keep `advanceTo` waiting. */
async function rounds(count = 20): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('a turn takes so many requests, and the next turn the rest', async () => {
  const { node, turns } = await oneShard();
  await views(node, LIMITS.turnRequestsMax + 44, 1);
  expect(turns()).toEqual([LIMITS.turnRequestsMax, 44]);
  await node.engine.stop();
});

test('a turn takes requests up to so many bytes, and a larger one alone', async () => {
  const { node, turns } = await oneShard();
  await views(node, 5, LIMITS.turnBytesMax / 2);
  await views(node, 2, LIMITS.turnBytesMax + 1);
  expect(turns()).toEqual([2, 2, 1, 1, 1]);
  expect(LIMITS.turnBytesMax).toBeLessThanOrEqual(MIB);
  await node.engine.stop();
});

test('a scorer run has so many rows, over all shards, and the decisions left over are made in the next one', async () => {
  const node = await startNode(emptyStores());
  const { runtime } = node.engine;
  const sound = runtime.scorer;
  const counts: number[] = [];
  runtime.scorer = {
    info: sound.info,
    run: (rows, count) => {
      counts.push(count);
      return sound.run(rows, count);
    },
    close: () => sound.close(),
  };
  await views(node, 400, 1);
  const outcomes = await Promise.all(
    Array.from({ length: 400 }, (_, n) => node.decide(decideInput(`r${n}`, who(n)))),
  );
  expect(outcomes.every(({ kind }) => kind === 'decided')).toBe(true);
  // On one channel a decision takes one row.
  expect(counts).toEqual([LIMITS.tickRowsMax, 400 - LIMITS.tickRowsMax]);
  await node.engine.stop();
});

/** From now on a customer's snapshot is on its way, until it is released: nobody is known. */
function holdLoads(node: Node): () => void {
  const come: (() => void)[] = [];
  node.engine.runtime.snapshots.get = () => new Promise((resolve) => come.push(() => resolve(undefined)));
  return () => {
    for (const each of come.splice(0)) each();
  };
}

test('who waits for a store that does not answer is refused in time, and served when it does', async () => {
  const { node, shard } = await oneShard();
  const load = holdLoads(node);
  let outcome: PublishOutcome | undefined;
  const view = event('Page Viewed', TUESDAY, who(1));
  void node.publish(view).then((told) => {
    outcome = told;
  });
  await rounds();
  node.clock.advanceTo(TUESDAY + LIMITS.activateTimeoutMs - 1);
  await rounds();
  expect([outcome, shard.actors.loading]).toEqual([undefined, 1]);
  node.clock.advanceTo(TUESDAY + LIMITS.activateTimeoutMs);
  await rounds();
  expect(outcome).toMatchObject({
    ...{ kind: 'refused', code: 'unavailable', retryAfterMs: INTERVALS.retryDelayMs },
    message: expect.stringContaining('the profile store does not answer'),
  });
  const again = node.publish(view);
  await rounds();
  load();
  expect(await again).toEqual(accepted);
  await node.engine.stop();
});

test('so many customers of a shard may be loading at once, and one more is refused with a delay', async () => {
  const { node, shard } = await oneShard();
  const load = holdLoads(node);
  const first = views(node, LIMITS.activatingPerShardMax, 1);
  await rounds();
  expect(shard.actors.loading).toBe(LIMITS.activatingPerShardMax);
  expect(await node.publish(event('Page Viewed', TUESDAY, who(-1)))).toMatchObject({
    ...{ kind: 'refused', code: 'exhausted', retryAfterMs: INTERVALS.retryDelayMs },
    message: expect.stringContaining('are being loaded'),
  });
  expect([node.counts.get('attune_shed_total'), node.faults]).toEqual([1, []]);
  load();
  expect((await first).every(({ kind }) => kind === 'accepted')).toBe(true);
  const late = node.publish(event('Page Viewed', TUESDAY, who(-1)));
  await rounds();
  load();
  expect(await late).toEqual(accepted);
  await node.engine.stop();
});

async function timersOf(node: Node, n: number): Promise<number> {
  const timers = await node.read({ customerId: idOf(n) }, (profile) => profile.timers.length);
  return typeof timers === 'number' ? timers : Number.NaN;
}

test('a herd of timers that are due at once is woken part by part, and all of it is', async () => {
  const { node, shard } = await oneShard();
  const herd = LIMITS.timersPerTurnMax + 6;
  for (let n = 0; n < herd; n++)
    await node.publish(event('Checkout Started', TUESDAY, { ...who(n), products: [product('p')] }));
  const due = shard.timers.next;
  expect([shard.timers.size, due > TUESDAY]).toEqual([herd, true]);
  node.clock.advanceTo(due);
  expect([shard.mailbox.size, shard.timers.size]).toEqual([LIMITS.timersPerTurnMax, 6]);
  await node.advanceTo(due + 1_000);
  for (let n = 0; n < herd; n++) expect(await timersOf(node, n)).toBe(0);
  await node.engine.stop();
});

test('a timer behind the horizon waits in the store, and fires when its time comes', async () => {
  const { node, shard } = await oneShard();
  const decided: DecideOutcome = await node.decide(decideInput('r', who(1)));
  expect(decided.kind).toBe('decided');
  const due = await node.read({ customerId: idOf(1) }, nextDue);
  if (typeof due !== 'number') throw new Error('The customer is unknown.');
  expect(due).toBeGreaterThan(TUESDAY + LIMITS.timerHorizonMs);
  expect([shard.timers.horizon, shard.timers.size]).toEqual([TUESDAY + LIMITS.timerHorizonMs, 0]);
  await node.publish(event('Checkout Started', TUESDAY, { ...who(2), products: [product('p')] }));
  expect(shard.timers.size).toBe(1);
  await node.advanceTo(due - 1);
  const awaited = () => node.read({ customerId: idOf(1) }, nextDue);
  expect(await awaited()).toBe(due);
  await node.advanceTo(due + 1_000);
  expect(await awaited()).not.toBe(due);
  await node.engine.stop();
});
