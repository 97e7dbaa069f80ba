/** Nodes of two versions side by side: what they write, who may come, and that all of it replays. */
import { expect, test } from 'vitest';
import { MemoryCatalogLog } from '../adapter/memory/memory-catalog-log.ts';
import { MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { type ClusterNode, Nodes, SHARDS } from '../cluster/nodes.fixture.ts';
import { decodeRecord } from '../codec/stored/record-codec.ts';
import type { DecideOutcome } from '../port/customers.ts';
import type { NodeProgram } from '../port/membership.ts';
import { decideInput } from '../runtime/engine.fixture.ts';
import { NodeReplays } from './node-replays.ts';

const FORMATS = { 'log record': [3, 4], profile: [1, 2] } as const;
const OLD: NodeProgram = { revisions: [2], formats: FORMATS };
const NEW: NodeProgram = { revisions: [2, 3], formats: FORMATS };

type Decided = DecideOutcome & { readonly kind: 'decided' };

/** A decision for each of `people`, asked at the nodes by turns. */
async function decide(nodes: Nodes, at: readonly ClusterNode[], name: string): Promise<Decided[]> {
  const sent = Array.from({ length: 24 }, (_, n) =>
    (at[n % at.length] as ClusterNode).decide(
      decideInput(`${name}${n}`, { identifiers: [{ kind: 'loyalty', value: `L${n}` }] }),
    ),
  );
  await nodes.pass(100);
  return (await Promise.all(sent)).map((outcome) => {
    expect(outcome.kind).toBe('decided');
    return outcome as Decided;
  });
}

/** Core revisions that the log of each shard adopts, in order. */
function adopted({ stores }: Nodes): string[] {
  return Array.from({ length: SHARDS }, (_, shard) =>
    (stores.log.get(shard)?.records ?? [])
      .flatMap((bytes) => decodeRecord(bytes).facts)
      .flatMap((fact) => (fact.kind === 'adopted' && fact.edition === 'core' ? [fact.version] : []))
      .join(' '),
  );
}

async function leave(nodes: Nodes, node: ClusterNode): Promise<void> {
  const left = node.cluster.leave(20_000);
  await nodes.pass(10_000);
  await left;
  node.host.state = 'dead';
}

function replaysAt({ engine, gateway }: ClusterNode): NodeReplays {
  const { log, archive, policy } = engine.runtime;
  const stores = {
    ...{ log, archive, editions: new MemoryEditions({ now: () => 0 }) },
    catalogLog: new MemoryCatalogLog({ storage: [] }),
  };
  const policies = { parsed: async () => policy };
  return new NodeReplays({ engine, gateway, stores, policies } as never);
}

test('nodes of two revisions work under the lower one until it is finalised, older ones are refused from then on, and all of it replays', async () => {
  const nodes = new Nodes();
  const [a, b] = [await nodes.start('a', OLD), await nodes.start('b', OLD)];
  await nodes.pass(5_000);
  const first = await decide(nodes, [a, b], 'first');
  await leave(nodes, b);
  const c = await nodes.start('c', NEW);
  await nodes.pass(5_000);
  expect(new Set(nodes.serving)).toEqual(new Set(['a', 'c']));
  const mixed = await decide(nodes, [a, c], 'mixed');
  expect(new Set(adopted(nodes))).toEqual(new Set(['2']));
  expect(await c.cluster.deployment.finalise()).toMatchObject({
    ...{ kind: 'behind', core: 3, nodes: [{ address: 'a', revisions: [2] }] },
  });
  await leave(nodes, a);
  const d = await nodes.start('d', NEW);
  await nodes.pass(5_000);
  const waiting = await decide(nodes, [c, d], 'waiting');
  expect(new Set(adopted(nodes))).toEqual(new Set(['2']));
  expect(await d.cluster.deployment.finalise()).toEqual({ kind: 'changed', core: 3, previous: 2 });
  expect(await d.cluster.deployment.finalise()).toEqual({ kind: 'unchanged', core: 3, previous: 3 });
  await nodes.pass(1_000);
  const last = await decide(nodes, [c, d], 'last');
  expect(new Set(adopted(nodes))).toEqual(new Set(['2 3']));
  await expect(nodes.start('e', OLD)).rejects.toMatchObject({
    kind: 'conflict',
    message:
      'the deployment works under core revision 3, and this version carries 2 only: use a version that carries it',
  });
  const replays = replaysAt(d);
  for (const { place, fact } of [...first, ...mixed, ...waiting, ...last]) {
    const read = d.gateway.decision(place);
    await nodes.pass(20);
    const replayed = replays.replay(place, (await read) ?? fact);
    await nodes.pass(20);
    expect(await replayed).toEqual({ identical: true, note: '' });
  }
});

test('an older node that comes while a revision is finalised is given no shards, and says so', async () => {
  const nodes = new Nodes();
  const c = await nodes.start('c', NEW);
  await nodes.pass(1_000);
  // As when the revision was finalised between its look and its first renewal.
  nodes.storage.map = { owners: [], handoffs: {}, ...nodes.storage.map, core: 2 };
  const e = await nodes.start('e', OLD);
  nodes.storage.map = { ...nodes.storage.map, core: 3 };
  nodes.storage.mapRevision = ++nodes.storage.revision;
  await nodes.pass(5_000);
  expect(new Set(nodes.serving)).toEqual(new Set(['c']));
  expect(e.said).toContain(
    'the deployment works under core revision 3, which this version does not carry: it has no shards, and sends calls on',
  );
  expect((await decide(nodes, [e], 'sent on')).length).toBe(24);
  expect((await c.cluster.deployment.view()).nodes).toHaveLength(2);
});

test('a node that would write what a living one cannot read waits for its lease, and is refused while it lives', async () => {
  const nodes = new Nodes();
  const a = await nodes.start('a', OLD);
  await nodes.pass(1_000);
  const later: NodeProgram = { revisions: [2, 3], formats: { ...FORMATS, 'log record': [3, 5] } };
  const refused = nodes.start('b', later).catch((fault: unknown) => fault);
  await nodes.pass(6_000);
  expect(await refused).toMatchObject({
    kind: 'conflict',
    message:
      'this version writes a log record of format 5, and node a, which lives, reads 4 at most: end it first',
  });
  a.host.state = 'dead';
  const taken = nodes.start('b', later);
  await nodes.pass(10_000);
  await taken;
  expect(new Set(nodes.serving)).toEqual(new Set(['b']));
  await expect(nodes.start('a', OLD)).rejects.toMatchObject({
    message:
      'the deployment has a log record of format 5, and this version reads 3 to 4: use a version that reads it',
  });
});
