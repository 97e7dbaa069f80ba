import { expect, test } from 'vitest';
import { INTERVALS } from '../config/limits.ts';
import type { DecideOutcome, PublishOutcome } from '../port/customers.ts';
import { decideInput, event, product } from '../runtime/engine.fixture.ts';
import { type ClusterNode, Nodes, SHARDS } from './nodes.fixture.ts';

const person = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `L${n}` }] });
const PEOPLE = Array.from({ length: 24 }, (_, n) => n);

/** A view of a product by each person, sent to `node`. */
async function viewsAt(nodes: Nodes, node: ClusterNode, ids = PEOPLE): Promise<PublishOutcome[]> {
  const views = ids.map((n) =>
    node.publish(event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] })),
  );
  const all = Promise.all(views);
  await nodes.pass(20);
  return all;
}

async function viewsOf(nodes: Nodes, node: ClusterNode, n: number): Promise<unknown> {
  const read = node.read(person(n), ({ viewed }) => viewed.views(0));
  await nodes.pass(20);
  return read;
}

async function three(): Promise<{ nodes: Nodes; a: ClusterNode; b: ClusterNode; c: ClusterNode }> {
  const nodes = new Nodes();
  const [a, b, c] = [await nodes.start('a'), await nodes.start('b'), await nodes.start('c')];
  await nodes.pass(5_000);
  return { nodes, a, b, c };
}

test('shards are spread over three nodes, each served by one', async () => {
  const { nodes, a } = await three();
  const counts = ['a', 'b', 'c'].map((name) => nodes.serving.filter((one) => one === name).length);
  expect([nodes.serving.length, counts]).toEqual([SHARDS, [2, 2, 2]]);
  expect(a.gateway.status().map(({ state, owner }) => (state === 'idle' ? 'a' : owner))).toEqual(
    nodes.serving,
  );
});

test('any node takes any call, and what one was told another one knows', async () => {
  const { nodes, a, b, c } = await three();
  const outcomes = await viewsAt(nodes, a);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  for (const n of PEOPLE) expect(await viewsOf(nodes, n % 2 === 0 ? b : c, n)).toBe(1);
  expect(await viewsOf(nodes, b, 99)).toBeUndefined();
  const decided = PEOPLE.map((n) => b.decide(decideInput(`d${n}`, person(n))));
  await nodes.pass(50);
  for (const [n, one] of (await Promise.all(decided)).entries()) {
    expect(one).toMatchObject({ kind: 'decided', repeated: false });
    const { place, fact } = one as DecideOutcome & { kind: 'decided' };
    // The decision as another node reads it back.
    expect((await c.gateway.decision(place))?.requestId).toBe(`d${n}`);
    expect(fact.choices[0]?.placement).toBe('home_hero');
  }
  const again = c.decide(decideInput('d3', person(3)));
  await nodes.pass(50);
  expect(await again).toMatchObject({
    kind: 'decided',
    repeated: true,
    place: ((await decided[3]) as { place: object }).place,
  });
});

test('a node that dies is noticed by the others, who go on with what it had acknowledged', async () => {
  const { nodes, a, b, c } = await three();
  await viewsAt(nodes, a);
  c.host.state = 'dead';
  const waiting = PEOPLE.map((n) =>
    a.publish(event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] })),
  );
  await nodes.pass(INTERVALS.nodeLeaseMs + 2_000);
  expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(PEOPLE.map(() => 'accepted'));
  expect(nodes.serving.every((one) => one === 'a' || one === 'b')).toBe(true);
  for (const n of PEOPLE) expect(await viewsOf(nodes, b, n)).toBe(2);
});

test('a node that was stopped past its lease answers nothing from its memory, and is a member again', async () => {
  const { nodes, a, c } = await three();
  await viewsAt(nodes, a);
  const mine = PEOPLE.filter(
    (n) =>
      c.engine.ownerOf(
        c.engine.shards.findIndex(({ actorsById }) =>
          [...actorsById.values()].some(({ profile }) =>
            profile.identifiers.some(({ value }) => value === `L${n}`),
          ),
        ),
      ) === '',
  );
  expect(mine.length).toBeGreaterThan(0);
  c.host.state = 'stopped';
  const [n] = mine as [number];
  const read = c.read(person(n), ({ viewed }) => viewed.views(0));
  await nodes.pass(INTERVALS.nodeLeaseMs + 2_000);
  await viewsAt(nodes, a, [n]);
  c.host.goOn();
  await nodes.pass(50);
  // From its own memory it would be one.
  expect([2, 'refused']).toContain(((answer) => (answer as { kind?: string }).kind ?? answer)(await read));
  await nodes.pass(5_000);
  expect(new Set(nodes.serving)).toEqual(new Set(['a', 'b', 'c']));
  expect(await viewsOf(nodes, c, n)).toBe(2);
});

