/** Channel systems that are connected to one node of several. */
import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { channelIndex } from '../core/channel.ts';
import { parseDispatchId } from '../core/decide/decision-id.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import type { Pause } from '../core/pause/pause.ts';
import type { ChannelConnection, Delivery } from '../port/customers.ts';
import { decideFor } from '../runtime/delivery/mail-desk.fixture.ts';
import { type ClusterNode, Nodes, SHARDS } from './nodes.fixture.ts';

const EMAIL = channelIndex('email');

/** A mail system, and all that it was told. */
class Mail {
  readonly delivered: Delivery[] = [];
  readonly withdrawn: string[] = [];
  readonly forgotten: string[] = [];
  readonly connection: ChannelConnection;
  /** Unanswered deliveries, at most. */
  most = 0;
  #unanswered = 0;

  constructor(node: ClusterNode, credits: number, channel = EMAIL) {
    const connection = node.gateway.connect(channel, credits, {
      deliver: (one) => {
        this.delivered.push(one);
        this.most = Math.max(this.most, ++this.#unanswered);
      },
      withdraw: (id) => void this.withdrawn.push(id),
      forget: (id) => void this.forgotten.push(id),
    });
    if (connection.kind === 'refused') throw new Error(connection.message);
    this.connection = connection;
  }

  get ids(): string[] {
    return [...new Set(this.delivered.map(({ dispatchId }) => dispatchId))];
  }

  /** Takes everything that it has and did not answer. */
  async accept(nodes: Nodes): Promise<string[]> {
    const taken = this.delivered.splice(0);
    const answers = taken.map(({ dispatchId }) => {
      this.#unanswered--;
      this.connection.credit(1);
      return this.connection.accepted(dispatchId);
    });
    await nodes.pass(30);
    return (await Promise.all(answers)).map(({ kind }) => kind);
  }
}

function stock(node: ClusterNode): void {
  const catalog = new CatalogColumns();
  catalog.fold(1, [
    {
      ...{ productId: 'p', title: 'Coat', category: 'coats', brand: 'Nord', price: 90, margin: undefined },
      ...{ url: undefined, image: undefined, variants: [], substitutes: [] },
    },
  ]);
  node.engine.runtime.catalog = catalog;
}

async function three(): Promise<{ nodes: Nodes; a: ClusterNode; b: ClusterNode; c: ClusterNode }> {
  const nodes = new Nodes();
  const [a, b, c] = [await nodes.start('a'), await nodes.start('b'), await nodes.start('c')];
  for (const node of [a, b, c]) stock(node);
  await nodes.pass(5_000);
  return { nodes, a, b, c };
}

/** Decides for customers `from` to `to`; the dispatch ids of those who are mailed. */
async function mailAll(
  nodes: Nodes,
  node: ClusterNode,
  from: number,
  to: number,
  ms = 100,
): Promise<string[]> {
  const all = Promise.all(Array.from({ length: to - from }, (_, n) => decideFor(node, from + n)));
  await nodes.pass(ms);
  return (await all).flatMap((one) => {
    if (one.kind !== 'decided') throw new Error(one.message);
    const { generation, shard, seq, index } = one.place;
    const [choice] = one.fact.choices;
    const id = [generation, shard, seq, index, 0].map((part) => part.toString(36)).join('-');
    return choice?.kind === 'treatment' && choice.channel === EMAIL ? [id] : [];
  });
}

const shardsOf = (ids: readonly string[]): number[] =>
  [...new Set(ids.map((id) => parseDispatchId(id)?.shard ?? -1))].toSorted();

const openOn = (node: ClusterNode): number => node.engine.runtime.channels.open(EMAIL);

test('a mail system that is connected to one node gets what all shards have for it, once', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 300);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 80);
  expect(shardsOf(sent)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(mail.delivered.map(({ dispatchId }) => dispatchId).toSorted()).toEqual(sent.toSorted());
  // No second record: the credits were there when it was decided.
  expect(mail.delivered.every(({ attempt }) => attempt === 1)).toBe(true);
  expect(new Set(await mail.accept(nodes))).toEqual(new Set(['accepted']));
  expect([a, b, c].map(openOn)).toEqual([0, 0, 0]);
  await nodes.pass(INTERVALS.dispatchRetryMs * 2);
  expect(mail.delivered).toEqual([]);
});

test('one credit goes round: no node starves, and never is more unanswered than the system allowed', async () => {
  const { nodes, a, b } = await three();
  const mail = new Mail(b, 1);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 60);
  const got: string[] = [];
  for (let turn = 0; turn < 3 * sent.length && got.length < sent.length; turn++) {
    got.push(...mail.ids);
    await mail.accept(nodes);
    await nodes.pass(300);
  }
  expect(mail.most).toBe(1);
  expect(got.toSorted()).toEqual(sent.toSorted());
  // By turns: of the first third each node had some.
  const owners = got
    .slice(0, Math.ceil(got.length / 3))
    .map((id) => nodes.serving[parseDispatchId(id)?.shard ?? 0]);
  for (const name of ['a', 'b', 'c'])
    expect(owners.filter((owner) => owner === name).length).toBeGreaterThanOrEqual(2);
});

