import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addresseeOf } from '../core/identity/customer.ts';
import { type AttuneClient, connect } from './attune-client.ts';
import { type MapNode, startMapNode } from './map-node.fixture.ts';
import type { ClientOptions } from './settings.ts';

const SHARDS = 4;
/** Of shard 0, 1, 2 and 3. */
const CUSTOMERS = Array.from({ length: SHARDS }, (_, shard) => {
  for (let n = 0; ; n++) if (addresseeOf('crm', `c${n}`).hash % SHARDS === shard) return `c${n}`;
});
const QUICK: ClientOptions = { retry: { backoffMs: 2, backoffMsMax: 20 } };

let a: MapNode;
let b: MapNode;
const closing: (() => void)[] = [];
beforeEach(async () => {
  // Maps are taken for fresh for seconds; only what tells the time is turned, timers run.
  vi.useFakeTimers({ toFake: ['Date'] });
  [a, b] = await Promise.all([startMapNode(), startMapNode()]);
  closing.push(a.stop, b.stop);
  serve([1, 1, 2, 2]);
});
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) close();
});

/** Both nodes tell that these serve: 1 is `a`, 2 `b`. */
function serve(owners: readonly number[]): void {
  const map = { nodes: [a.address, b.address], owners: [...owners], identifierKinds: ['crm', 'anonymous'] };
  a.map = map;
  b.map = map;
}

function client(options: ClientOptions = {}, addresses = [a.address, b.address]): AttuneClient {
  const made = connect(addresses, { ...QUICK, ...options });
  closing.push(() => made.close());
  return made;
}

const decideOf = (shard: number, requestId: string) => ({
  requestId,
  identifiers: [
    { kind: 'anonymous', value: 'browser' },
    { kind: 'crm', value: CUSTOMERS[shard] ?? '' },
  ],
});

/** A client that knows the map, with a stream. */
async function warm(options: ClientOptions = {}, deadlineMs?: number) {
  const made = client(options);
  const stream = made.decideStream(deadlineMs);
  closing.push(() => stream.close());
  // Until it knows the map it asks `a`.
  await mapped(made, 2, b);
  return { client: made, stream };
}

/** Asks for a customer of a shard until it is `node` that is asked. */
async function mapped(made: AttuneClient, shard: number, node: MapNode): Promise<void> {
  const before = node.decided.length;
  const decided = async (): Promise<number> => {
    await made.decide(decideOf(shard, 'first'));
    return node.decided.length;
  };
  await expect.poll(decided, { interval: 5, timeout: 20_000 }).toBeGreaterThan(before);
}

const asksOf = ({ decided }: MapNode): string[] => decided.filter((id) => id !== 'first');

test('each customer’s requests go to the node that has them, alone and over a stream', async () => {
  const { client, stream } = await warm();
  await Promise.all([0, 1, 2, 3].map((shard) => client.decide(decideOf(shard, `alone ${shard}`))));
  await Promise.all([3, 2, 1, 0].map((shard) => stream.decide(decideOf(shard, `stream ${shard}`))));
  expect(asksOf(a).sort()).toEqual(['alone 0', 'alone 1', 'stream 0', 'stream 1']);
  expect(asksOf(b).sort()).toEqual(['alone 2', 'alone 3', 'stream 2', 'stream 3']);
  expect(a.asked + b.asked).toBe(1);
});

test('events of a call are parted by node, and their results come in the order of the events', async () => {
  const { client } = await warm();
  const results = await client.publish(
    [3, 0, 2, 1].map((shard, n) => ({
      ...{ name: 'Page Viewed', source: 's', id: `e${n}` },
      identifiers: [{ kind: 'crm', value: CUSTOMERS[shard] ?? '' }],
    })),
  );
  expect(results.map(({ eventId }) => eventId)).toEqual(['e0', 'e1', 'e2', 'e3']);
  expect([a.published, b.published]).toEqual([[['e1', 'e3']], [['e0', 'e2']]]);
});

test('a map that is five seconds old is asked for again, and where a shard moved its requests follow', async () => {
  const { client } = await warm();
  serve([2, 1, 2, 2]);
  await client.decide(decideOf(0, 'old'));
  vi.setSystemTime(Date.now() + 5_001);
  await mapped(client, 0, b);
  await client.decide(decideOf(0, 'new'));
  expect([asksOf(a), asksOf(b)]).toEqual([['old'], ['new']]);
});