test('a store of members that does not answer ends no ownership: events go on, reads wait for it', async () => {
  const { nodes, a, b, c } = await three();
  await viewsAt(nodes, a);
  for (const name of ['a', 'b', 'c']) nodes.silentFor.add(name);
  await nodes.pass(60_000);
  const before = nodes.serving;
  expect(before.every((one) => one.length === 1)).toBe(true);
  expect((await viewsAt(nodes, b)).every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(await viewsOf(nodes, a, 1)).toMatchObject({ kind: 'refused', code: 'unavailable' });
  const dry = a.decide(decideInput('dry', { ...person(1), dryRun: true }));
  await nodes.pass(50);
  expect(await dry).toMatchObject({ kind: 'refused', code: 'unavailable' });
  nodes.silentFor.clear();
  await nodes.pass(3_000);
  expect(nodes.serving).toEqual(before);
  for (const n of PEOPLE) expect(await viewsOf(nodes, c, n)).toBe(2);
});

test('a node that leaves hands its shards over, and nobody who asks meanwhile is refused', async () => {
  const { nodes, a, b, c } = await three();
  await viewsAt(nodes, a);
  const left = c.cluster.leave(10_000);
  const outcomes: Promise<PublishOutcome>[] = [];
  for (let step = 0; step < 40; step++) {
    for (const node of [a, b])
      outcomes.push(
        node.publish(
          event('Product Viewed', nodes.clock.now(), { ...person(step % 24), products: [product('p1')] }),
        ),
      );
    await nodes.pass(10);
  }
  await nodes.pass(5_000);
  await left;
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(outcomes.map(() => 'accepted'));
  expect(nodes.serving.every((one) => one === 'a' || one === 'b')).toBe(true);
  expect(c.engine.shards.every(({ actors }) => actors.size === 0)).toBe(true);
});

test('who was in memory where a shard was served is in memory where it is served next, unasked', async () => {
  const { nodes, a, b, c } = await three();
  await viewsAt(nodes, a);
  const left = c.cluster.leave(10_000);
  await nodes.pass(10_000);
  await left;
  const here = [a, b].flatMap(({ engine }) =>
    engine.shards.flatMap(({ actors }) => [...actors.all.values()]),
  );
  const keys = here.flatMap(({ profile }) => profile.identifiers.map(({ value }) => value));
  expect(keys.toSorted()).toEqual(PEOPLE.map((n) => `L${n}`).toSorted());
});

test('two people of shards on different nodes become one, and an erasure reaches both', async () => {
  const { nodes, a, b, c } = await three();
  await viewsAt(nodes, a);
  const both = { identifiers: [...person(3).identifiers, { kind: 'anonymous', value: 'browser' }] };
  const view = (node: ClusterNode, who: object) =>
    node.publish(event('Product Viewed', nodes.clock.now(), { ...who, products: [product('p1')] }));
  for (const who of [{ identifiers: [{ kind: 'anonymous', value: 'browser' }] }, both]) {
    const sent = view(b, who);
    await nodes.pass(500);
    expect(await sent).toMatchObject({ kind: 'accepted' });
  }
  expect(await viewsOf(nodes, c, 3)).toBe(3);
  const erased = c.gateway.erase(both, '');
  await nodes.pass(3_000);
  expect(await erased).toMatchObject({ kind: 'erased' });
  expect(await viewsOf(nodes, a, 3)).toBeUndefined();
});

test('what gets lost between two nodes is asked again, and counts once', async () => {
  const { nodes, a, b, c } = await three();
  // Answers get lost: the events are in the log.
  nodes.cut.add('b>a');
  nodes.cut.add('c>a');
  const sent = PEOPLE.map((n) =>
    a.publish(event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] })),
  );
  await nodes.pass(2_000);
  nodes.cut.clear();
  await nodes.pass(8_000);
  expect((await Promise.all(sent)).every(({ kind }) => kind === 'accepted' || kind === 'duplicate')).toBe(
    true,
  );
  for (const n of PEOPLE) expect(await viewsOf(nodes, n % 2 ? b : c, n)).toBe(1);
});