test('credits that lie idle elsewhere come to the node that lacks them', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 9);
  await nodes.pass(1_500);
  const credits = () => [a, b, c].map((node) => node.engine.runtime.channels.sessionsOf(EMAIL)[0]?.credits);
  expect(credits().reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(9);
  expect(Math.min(...credits().map((one) => one ?? 0))).toBeGreaterThanOrEqual(2);
  const [shard] = nodes.serving.flatMap((owner, at) => (owner === 'c' ? [at] : []));
  const sent: string[] = [];
  // Customers of one node alone are mailed.
  for (let n = 0; n < 400 && sent.length < 12; n++) {
    const homes = [
      addresseeOf('loyalty', `C${n}`).hash % SHARDS,
      addresseeOf('email_sha256', `aa${n}`).hash % SHARDS,
    ];
    if (homes.every((home) => home === shard)) sent.push(...(await mailAll(nodes, a, n, n + 1)));
  }
  await nodes.pass(1_000);
  expect(sent.length).toBeGreaterThan(9);
  expect(mail.delivered.map(({ dispatchId }) => dispatchId).toSorted()).toEqual(sent.slice(0, 9).toSorted());
  await mail.accept(nodes);
  await nodes.pass(1_000);
  expect(mail.ids).toEqual(sent.slice(9));
});

test('a pause that withdraws reaches what other nodes gave, and what waits there', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 6);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 40);
  expect(mail.ids.length).toBeLessThan(sent.length);
  const held = mail.ids;
  const since = nodes.clock.now();
  const pause: Pause = { scope: 'channel', name: 'email', pending: 'withdraw', since, by: 'ops', why: '' };
  for (const node of [a, b, c])
    node.engine.runtime.pauses = { version: '1@abc', sha256: 'abc', list: [pause] };
  await nodes.pass(3_000);
  expect(mail.withdrawn.toSorted()).toEqual(held.toSorted());
  expect([a, b, c].map(openOn)).toEqual([0, 0, 0]);
});

test('a person who is forgotten is told to the one system of each channel, and its answer is heard', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 300);
  await nodes.pass(1_500);
  await mailAll(nodes, a, 0, 20);
  const { customerId } = mail.delivered.find(
    ({ dispatchId }) => nodes.serving[parseDispatchId(dispatchId)?.shard ?? 0] === 'c',
  ) as Delivery;
  const erased = a.gateway.erase({ customerId }, '');
  await nodes.pass(2_000);
  expect(await erased).toMatchObject({ kind: 'erased' });
  // The lists of the others, as their nodes take them in.
  for (const node of [a, b, c]) await node.engine.runtime.erasures.takeIn();
  await nodes.pass(INTERVALS.archiveEveryMs * 2);
  expect(mail.forgotten).toContain(customerId);
  const heard = await Promise.all([...new Set(mail.forgotten)].map((id) => mail.connection.forgot(id)));
  expect(new Set(heard.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  expect(
    b.engine.runtime.erasures.pending
      .flatMap(({ untold }) => untold)
      .filter(({ channel }) => channel === 'email'),
  ).toEqual([]);
});

test('a channel without credits slows no other', async () => {
  const { nodes, a, b } = await three();
  const stuck = new Mail(b, 1, channelIndex('push'));
  const mail = new Mail(b, 300);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 40);
  expect(mail.ids.toSorted()).toEqual(sent.toSorted());
  expect(stuck.most).toBeLessThanOrEqual(1);
});

test('the node of the connection dies: a system that connects elsewhere gets what it did not answer, under the same ids', async () => {
  const { nodes, a, b, c } = await three();
  const first = new Mail(b, 300);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 40);
  expect(first.ids.toSorted()).toEqual(sent.toSorted());
  b.host.state = 'dead';
  const second = new Mail(c, 300);
  await nodes.pass(INTERVALS.nodeLeaseMs + 2_000);
  // Of the shards that were taken over at once; the rest when their patience is over.
  await nodes.pass(INTERVALS.dispatchRetryMs + 2_000);
  expect(second.ids.toSorted()).toEqual(sent.toSorted());
  await second.accept(nodes);
  expect([a, c].map(openOn)).toEqual([0, 0]);
});

test('the node of a shard dies: its dispatches come from the next one, and answers to what it gave are heard', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 300);
  await nodes.pass(1_500);
  const sent = await mailAll(nodes, a, 0, 40);
  c.host.state = 'dead';
  const answered = mail.accept(nodes);
  await nodes.pass(INTERVALS.nodeLeaseMs + 5_000);
  for (const kind of await answered) expect(['accepted', 'duplicate']).toContain(kind);
  expect(sent).toEqual(expect.arrayContaining(mail.ids));
  await mail.accept(nodes);
  const more = await mailAll(nodes, a, 40, 70);
  expect(mail.ids.toSorted()).toEqual(more.toSorted());
  expect(await mail.accept(nodes)).toEqual(more.map(() => 'accepted'));
  expect([a, b].map(openOn)).toEqual([0, 0]);
});

test('a cut between two nodes gives credits back, and what it swallowed comes again', async () => {
  const { nodes, a, b, c } = await three();
  const mail = new Mail(b, 30);
  await nodes.pass(1_500);
  nodes.cut.add('b>c');
  nodes.cut.add('c>b');
  const sent = await mailAll(nodes, a, 0, 20, INTERVALS.linkAskMs + INTERVALS.linkHoldMs);
  expect(c.engine.runtime.channels.sessionsOf(EMAIL)).toEqual([]);
  nodes.cut.clear();
  await nodes.pass(INTERVALS.dispatchRetryMs * 2);
  expect(mail.ids.toSorted()).toEqual(sent.toSorted());
  await mail.accept(nodes);
  const credits = [a, b, c].map((node) => node.engine.runtime.channels.sessionsOf(EMAIL)[0]?.credits ?? 0);
  expect(credits.reduce((sum, one) => sum + one)).toBe(30);
});
