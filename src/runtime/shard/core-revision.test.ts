/** How shards adopt core revisions by a fact, and which ones a process refuses. */
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../codec/stored/record-codec.ts';
import { CARRIED, CORE_REVISION, type CoreRevisions } from '../../core/core-revision.ts';
import type { Fact } from '../../core/fact/fact.ts';
import {
  decideInput,
  emptyStores,
  event,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const bounds = { shards: 1 };
const old: CoreRevisions = { current: 1, carried: new Set([1]) };
const both: CoreRevisions = { current: 2, carried: new Set([1, 2]) };
const onlyNew: CoreRevisions = { current: 2, carried: new Set([2]) };

const customer = (value: string) => ({ identifiers: [{ kind: 'loyalty', value }] });
const view = (value: string) =>
  event('Product Viewed', TUESDAY - 1000, { ...customer(value), products: [product('p1')] });

function start(stores: Stores, revisions: CoreRevisions) {
  return startNode(stores, { bounds, revisions });
}

/** A life of the shard: one event for each of `customers`, then a clean end. */
async function live(stores: Stores, revisions: CoreRevisions, customers: readonly string[]): Promise<void> {
  const node = await start(stores, revisions);
  for (const who of customers) await node.publish(view(who));
  await node.engine.stop();
}

function records(stores: Stores): { readonly facts: readonly Fact[] }[] {
  return (stores.log.get(0)?.records ?? []).map((bytes) => decodeRecord(bytes));
}

function adoptions(stores: Stores): string[] {
  return records(stores)
    .flatMap(({ facts }) => facts)
    .flatMap((fact) => (fact.kind === 'adopted' && fact.edition === 'core' ? [fact.version] : []));
}

/** Revisions named by the snapshots, in the order in which their customers were first saved. */
function named(stores: Stores): number[] {
  return [...(stores.snapshots.get(0)?.rows.values() ?? [])].map(({ revision }) => revision);
}

test('the revision that is adopted is one that is carried', () => {
  expect(CARRIED.has(CORE_REVISION)).toBe(true);
  expect(Math.max(...CARRIED)).toBe(CORE_REVISION);
});

test('a new shard adopts the revision of the code once, as the first fact of its first turn', async () => {
  const stores = emptyStores();
  const node = await start(stores, old);
  expect(adoptions(stores)).toEqual([]);
  await node.decide(decideInput('r1'));
  await node.decide(decideInput('r2'));
  await node.engine.stop();
  await live(stores, old, ['L1']);
  expect(adoptions(stores)).toEqual(['1']);
  const first = records(stores).find(({ facts }) => facts.some((fact) => 'customer' in fact));
  expect(first?.facts[0]).toMatchObject({ kind: 'adopted', edition: 'core', version: '1' });
});

test('a shard of an earlier revision adopts the later one at its next turn, and never goes back', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1', 'L2']);
  await live(stores, both, ['L2']);
  expect(adoptions(stores)).toEqual(['1', '2']);
  await live(stores, { ...both, current: 1 }, ['L1']);
  expect(adoptions(stores)).toEqual(['1', '2']);
});

test('a snapshot names the revision in force at its record', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1', 'L2']);
  expect(named(stores)).toEqual([1, 1]);
  await live(stores, both, ['L2']);
  expect(named(stores)).toEqual([1, 2]);
});

test('a snapshot of an earlier revision is used as it stands, carried or not', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1', 'L2']);
  await live(stores, both, ['L2']);
  const node = await start(stores, onlyNew);
  await node.publish(view('L1'));
  const views = await node.read(customer('L1'), (profile) => profile.viewed.get(0)?.views);
  expect(views).toBe(2);
  await node.engine.stop();
  expect(named(stores)).toEqual([2, 2]);
});

test('a shard whose checkpoint is of a later revision is refused, and nothing is written to it', async () => {
  const stores = emptyStores();
  await live(stores, both, ['L1']);
  const before = records(stores).length;
  await expect(start(stores, old)).rejects.toMatchObject({
    kind: 'conflict',
    message:
      'shard 0 works under core revision 2, and this version carries 1 only: use a version that carries it',
  });
  expect(records(stores)).toHaveLength(before);
});

test('a shard whose log adopts a later revision behind its checkpoint is refused', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1']);
  const crashed = await start(stores, both);
  await crashed.publish(view('L1'));
  await expect(start(stores, old)).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('shard 0 works under core revision 2'),
  });
});

test.each([
  ['that was killed without a checkpoint', false],
  ['that was killed behind its checkpoint', true],
])('a shard of a revision that is no longer carried is refused when it is one %s', async (_what, saved) => {
  const stores = emptyStores();
  if (saved) await live(stores, old, ['L1']);
  const killed = await start(stores, old);
  await killed.publish(view('L1'));
  const before = records(stores).length;
  await expect(start(stores, onlyNew)).rejects.toMatchObject({
    kind: 'conflict',
    message:
      'shard 0 works under core revision 1, and this version carries 2 only: start it with the version that wrote it, stop it cleanly, and start this one then',
  });
  expect(records(stores)).toHaveLength(before);
});

test('a shard of a revision that is no longer carried is taken on as it stands after a clean stop', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1', 'L2']);
  const node = await start(stores, onlyNew);
  await node.publish(view('L1'));
  expect(await node.read(customer('L1'), (profile) => profile.viewed.get(0)?.views)).toBe(2);
  await node.engine.stop();
  expect(adoptions(stores)).toEqual(['1', '2']);
  // And from then on it is a shard of the later one, however it ends.
  const killed = await start(stores, onlyNew);
  await killed.publish(view('L2'));
  const again = await start(stores, onlyNew);
  expect(await again.read(customer('L2'), (profile) => profile.viewed.get(0)?.views)).toBe(2);
  await again.engine.stop();
});

test('a snapshot of a later revision than its shard is told, and its customer folded from the log again', async () => {
  const stores = emptyStores();
  await live(stores, old, ['L1', 'L2']);
  const rows = stores.snapshots.get(0)?.rows;
  const [id, row] = rows?.entries().next().value ?? [];
  if (id === undefined || row === undefined) throw new Error('nobody was saved');
  rows?.set(id, { ...row, revision: 2 });
  const node = await start(stores, old);
  expect((await node.publish(view('L1'))).kind).toBe('accepted');
  expect((await node.publish(view('L2'))).kind).toBe('accepted');
  expect(node.faults.join('\n')).toContain(
    'the snapshot is of core revision 2, and this version carries 1 only',
  );
  await node.engine.stop();
});

test('a log that speaks of customers before a revision was adopted is not served', async () => {
  const stores = emptyStores();
  const first = await start(stores, old);
  await first.publish(view('L1'));
  const log = stores.log.get(0)?.records ?? [];
  for (const [at, bytes] of log.entries()) {
    const { header, facts } = decodeRecord(bytes);
    const kept = facts.filter((fact) => fact.kind !== 'adopted');
    log[at] = encodeRecord(header, kept);
  }
  await expect(start(stores, old)).rejects.toMatchObject({
    kind: 'corrupt',
    message: 'shard 0: record 2 is about a customer, and no core revision was adopted before it',
  });
});
