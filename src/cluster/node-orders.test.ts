import { expect, test } from 'vitest';
import { MembershipStorage, MemoryMembership } from '../adapter/memory/memory-membership.ts';
import { event } from '../runtime/engine.fixture.ts';
import { NodeOrders } from './node-orders.ts';
import { type ClusterNode, Nodes, SHARDS } from './nodes.fixture.ts';

const SAID = { by: 'anna', why: 'new disk' };

async function start(...names: string[]): Promise<{ nodes: Nodes; all: ClusterNode[] }> {
  const nodes = new Nodes();
  const all: ClusterNode[] = [];
  for (const name of names) all.push(await nodes.start(name));
  await nodes.pass(5_000);
  return { nodes, all };
}

const counts = ({ serving }: Nodes, ...names: string[]) =>
  names.map((name) => serving.filter((one) => one === name).length);

test('a drained node gives its shards away, lives on and takes calls, until that is undone', async () => {
  const { nodes, all } = await start('a', 'b', 'c');
  const [a, b, c] = all as [ClusterNode, ClusterNode, ClusterNode];
  // Any node is asked.
  expect(await a.cluster.deployment.drain('c', SAID)).toEqual({ kind: 'changed', address: 'c', shards: 2 });
  await nodes.pass(5_000);
  expect(counts(nodes, 'a', 'b', 'c')).toEqual([3, 3, 0]);
  const { standing, drained } = (await b.cluster.deployment.view()).nodes[2] ?? {};
  expect([standing, drained?.by, drained?.why]).toEqual(['drained', 'anna', 'new disk']);
  expect(await b.cluster.deployment.drain('c', SAID)).toMatchObject({ kind: 'unchanged', shards: 0 });
  const sent = c.publish(
    event('Product Viewed', nodes.clock.now(), { identifiers: [{ kind: 'loyalty', value: 'L1' }] }),
  );
  await nodes.pass(50);
  expect(await sent).toMatchObject({ kind: 'accepted' });
  expect(await c.cluster.deployment.undrain('c')).toMatchObject({ kind: 'changed', shards: 0 });
  await nodes.pass(5_000);
  expect(counts(nodes, 'a', 'b', 'c')).toEqual([2, 2, 2]);
  expect(await c.cluster.deployment.undrain('c')).toMatchObject({ kind: 'unchanged' });
});

test('who is told to drain is known, and not the last who could have shards', async () => {
  const { nodes, all } = await start('a', 'b');
  const [a, b] = all as [ClusterNode, ClusterNode];
  expect(await a.cluster.deployment.drain('x', SAID)).toEqual({ kind: 'unknown', addresses: ['a', 'b'] });
  // Two operators at once: one comes second.
  const outcomes = await Promise.all([
    a.cluster.deployment.drain('a', SAID),
    b.cluster.deployment.drain('b', SAID),
  ]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['changed', 'last']);
  await nodes.pass(5_000);
  expect(counts(nodes, 'a', 'b').sort()).toEqual([0, SHARDS]);
});

test('a drained node serves when nobody else is left, and is drained again when somebody comes', async () => {
  const { nodes, all } = await start('a', 'b');
  const [a, b] = all as [ClusterNode, ClusterNode];
  await a.cluster.deployment.drain('b', SAID);
  await nodes.pass(5_000);
  expect(counts(nodes, 'a', 'b')).toEqual([SHARDS, 0]);
  a.host.state = 'dead';
  await nodes.pass(6_000);
  expect(counts(nodes, 'b')).toEqual([SHARDS]);
  expect((await b.cluster.deployment.view()).nodes.map(({ standing }) => standing)).toEqual(['drained']);
  await nodes.start('c');
  await nodes.pass(5_000);
  expect(counts(nodes, 'b', 'c')).toEqual([0, SHARDS]);
});

test('a node that is about to end is not told to drain', async () => {
  const storage = new MembershipStorage();
  const membership = new MemoryMembership(storage);
  await membership.join({ id: '1', address: 'a', isDraining: true, version: '1' });
  const parts = { clock: { now: () => 1 }, lives: () => true, onWritten: () => {} };
  const orders = new NodeOrders({ membership, ...parts });
  expect(await orders.drain('a', SAID)).toEqual({ kind: 'ends', address: 'a' });
  expect((await orders.view()).nodes.map(({ standing }) => standing)).toEqual(['ends']);
  expect(storage.map).toBeUndefined();
});
