import { expect, test } from 'vitest';
import { connect } from '../client/attune-client.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { onCluster, SHARDS, type Served } from './scratch-cluster.fixture.ts';

const NAMES = Array.from({ length: 16 }, (_, n) => `c${n}`);

/** What callers asked of a node and it sent on; what actors ask each other is not among it. */
function forwarded(nodes: readonly Served[]): number {
  const kinds = ['event', 'decide', 'feedback', 'read'];
  return nodes.reduce(
    (sum, { counts }) =>
      sum +
      kinds.reduce((all, kind) => all + (counts.get(`attune_requests_forwarded_total ${kind}`) ?? 0), 0),
    0,
  );
}

onCluster((cluster) => {
  async function twoNodes(): Promise<[Served, Served]> {
    const name = cluster.deployment();
    const nodes: [Served, Served] = [await cluster.serve(name), await cluster.serve(name)];
    await expect
      .poll(() => nodes.map(({ node }) => node.engine.shards.filter((shard) => shard.isServing).length), {
        timeout: 20_000,
      })
      .toEqual([SHARDS / 2, SHARDS / 2]);
    return nodes;
  }

  const customers = NAMES.map((value) => [{ kind: 'crm', value }]);
  const viewed = (identifiers: { kind: string; value: string }[], id: string) => ({
    ...{ name: 'Page Viewed', source: 'web', id, identifiers },
  });

  test('a client that knows the map is sent nowhere else, whatever it asks; one that does not is', async () => {
    const nodes = await twoNodes();
    const addresses = nodes.map(({ address }) => address);
    expect(new Set(NAMES.map((value) => addresseeOf('crm', value).hash % SHARDS)).size).toBe(SHARDS);
    const ask = async (shardMap: boolean): Promise<number> => {
      const client = connect(addresses, { shardMap, retry: { attemptMs: 10_000 } });
      const [events, decisions] = [client.streamEvents(), client.decideStream()];
      try {
        const getAll = async (): Promise<number> => {
          const before = forwarded(nodes);
          await Promise.all(customers.map((identifiers) => client.getCustomer({ identifiers })));
          return forwarded(nodes) - before;
        };
        // The first calls leave before it has a map.
        if (shardMap) await expect.poll(getAll, { timeout: 20_000 }).toBe(0);
        const before = forwarded(nodes);
        const results = await Promise.all([
          client.publish(customers.map((one, n) => viewed(one, `published ${shardMap} ${n}`))),
          ...customers.map(async (one, n) => [await events.send(viewed(one, `streamed ${shardMap} ${n}`))]),
        ]);
        expect(new Set(results.flat().map(({ status }) => status))).toEqual(new Set([EventStatus.ACCEPTED]));
        for (const identifiers of customers) {
          const asked = { identifiers, placements: ['home-hero'] };
          const { customerId } = await client.decide(asked);
          await decisions.decide(asked);
          await client.getCustomer({ identifiers });
          await client.getCustomer({ customerId });
        }
        return forwarded(nodes) - before;
      } finally {
        events.close();
        decisions.close();
        client.close();
      }
    };
    expect(await ask(true)).toBe(0);
    // Of all that it asks, at the first node, what is of customers whom the other one has.
    const { shards } = nodes[0].node.engine;
    const others = NAMES.filter((value) => !shards[addresseeOf('crm', value).hash % SHARDS]?.isServing);
    expect(others.length).toBeGreaterThan(0);
    expect(await ask(false)).toBeGreaterThanOrEqual(6 * others.length);
  }, 60_000);

  test('a node that ends takes nothing along, and what it had is asked of the other one', async () => {
    const [first] = await twoNodes();
    const client = connect(first.address, { shardMap: true });
    const stream = client.decideStream();
    cluster.later(async () => {
      stream.close();
      client.close();
    });
    const decideAll = () =>
      Promise.all(customers.map((identifiers) => stream.decide({ identifiers, placements: ['home-hero'] })));
    await decideAll();
    const ending = cluster.end();
    for (let round = 0; round < 10; round++) expect(await decideAll()).toHaveLength(customers.length);
    await ending;
    expect(await decideAll()).toHaveLength(customers.length);
  }, 60_000);
});
