/** What people watch at one node of several. */
import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import type { Committed } from '../port/customers.ts';
import { decideInput, event, product } from '../runtime/engine.fixture.ts';
import { type ClusterNode, Nodes } from './nodes.fixture.ts';

const person = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `L${n}` }] });
const PEOPLE = Array.from({ length: 12 }, (_, n) => n);

async function three(): Promise<{ nodes: Nodes; a: ClusterNode; b: ClusterNode; c: ClusterNode }> {
  const nodes = new Nodes();
  const [a, b, c] = [await nodes.start('a'), await nodes.start('b'), await nodes.start('c')];
  await nodes.pass(5_000);
  return { nodes, a, b, c };
}

async function view(nodes: Nodes, node: ClusterNode, n: number, ms = 50): Promise<void> {
  const sent = node.publish(
    event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] }),
  );
  await nodes.pass(ms);
  expect(await sent).toMatchObject({ kind: 'accepted' });
}

/** Views as a watcher at `node` was told of them, by person. */
function watchAll(node: ClusterNode): { seen: number[][]; stop: () => void } {
  const seen: number[][] = PEOPLE.map(() => []);
  const stops = PEOPLE.map((n) => {
    const watch = node.gateway.watch(person(n), ({ viewed }) => void seen[n]?.push(viewed.views(0)));
    if (watch.kind === 'refused') throw new Error(watch.message);
    return watch.stop;
  });
  return { seen, stop: () => void stops.map((stop) => stop()) };
}

test('changes of customers of every node are told at any, each once, until nobody watches', async () => {
  const { nodes, a, b, c } = await three();
  const { seen, stop } = watchAll(b);
  await nodes.pass(1_000);
  for (const n of PEOPLE) await view(nodes, n % 2 ? a : c, n);
  for (const n of PEOPLE) await view(nodes, b, n);
  expect(seen).toEqual(PEOPLE.map(() => [1, 2]));
  stop();
  await nodes.pass(INTERVALS.linkHoldMs * 2);
  await view(nodes, a, 1);
  expect(seen[1]).toEqual([1, 2]);
  expect([a, c].map((node) => node.engine.runtime.watchers.size)).toEqual([0, 0]);
});

test('what changed while its node died is told once another one has taken it over', async () => {
  const { nodes, a, b, c } = await three();
  const { seen } = watchAll(b);
  await nodes.pass(1_000);
  for (const n of PEOPLE) await view(nodes, a, n);
  c.host.state = 'dead';
  for (const n of PEOPLE)
    void a.publish(event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] }));
  await nodes.pass(INTERVALS.nodeLeaseMs + 5_000);
  expect(seen.map((views) => views.at(-1))).toEqual(PEOPLE.map(() => 2));
});

test('what changed behind a cut is told when it is over', async () => {
  const { nodes, a, b } = await three();
  const { seen } = watchAll(b);
  await nodes.pass(1_000);
  nodes.cut.add('c>b');
  for (const n of PEOPLE) await view(nodes, a, n);
  await nodes.pass(INTERVALS.linkAskMs + 1_000);
  nodes.cut.clear();
  await nodes.pass(INTERVALS.linkLapseMs + 2_000);
  expect(seen.map((views) => views.at(-1))).toEqual(PEOPLE.map(() => 1));
});

test('decisions of all nodes are tailed at any, within what was asked for, and what was left out is counted', async () => {
  const { nodes, a, b } = await three();
  const decided: Committed[] = [];
  let skipped = 0;
  const few: Committed[] = [];
  const stops = [
    b.gateway.tail((one) => one.fact.kind === 'decision' && decided.push(one)),
    b.gateway.tail(
      (one, left) => {
        skipped += left;
        few.push(one);
      },
      { share: 1, perSecondMax: 2 },
    ),
  ];
  await nodes.pass(1_000);
  const all = Promise.all(PEOPLE.map((n) => a.decide(decideInput(`d${n}`, person(n)))));
  await nodes.pass(100);
  expect((await all).every(({ kind }) => kind === 'decided')).toBe(true);
  const requests = decided.map(({ fact }) => (fact.kind === 'decision' ? fact.requestId : ''));
  expect(requests.toSorted()).toEqual(PEOPLE.map((n) => `d${n}`).toSorted());
  await nodes.pass(1_000);
  const again = Promise.all(PEOPLE.map((n) => a.decide(decideInput(`e${n}`, person(n)))));
  await nodes.pass(100);
  await again;
  const there = few.filter(({ place }) => nodes.serving[place.shard] !== 'b');
  // Of two other nodes, two in each of two seconds.
  expect(there).toHaveLength(8);
  expect(skipped).toBe(
    decided.slice(0, PEOPLE.length).filter(({ place }) => nodes.serving[place.shard] !== 'b').length - 4,
  );
  for (const stop of stops) stop();
});
