/** Budgets where several nodes share the shards: in one process, over memory stores. */
import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import { budgetedShop, factsOf, offerAll, PER_DAY, reservedOn } from '../runtime/turn/budgets.fixture.ts';
import { type ClusterNode, Nodes, SHARDS } from './nodes.fixture.ts';

async function three(): Promise<{ nodes: Nodes; a: ClusterNode; b: ClusterNode; c: ClusterNode }> {
  const nodes = new Nodes(budgetedShop());
  const [a, b, c] = [await nodes.start('a'), await nodes.start('b'), await nodes.start('c')];
  await nodes.pass(5_000);
  return { nodes, a, b, c };
}

/** All ask for offers, one after the other, at the nodes given; time goes on meanwhile. */
async function offersAt(nodes: Nodes, at: readonly ClusterNode[], names: readonly string[]): Promise<void> {
  let isOver = false;
  const asked = Promise.all(
    at.map((node, n) =>
      offerAll(
        node,
        names.filter((_, place) => place % at.length === n),
        'r',
        10,
      ),
    ),
  ).finally(() => {
    isOver = true;
  });
  while (!isOver) await nodes.pass(100);
  await asked;
}

const customersTo = (count: number, word: string): string[] =>
  Array.from({ length: count }, (_, n) => `${word}${n}`);

/** New customers ask until all is given but for less than the largest code, or for so long that it should be. */
async function askOn(nodes: Nodes, at: readonly ClusterNode[], word: string): Promise<void> {
  for (let round = 0; round < 12; round++) {
    if (reservedOn(nodes.stores, nodes.clock.now()).sum > PER_DAY - 12.001) return;
    await nodes.pass(40_000);
    await offersAt(nodes, at, customersTo(90, `${word}${round}-`));
  }
}

test('several nodes together give away the budget of a day, and no more, wherever it is asked for', async () => {
  const { nodes, a, b, c } = await three();
  await offersAt(nodes, [a, b, c], customersTo(300, 'm'));
  await askOn(nodes, [a, b, c], 'n');
  const { sum } = reservedOn(nodes.stores, nodes.clock.now());
  expect(sum).toBeLessThanOrEqual(PER_DAY);
  // Full but for less than the largest code.
  expect(sum).toBeGreaterThan(PER_DAY - 12.001);
});

test('customers of one shard have nearly all of the budget, which the others lend it', async () => {
  const { nodes, a, b, c } = await three();
  const names = customersTo(4_000, 'o').filter((name) => addresseeOf('loyalty', name).hash % SHARDS === 2);
  expect(names.length).toBeGreaterThan(600);
  await offersAt(nodes, [a, b, c], names.slice(0, 400));
  for (let from = 400; from < 700; from += 100) {
    await nodes.pass(40_000);
    await offersAt(nodes, [a, b, c], names.slice(from, from + 100));
  }
  const { sum } = reservedOn(nodes.stores, nodes.clock.now());
  expect(sum).toBeLessThanOrEqual(PER_DAY);
  expect(sum).toBeGreaterThan(PER_DAY - 12.001);
});

test('shards that move with nodes that come, leave and die take what they drew and lent along: the day gives its budget and no more', async () => {
  const { nodes, a, b, c } = await three();
  // All the demand is where one node serves; then that shard stays, and the others go.
  const [two, rest] = [true, false].map((isTwo) =>
    customersTo(900, 'p').filter((name) => (addresseeOf('loyalty', name).hash % SHARDS === 2) === isTwo),
  ) as [string[], string[]];
  await offersAt(nodes, [a, b, c], two.slice(0, 8));
  b.host.state = 'dead';
  await nodes.pass(INTERVALS.nodeLeaseMs + 2_000);
  await offersAt(nodes, [a, c], two.slice(8, 10));
  const left = c.cluster.leave(10_000);
  await offersAt(nodes, [a], rest.slice(0, 100));
  await nodes.pass(10_000);
  await left;
  const d = await nodes.start('d');
  await nodes.pass(5_000);
  expect(new Set(nodes.serving)).toEqual(new Set(['a', 'd']));
  await offersAt(nodes, [a, d], [...two.slice(10, 60), ...rest.slice(100, 250)]);
  await askOn(nodes, [a, d], 'q');
  const { sum } = reservedOn(nodes.stores, nodes.clock.now());
  expect(sum).toBeLessThanOrEqual(PER_DAY);
  expect(sum).toBeGreaterThan(PER_DAY - 12.001);
  // No loan goes to and fro.
  expect(factsOf(nodes.stores).filter(({ kind }) => kind === 'loan').length).toBeLessThan(400);
});
