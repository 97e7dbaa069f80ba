/** Three nodes on the real servers, and a mail system that is connected to one of them. */
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { type AttuneClient, connect } from '../client/attune-client.ts';
import { channelIndex } from '../core/channel.ts';
import { parseDispatchId } from '../core/decide/decision-id.ts';
import type { Deliver } from '../gen/attune/v1/channel_pb.ts';
import { Delivery } from '../gen/attune/v1/decision_pb.ts';
import { awakeZones } from '../proof/crash/run-crash.ts';
import { onCluster, type Served, SHARDS } from './scratch-cluster.fixture.ts';

const EMAIL = channelIndex('email');
const CREDITS = 4;
/** Where nobody is asleep. */
const AWAKE = awakeZones(Date.now())[0] ?? 'UTC';
const WAIT = { timeout: 30_000, interval: 20 };

const keysOf = (n: number) => [
  { kind: 'loyalty', value: `L${n}` },
  { kind: 'email_sha256', value: n.toString(16).padStart(64, '0') },
];

/** Customers who bought, and are mailed about it if anything is said; their dispatches by mail. */
async function mailAll(client: AttuneClient, from: number, to: number): Promise<string[]> {
  const people = Array.from({ length: to - from }, (_, n) => keysOf(from + n));
  await client.publish(
    people.map((identifiers, n) => ({
      ...{ source: 'shop', identifiers, name: 'Order Completed', occurredAt: timestampFromDate(new Date()) },
      order: { orderId: `o${from + n}`, revenue: 90 },
      products: [{ productId: 'p1', category: 'coats', price: 90, quantity: 1 }],
      context: { timeZone: AWAKE },
    })),
  );
  const decided = await Promise.all(
    people.map((identifiers) => client.decide({ identifiers, delivery: Delivery.DISPATCH })),
  );
  return decided.flatMap(({ decisionId, choices: [choice] }) =>
    choice?.outcome.case === 'treatment' && choice.outcome.value.channel === 'email'
      ? [`${decisionId}-0`]
      : [],
  );
}

async function keen({ client }: Served): Promise<void> {
  const { files } = await client.admin.getPolicy();
  const care = new TextDecoder().decode(files['actions/after-purchase.yaml']);
  const changed = care.replaceAll('engagement_value: 0.4', 'engagement_value: 40');
  const applied = await client.admin.applyPolicy({ ...files, 'actions/after-purchase.yaml': changed });
  expect(applied.applied).toBe(true);
}

const openOn = ({ node }: Served): number => node.engine.runtime.channels.open(EMAIL);

onCluster((cluster) => {
  test('one connection gets every dispatch of every shard, never beyond its credits, also when its node ends', async () => {
    const name = cluster.deployment();
    const nodes: Served[] = [];
    for (let n = 0; n < 3; n++) nodes.push(await cluster.serve(name));
    const [a, b, c] = nodes as [Served, Served, Served];
    await keen(a);
    await a.client.upsertProducts([{ productId: 'p1', title: 'Coat', category: 'coats', price: 90 }]);
    const served = () =>
      nodes.map(({ node }) => node.engine.shards.filter(({ isServing }) => isServing).length);
    await expect.poll(() => served().toSorted(), WAIT).toEqual([1, 1, 2]);
    await expect
      .poll(
        () =>
          nodes.every(
            ({ node }) => node.engine.runtime.policy?.version === a.node.engine.runtime.policy?.version,
          ),
        WAIT,
      )
      .toBe(true);
    await expect
      .poll(() => nodes.every(({ node }) => node.engine.runtime.catalog.get('p1') !== undefined), WAIT)
      .toBe(true);

    const client = connect([c.address, a.address]);
    const got: Deliver[] = [];
    let unanswered = 0;
    let most = 0;
    const channel = client.connectChannel({
      channel: 'email',
      credits: CREDITS,
      onDeliver: async (delivery) => {
        got.push(delivery);
        most = Math.max(most, ++unanswered);
        await new Promise<void>((resolve) => setTimeout(resolve, 5));
        unanswered--;
        return undefined;
      },
    });
    cluster.later(async () => {
      channel.close();
      client.close();
    });
    const ids = () => got.map(({ dispatchId }) => dispatchId).toSorted();
    const sent = await mailAll(b.client, 0, 60);
    expect(new Set(sent.map((id) => parseDispatchId(id)?.shard)).size).toBe(SHARDS);
    await expect.poll(ids, WAIT).toEqual(sent.toSorted());
    expect(most).toBeLessThanOrEqual(CREDITS);
    await expect.poll(() => nodes.map(openOn), WAIT).toEqual([0, 0, 0]);

    // The node of the connection ends, and its shards go to others.
    await cluster.end();
    const more = await mailAll(b.client, 60, 100);
    await expect.poll(ids, WAIT).toEqual([...sent, ...more].toSorted());
    expect(most).toBeLessThanOrEqual(CREDITS);
    await expect.poll(() => [a, b].map(openOn), WAIT).toEqual([0, 0]);
    expect(nodes.flatMap(({ said }) => said)).toEqual([]);
  }, 120_000);

  test('a customer and the decisions of all nodes are watched at one', async () => {
    const name = cluster.deployment();
    const [a, b] = [await cluster.serve(name), await cluster.serve(name)];
    const served = () =>
      [a, b].map(({ node }) => node.engine.shards.filter(({ isServing }) => isServing).length);
    await expect.poll(served, WAIT).toEqual([2, 2]);
    const people = Array.from({ length: 8 }, (_, n) => [{ kind: 'loyalty', value: `W${n}` }]);
    const versions = people.map(() => 0);
    const decided: string[] = [];
    const tail = a.client.admin.watchDecisions({});
    void (async () => {
      for await (const { decision } of tail) decided.push(decision?.decisionId ?? '');
    })().catch(() => {});
    for (const [n, identifiers] of people.entries()) {
      const watch = a.client.watchCustomer({ identifiers });
      void (async () => {
        for await (const { version } of watch) versions[n] = Number(version);
      })().catch(() => {});
    }
    const shopped = async () => {
      const replies = await Promise.all(
        people.map((identifiers) => b.client.decide({ identifiers, placements: ['home_hero'] })),
      );
      return replies.map(({ decisionId }) => decisionId);
    };
    // Until the watches are there, which no call tells.
    await expect.poll(() => b.node.engine.runtime.watchers.tailing, WAIT).toBe(true);
    const ids = await shopped();
    await expect.poll(() => decided.toSorted(), WAIT).toEqual(ids.toSorted());
    await expect.poll(() => versions.every((version) => version > 0), WAIT).toBe(true);
  }, 60_000);
});