test('an audience is listed over the shards of all nodes, at any of them', async () => {
  const { nodes, a, b } = await three();
  const serving = nodes.serving.indexOf('a');
  const found = b.engine.doors[serving]?.membersIn('nobody', '', 10);
  await nodes.pass(50);
  expect(await found).toEqual({ kind: 'found', ids: [], hasMore: false });
  const page = a.gateway.audience('nobody', { shard: 0, after: '' }, 10);
  await nodes.pass(200);
  expect(await page).toEqual({ kind: 'page', members: [], next: undefined });
  for (const node of nodes.nodes.slice(1)) node.host.state = 'dead';
  const late = a.gateway.audience('nobody', { shard: 0, after: '' }, 10);
  await nodes.pass(20_000);
  expect(await late).toMatchObject({ kind: 'page' });
});

test('a shard is saved before it is handed over and serves meanwhile; what comes while the rest is saved waits for the next node', async () => {
  const { nodes, a, c } = await three();
  await viewsAt(nodes, a);
  const { snapshots } = c.engine.runtime;
  const checkpoint = snapshots.checkpoint.bind(snapshots);
  let waiting: (() => void)[] = [];
  const goOn = (): void => {
    const ready = waiting;
    waiting = [];
    for (const one of ready) one();
  };
  snapshots.checkpoint = (...args) =>
    new Promise((resolve, reject) => {
      waiting.push(() => void checkpoint(...args).then(resolve, reject));
    });
  await viewsAt(nodes, a);
  const left = c.cluster.leave(20_000);
  await nodes.pass(300);
  expect(waiting.length).toBeGreaterThan(0);
  expect((await viewsAt(nodes, c)).map(({ kind }) => kind)).toEqual(PEOPLE.map(() => 'accepted'));
  goOn();
  await nodes.pass(100);
  // The rest is being saved, and nothing more is taken up.
  expect(waiting.length).toBeGreaterThan(0);
  expect(nodes.serving).toContain('c');
  const turns = c.engine.stages.requests;
  const sent = PEOPLE.map((n) =>
    c.publish(event('Product Viewed', nodes.clock.now(), { ...person(n), products: [product('p1')] })),
  );
  await nodes.pass(100);
  expect(c.engine.stages.requests).toBe(turns);
  snapshots.checkpoint = checkpoint;
  goOn();
  await nodes.pass(10_000);
  await left;
  expect((await Promise.all(sent)).map(({ kind }) => kind)).toEqual(PEOPLE.map(() => 'accepted'));
  for (const n of PEOPLE) expect(await viewsOf(nodes, a, n)).toBe(4);
});

test('a map that another node wrote is acted on when it is told, and an older one that was being read does not undo it', async () => {
  const { nodes, a, b, c } = await three();
  // An exchange, which leaves everybody as many.
  const [shard, other] = ['c', 'b'].map((name) => nodes.serving.indexOf(name)) as [number, number];
  const { map, mapRevision } = await a.membership.read();
  if (map === undefined) throw new Error('there is no map');
  // What b reads was asked for before, and arrives behind what it is told.
  let arrive: () => void = () => {};
  const read = b.membership.read;
  b.membership.read = async () => {
    const found = await read();
    await new Promise<void>((resolve) => {
      arrive = resolve;
    });
    return found;
  };
  await nodes.pass(INTERVALS.nodeBeatMs);
  const owners = map.owners.with(shard, 'b').with(other, 'c');
  await a.membership.writeMap({ ...map, owners }, mapRevision);
  await nodes.settle();
  expect(nodes.serving[shard]).toBe('b');
  b.membership.read = read;
  arrive();
  await nodes.settle();
  expect(nodes.serving[shard]).toBe('b');
  expect(c.faults.join()).toContain(`shard ${shard} is lost: the map names another node`);
});
