/** Triggers that wait for news of an order or a support case. */
import { expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../codec/stored/profile-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import { counterPlace, readCounter } from '../../core/profile/counter.ts';
import { CONTACT_MARKS } from '../../core/profile/ledger-rows.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Delivery } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const EMAIL = channelIndex('email');
const MINUTE = 60_000;

interface Heard {
  readonly node: Node;
  readonly delivered: Delivery[];
  readonly causes: string[];
}

async function listening(stores = emptyStores(), now = TUESDAY): Promise<Heard> {
  const node = await startNode(stores, { now });
  const delivered: Delivery[] = [];
  const causes: string[] = [];
  node.gateway.connect(EMAIL, 100, { deliver: (one) => void delivered.push(one), withdraw: () => {} });
  node.gateway.tail(({ fact }) => fact.kind === 'decision' && causes.push(fact.cause));
  return { node, delivered, causes };
}

/** Whatever is under way or due at this moment is done; the clock stands. */
const settled = (node: Node) => node.advanceTo(node.clock.now());

const anna = { identifiers: [{ kind: 'loyalty', value: 'L1' }] };
async function profileOf(node: Node): Promise<Profile> {
  const seen = await node.gateway.read(anna, (profile) => decodeProfile(encodeProfile(profile)));
  if (seen.kind !== 'read') throw new Error(seen.kind);
  return seen.value;
}

const shipped = (orderId: string, at = TUESDAY) =>
  event('Order Shipped', at, { order: order(orderId, Number.NaN) });

test('news of an order is decided at once, without waiting for a beat, and names the order', async () => {
  const { node, delivered, causes } = await listening();
  expect(await node.publish(shipped('O-1'))).toEqual({ kind: 'accepted' });
  await settled(node);
  expect(node.clock.now()).toBe(TUESDAY);
  expect(causes).toEqual(['order_shipped:O-1']);
  expect(delivered.map(({ choice }) => [choice.action, choice.content?.rendered])).toEqual([
    ['news_shipped', 'Your order O-1 is on its way.'],
  ]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('an event that comes along with a decision fires its trigger behind it', async () => {
  const { node, causes } = await listening();
  await node.decide(decideInput('r1', { events: [shipped('O-1')] }));
  await settled(node);
  expect(causes).toEqual(['', 'order_shipped:O-1']);
  await node.engine.stop();
});

test('within its cooldown the same news of the same order fires nothing, of another order it does', async () => {
  const { node, causes } = await listening();
  for (const id of ['O-1', 'O-1', 'O-2']) {
    await node.publish(shipped(id));
    await settled(node);
  }
  expect(causes).toEqual(['order_shipped:O-1', 'order_shipped:O-2']);
  await node.engine.stop();
});

test('news that is late or historical fires nothing', async () => {
  const { node, causes } = await listening();
  await node.publish(shipped('O-1', TUESDAY - LIMITS.triggerAgeMsMax - 1));
  await node.publish({ ...shipped('O-2'), historical: true });
  await settled(node);
  expect(causes).toEqual([]);
  await node.publish(shipped('O-3', TUESDAY - LIMITS.triggerAgeMsMax));
  await settled(node);
  expect(causes).toEqual(['order_shipped:O-3']);
  await node.engine.stop();
});

test('of more news at one moment than can wait the rest fires nothing, and its sender is told', async () => {
  const { node, causes } = await listening();
  const ids = Array.from({ length: LIMITS.momentsWaitingMax + 1 }, (_, n) => `O-${n}`);
  const outcomes = await Promise.all(ids.map((id) => node.publish(shipped(id))));
  expect(outcomes.slice(0, -1)).toEqual(ids.slice(1).map(() => ({ kind: 'accepted' })));
  expect(outcomes.at(-1)).toMatchObject({ kind: 'accepted', warnings: [{ rule: 'event.moment' }] });
  // One decision a turn: the others follow with the next beats.
  await node.advanceTo(TUESDAY + MINUTE);
  expect(causes).toEqual(ids.slice(0, -1).map((id) => `order_shipped:${id}`));
  await node.engine.stop();
});

test('news that was acknowledged before a stop is decided after it', async () => {
  const stores = emptyStores();
  const first = await startNode(stores);
  // The turn that would decide it is not taken any more.
  const outcome = await first.publish(shipped('O-1'));
  expect(outcome).toEqual({ kind: 'accepted' });
  await first.engine.stop();
  const { node, causes } = await listening(stores, TUESDAY + MINUTE);
  await node.advanceTo(TUESDAY + 2 * MINUTE);
  // Once, by whichever of the two.
  expect((await profileOf(node)).contacts.toArray().map(({ action }) => action)).toEqual(['news_shipped']);
  expect(causes.length).toBeLessThanOrEqual(1);
  await node.engine.stop();
});

test('what is of service is no habit of marketing: it counts for no cap, sum or share of it', async () => {
  const { node } = await listening();
  await node.publish(event('Product Viewed', TUESDAY - 1_000, { products: [product('p1')] }));
  await node.publish(shipped('O-1'));
  await settled(node);
  const profile = await profileOf(node);
  expect(profile.contacts.toArray()).toMatchObject([
    { action: 'news_shipped', counts: true, marks: CONTACT_MARKS.apart },
  ]);
  expect(readCounter(profile, counterPlace('messages'), 3, TUESDAY)).toBe(0);
  expect(profile.channelStats[EMAIL]?.sends ?? 0).toBe(0);
  await node.engine.stop();
});