test('no request of a shard that moved is sent before those under way are answered; of other shards they are', async () => {
  const { client, stream } = await warm({}, 60_000);
  a.hold(true);
  const before = stream.decide(decideOf(0, 'before'));
  await expect.poll(() => asksOf(a)).toEqual(['before']);
  serve([2, 1, 2, 2]);
  vi.setSystemTime(Date.now() + 5_001);
  await mapped(client, 0, b);
  const after = [stream.decide(decideOf(0, 'after 1')), stream.decide(decideOf(0, 'after 2'))];
  await stream.decide(decideOf(2, 'other'));
  expect(asksOf(b)).toEqual(['other']);
  expect(stream.unanswered).toBe(3);
  a.hold(false);
  await Promise.all([before, ...after, stream.end()]);
  expect(asksOf(b)).toEqual(['other', 'after 1', 'after 2']);
});

test('what left before the map was known keeps its order too', async () => {
  const made = client();
  const stream = made.decideStream(60_000);
  closing.push(() => stream.close());
  a.hold(true);
  const early = stream.decide(decideOf(2, 'early'));
  await expect.poll(() => asksOf(a)).toEqual(['early']);
  await mapped(made, 3, b);
  const late = stream.decide(decideOf(2, 'late'));
  await stream.decide(decideOf(3, 'other'));
  expect(asksOf(b)).toEqual(['other']);
  a.hold(false);
  await Promise.all([early, late]);
  expect(asksOf(b)).toEqual(['other', 'late']);
});

test('requests of a node that dies go by another one, and to itself once it is back', async () => {
  vi.useRealTimers();
  const { client, stream } = await warm();
  b.hold(true);
  const under = stream.decide(decideOf(2, 'under way'));
  await expect.poll(() => asksOf(b)).toEqual(['under way']);
  b.stop();
  await under;
  await client.decide(decideOf(3, 'alone'));
  await stream.decide(decideOf(3, 'stream'));
  expect(asksOf(a).sort()).toEqual(['alone', 'stream', 'under way']);
  b.hold(false);
  await b.restart();
  const again = async (): Promise<readonly string[]> => {
    await stream.decide(decideOf(3, 'back'));
    return asksOf(b);
  };
  await expect.poll(again, { timeout: 10_000, interval: 100 }).toContain('back');
});

test('a closed stream fails what waits for its turn as well', async () => {
  const { client, stream } = await warm({}, 60_000);
  a.hold(true);
  const before = stream.decide(decideOf(0, 'before'));
  await expect.poll(() => asksOf(a)).toEqual(['before']);
  serve([2, 1, 2, 2]);
  vi.setSystemTime(Date.now() + 5_001);
  await mapped(client, 0, b);
  const failing = [before, stream.decide(decideOf(0, 'after'))].map((one) =>
    expect(one).rejects.toMatchObject({ code: 'CANCELLED' }),
  );
  stream.close();
  await Promise.all(failing);
});

test('who may not ask for the map is told once, and everything works', async () => {
  const said: string[] = [];
  a.map = status.PERMISSION_DENIED;
  const made = client({ warn: (sentence) => void said.push(sentence) });
  await made.decide(decideOf(3, 'one'));
  await expect.poll(() => said).toEqual([expect.stringContaining('PERMISSION_DENIED: no')]);
  vi.setSystemTime(Date.now() + 60_001);
  await made.decide(decideOf(3, 'two'));
  await expect.poll(() => a.asked).toBe(2);
  expect([asksOf(a), asksOf(b), said.length]).toEqual([['one', 'two'], [], 1]);
});

test('a service that is alone is asked once, and one address not at all unless it is wanted', async () => {
  a.map = {};
  const several = client();
  for (const id of ['one', 'two']) await several.decide(decideOf(3, id));
  await expect.poll(() => a.asked).toBe(1);
  const one = client({}, [a.address]);
  await one.decide(decideOf(3, 'three'));
  expect(a.asked).toBe(1);
  serve([1, 1, 2, 2]);
  const wanted = client({ shardMap: true }, [a.address]);
  await mapped(wanted, 2, b);
  await wanted.decide(decideOf(3, 'four'));
  expect([asksOf(a), asksOf(b)]).toEqual([['one', 'two', 'three'], ['four']]);
});
