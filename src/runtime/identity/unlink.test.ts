import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { channelIndex, PURPOSES } from '../../core/channel.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { consentState } from '../../core/profile/consent.ts';
import { labPolicy } from '../../policy/live/lab.fixture.ts';
import type { Decided } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import { idOf, type Key, seen, viewed } from './people.fixture.ts';
import { undoLink } from './undo-link.ts';

const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const PHONE = { kind: 'anonymous', value: 'a-phone' };
const ANNA = { kind: 'email_sha256', value: 'a'.repeat(64) };
const BEN = { kind: 'email_sha256', value: 'b'.repeat(64) };
const CARL = { kind: 'email_sha256', value: 'c'.repeat(64) };

const bought = (at: number, id: string, ...identifiers: Key[]) =>
  event('Order Completed', at, { identifiers, products: [product('coat')], order: order(id, 120) });
const said = (at: number, granted: boolean, ...identifiers: Key[]) =>
  event('Consent Updated', at, {
    identifiers,
    properties: { channel: 'email', purpose: 'marketing', granted },
  });
const EMAIL = channelIndex('email') * PURPOSES.length + PURPOSES.indexOf('marketing');

const facts = (node: Node, key: Key) =>
  seen(node, key, (profile) => ({
    id: profile.id,
    views: profile.viewed.length,
    orders: profile.orders.map(({ orderId }) => orderId),
    email: consentState(profile.consent[EMAIL] ?? 0),
    keys: profile.identifiers.map(({ value }) => value.slice(0, 8)).sort(),
  }));

/** Of the customer, the link that brought `key`. */
async function linkOf(node: Node, key: Key, by: Key): Promise<DecisionPlace> {
  const found = await seen(node, key, ({ id, links }) => ({
    link: links.find((one) => one.key === `${by.kind}:${by.value}`),
    shard: addresseeOf(key.kind, key.value).hash % 4,
    id,
  }));
  if (found.link === undefined) throw new Error('no such link');
  const home = node.engine.shards.find((shard) => shard.profileOf(found.id) !== undefined);
  return home?.decisionRef(found.link.seq, found.link.index) as DecisionPlace;
}

const unlink = (node: Node, link: DecisionPlace) =>
  node.gateway.unlink({ link, by: 'desk', reason: 'a tablet' });

test('a shared tablet united two people: undone, each has what is theirs, and the tablet does not unite them again', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, TABLET));
  await node.publish(said(TUESDAY - 8_900, true, ANNA));
  await node.publish(bought(TUESDAY - 8_500, 'o1', ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN));
  await node.publish(said(TUESDAY - 7_900, false, BEN));
  await node.publish(viewed(TUESDAY - 7_000, BEN, TABLET));
  expect(await facts(node, ANNA)).toMatchObject({ id: idOf(BEN), views: 3, orders: ['o1'], email: 2 });
  // While they were one.
  await node.publish(bought(TUESDAY - 5_000, 'o2', ANNA));
  await node.publish(bought(TUESDAY - 4_000, 'o3', BEN));
  await node.publish(viewed(TUESDAY - 3_000, TABLET));
  await node.publish(viewed(TUESDAY - 2_500, ANNA, PHONE));
  const link = await linkOf(node, ANNA, ANNA);
  const undone = { kind: 'unlinked', customers: [idOf(BEN), idOf(ANNA)] };
  expect(await unlink(node, link)).toEqual(undone);
  const anna = { id: idOf(ANNA), views: 3, orders: ['o1', 'o2'], email: 1 };
  const keysOfAnna = ['a-phone', 'a-tablet', 'aaaaaaaa'];
  for (const key of [ANNA, TABLET, PHONE])
    expect(await facts(node, key)).toEqual({ ...anna, keys: keysOfAnna });
  expect(await facts(node, BEN)).toEqual({
    id: idOf(BEN),
    views: 2,
    orders: ['o3'],
    email: 2,
    keys: ['bbbbbbbb'],
  });
  // The same call again.
  expect(await unlink(node, link)).toEqual(undone);
  expect(await node.publish(viewed(TUESDAY - 1_000, BEN, TABLET))).toMatchObject({
    kind: 'accepted',
    warnings: [{ rule: 'identity.kept_apart' }],
  });
  expect(await node.publish(viewed(TUESDAY - 900, BEN, ANNA))).toMatchObject({
    warnings: [{ rule: 'identity.kept_apart' }],
  });
  expect((await facts(node, TABLET)).id).toBe(idOf(ANNA));
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('who is parted comes back, also where the clock of their shard is ahead of the one by which the link was undone', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN));
  const first = await linked(node, ANNA, BEN);
  for (const { peer } of node.engine.shards) {
    const restore = peer.restore.bind(peer);
    peer.restore = (key, given, done) => restore(key, { ...given, at: given.at - 500 }, done);
  }
  expect(await unlink(node, first)).toEqual({ kind: 'unlinked', customers: [idOf(ANNA), idOf(BEN)] });
  for (const key of [ANNA, BEN]) expect(await facts(node, key)).toMatchObject({ id: idOf(key), views: 1 });
  await node.engine.stop();
});

const link = (node: Node, ...identifiers: Key[]) =>
  node.gateway.link({ identifiers, by: 'desk', reason: 'called us' });

async function linked(node: Node, ...identifiers: Key[]): Promise<DecisionPlace> {
  const outcome = await link(node, ...identifiers);
  if (outcome.kind !== 'linked' || outcome.link === undefined) throw new Error(JSON.stringify(outcome));
  return outcome.link;
}

test('who is linked at a desk is one, said twice it is one link, and a Link unites again whom an Unlink has parted', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN));
  const first = await linked(node, ANNA, BEN);
  expect(await linked(node, ANNA, BEN)).toEqual(first);
  expect(await facts(node, BEN)).toMatchObject({ id: idOf(ANNA), views: 2 });
  expect(await unlink(node, first)).toEqual({ kind: 'unlinked', customers: [idOf(ANNA), idOf(BEN)] });
  expect(await facts(node, BEN)).toMatchObject({ id: idOf(BEN), views: 1 });
  const second = await linked(node, BEN, ANNA);
  expect(second).not.toEqual(first);
  expect(await facts(node, ANNA)).toMatchObject({ id: idOf(BEN), views: 2 });
  expect(await seen(node, ANNA, ({ keptApart }) => keptApart)).toEqual([]);
  expect(await unlink(node, second)).toEqual({ kind: 'unlinked', customers: [idOf(BEN), idOf(ANNA)] });
  for (const key of [ANNA, BEN]) expect(await facts(node, key)).toMatchObject({ id: idOf(key), views: 1 });
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('a key that was nobody’s and somebody at a desk gave away is its own again', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  const link1 = await linked(node, ANNA, TABLET);
  await node.publish(viewed(TUESDAY - 8_000, TABLET));
  expect(await facts(node, TABLET)).toMatchObject({ id: idOf(ANNA), views: 2 });
  expect((await unlink(node, link1)).kind).toBe('unlinked');
  expect(await facts(node, TABLET)).toMatchObject({ id: idOf(TABLET), views: 1, keys: ['a-tablet'] });
  expect(await facts(node, ANNA)).toMatchObject({ id: idOf(ANNA), views: 1, keys: ['aaaaaaaa'] });
  await node.engine.stop();
});

test('two accounts are two people, whoever says otherwise', async () => {
  const node = await startNode(emptyStores());
  const accounts = ['c1', 'c2'].map((value) => ({ kind: 'crm', value }));
  for (const key of accounts) await node.publish(viewed(TUESDAY - 9_000, key));
  expect(await link(node, ...accounts)).toMatchObject({ kind: 'refused', code: 'precondition' });
  await node.publish(viewed(TUESDAY - 8_000, accounts[0] as Key, ANNA));
  // Not known before the address is asked.
  expect(await link(node, accounts[1] as Key, ANNA)).toMatchObject({
    kind: 'linked',
    warnings: [{ rule: 'identity.conflict' }],
  });
  expect((await facts(node, ANNA)).id).toBe(idOf(accounts[0] as Key));
  expect(await link(node, ANNA, ANNA)).toMatchObject({ kind: 'refused', rule: 'link.two_keys' });
  await node.engine.stop();
});

/** `keys` one after the other by way of the tablet: each takes the one before in. */
async function chain(node: Node, ...keys: Key[]): Promise<void> {
  for (const [n, key] of keys.entries()) {
    await node.publish(bought(TUESDAY - 90_000 + n * 10_000, `first-${n}`, key));
    await node.publish(viewed(TUESDAY - 89_000 + n * 10_000, key, TABLET));
  }
}

test.each([
  ['the first link first', 0, 1],
  ['the last link first', 1, 0],
])('three people over one tablet come apart, %s', async (_, one, other) => {
  const node = await startNode(emptyStores());
  await chain(node, ANNA, BEN, CARL);
  expect((await facts(node, ANNA)).orders).toEqual(['first-0', 'first-1', 'first-2']);
  for (const [n, key] of [ANNA, BEN, CARL].entries())
    await node.publish(bought(TUESDAY - 20_000 + n, `then-${n}`, key));
  const links = await Promise.all([linkOf(node, CARL, ANNA), linkOf(node, CARL, BEN)]);
  expect((await unlink(node, links[one] as DecisionPlace)).kind).toBe('unlinked');
  for (const [n, key] of [ANNA, BEN, CARL].entries())
    await node.publish(bought(TUESDAY - 10_000 + n, `last-${n}`, key));
  expect((await unlink(node, links[other] as DecisionPlace)).kind).toBe('unlinked');
  for (const [n, key] of [ANNA, BEN, CARL].entries())
    expect(await facts(node, key), String(n)).toMatchObject({
      id: idOf(key),
      orders: [`first-${n}`, `then-${n}`, `last-${n}`],
    });
  expect((await facts(node, TABLET)).id).toBe(idOf(ANNA));
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

const policy = labPolicy({
  'policy.identifiers': ['loyalty', 'email_sha256', 'anonymous'],
  'actions.actions.talk.engagement_value': 2,
  'actions.actions.talk.lift': { mean: 0.45, sd: 0.001 },
  'guardrails.caps': [{ scope: 'channel', channel: 'email', max: 3, window: '7d' }],
});

async function send(node: Node, key: Key, id: string): Promise<Decided> {
  const asked = decideInput(id, { identifiers: [key], placements: [], dispatch: true });
  const decided = await node.decide(asked);
  if (decided.kind !== 'decided') throw new Error(decided.message);
  return decided;
}

const isSent = ({ fact }: Decided): boolean => fact.choices[0]?.kind === 'treatment';
const sentTo = (node: Node, key: Key) =>
  seen(node, key, ({ contacts }) => contacts.toArray().filter(({ counts }) => counts).length);

test('messages of the common time count for both, those of before for whom they were, and no open one is doubled', async () => {
  const node = await startNode(emptyStores(), { policy });
  expect(isSent(await send(node, ANNA, 'r1'))).toBe(true);
  expect(isSent(await send(node, BEN, 'r2'))).toBe(true);
  await node.publish(viewed(TUESDAY - 8_000, ANNA, BEN));
  expect(isSent(await send(node, ANNA, 'r3'))).toBe(true);
  expect(isSent(await send(node, ANNA, 'r4'))).toBe(false);
  const open = (): (readonly [string, number])[] =>
    node.engine.shards.flatMap(({ outbox }) =>
      [...outbox.entries.values()].map(({ customer, attempt }) => [customer, attempt] as const),
    );
  expect(open().map(([customer]) => customer)).toEqual([idOf(ANNA), idOf(ANNA), idOf(ANNA)]);
  expect((await unlink(node, await linkOf(node, ANNA, BEN))).kind).toBe('unlinked');
  expect(
    open()
      .map(([customer]) => customer)
      .sort(),
  ).toEqual([idOf(ANNA), idOf(ANNA), idOf(BEN)].sort());
  for (const key of [ANNA, BEN]) {
    expect(await sentTo(node, key)).toBe(2);
    expect(isSent(await send(node, key, `more-${key.value}`))).toBe(true);
    expect(isSent(await send(node, key, `too-many-${key.value}`))).toBe(false);
  }
  // Each dispatch once, also the one that was on its way.
  const delivered: string[] = [];
  const session = node.gateway.connect(channelIndex('email'), 100, {
    deliver: ({ dispatchId, customerId }) => {
      delivered.push(`${dispatchId} ${customerId}`);
      if (session.kind === 'connected') void session.accepted(dispatchId);
    },
    withdraw: () => {},
  });
  await node.advanceTo(TUESDAY + 60_000);
  const dispatches = delivered.map((one) => one.split(' ')[0]);
  expect([dispatches.length, new Set(dispatches).size]).toEqual([5, 5]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('what one of them refused while they were one stays refused for both', async () => {
  const node = await startNode(emptyStores());
  for (const key of [ANNA, BEN]) await node.publish(said(TUESDAY - 9_000, true, key));
  await node.publish(viewed(TUESDAY - 8_000, ANNA, BEN));
  await node.publish(said(TUESDAY - 7_000, false, ANNA));
  await unlink(node, await linkOf(node, ANNA, BEN));
  for (const key of [ANNA, BEN]) expect((await facts(node, key)).email).toBe(2);
  await node.publish(said(TUESDAY - 1_000, true, BEN));
  expect((await facts(node, BEN)).email).toBe(1);
  expect((await facts(node, ANNA)).email).toBe(2);
  await node.engine.stop();
});

test('a process that ends at any step of an Unlink is followed by one that finishes it', async () => {
  for (let steps = 0; steps < 24; steps++) {
    const stores: Stores = emptyStores();
    const first = await startNode(stores);
    await first.publish(viewed(TUESDAY - 900, ANNA));
    await first.publish(viewed(TUESDAY - 800, BEN));
    const place = await linked(first, ANNA, BEN);
    void unlink(first, place);
    for (let step = 0; step < steps; step++) await new Promise<void>((resolve) => setImmediate(resolve));
    // Not stopped: the fences of the next one end it.
    const node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
    await node.advanceTo(TUESDAY + 20_000);
    const outcome = await unlink(node, place);
    expect(outcome, `after ${steps} steps`).toEqual({ kind: 'unlinked', customers: [idOf(ANNA), idOf(BEN)] });
    for (const key of [ANNA, BEN])
      expect(await facts(node, key), `after ${steps} steps`).toMatchObject({ id: idOf(key), views: 1 });
    expect(await seen(node, ANNA, ({ partings, timers }) => [partings.length, timers.length])).toEqual([
      0, 1,
    ]);
    expect(node.faults).toEqual([]);
    await node.engine.stop();
  }
});

test('a link can be undone for a month, and then nothing of it is kept', async () => {
  const node = await startNode(emptyStores(), { bounds: { archiveMs: 90 * DAY_MS } });
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await node.publish(viewed(TUESDAY - 800, BEN));
  const early = await linked(node, ANNA, BEN);
  await node.advanceTo(TUESDAY + 10 * DAY_MS);
  await node.publish(viewed(TUESDAY + 10 * DAY_MS, CARL));
  const late = await linked(node, ANNA, CARL);
  const kept = () => seen(node, ANNA, ({ links, trail }) => [links.length, trail.length > 0]);
  expect(await kept()).toEqual([2, true]);
  await node.advanceTo(TUESDAY + BOUNDS.estateMs + 10_000);
  expect(await kept()).toEqual([1, true]);
  expect(await unlink(node, early)).toMatchObject({ kind: 'refused', code: 'not_found' });
  expect((await unlink(node, late)).kind).toBe('unlinked');
  await node.advanceTo(TUESDAY + 10 * DAY_MS + BOUNDS.estateMs + 10_000);
  expect(await kept()).toEqual([0, false]);
  await node.engine.stop();
});

test('a customer who changes whenever a link is about to be undone is left alone after so many tries', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, ANNA));
  const place = await linked(node, ANNA, BEN);
  let reads = 0;
  const outcome = await undoLink(
    node.engine,
    (customerId) => {
      reads++;
      return node.read({ customerId }, ({ id, version, links, trail, devices }) => ({
        ...{ id, version: version - 1, links, trail: [...trail], devices, isAtRest: true },
      }));
    },
    { link: place, by: '', reason: '' },
  );
  expect(outcome).toMatchObject({ kind: 'refused', code: 'unavailable' });
  expect(reads).toBe(LIMITS.unlinkTriesMax);
  await node.engine.stop();
});

test('who was forgotten stays silent with the one whose address it was, and the other one is themselves', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, CARL));
  expect(await node.gateway.erase({ identifiers: [CARL] }, '')).toMatchObject({ kind: 'erased' });
  await node.publish(viewed(TUESDAY - 8_000, ANNA));
  await node.publish(viewed(TUESDAY - 7_000, BEN));
  const link = await node.gateway.link({ identifiers: [ANNA, BEN], by: 'desk', reason: 'called' });
  if (link.kind !== 'linked' || link.link === undefined) throw new Error('not linked');
  const [taken, taker] = link.customer === idOf(ANNA) ? [BEN, ANNA] : [ANNA, BEN];
  // The address of somebody who was forgotten turns out to be one of theirs.
  await node.publish(viewed(TUESDAY - 5_000, taken, CARL));
  const silent = (key: Key) => seen(node, key, ({ silencedAt }) => silencedAt > 0);
  expect([await silent(taken), await silent(taker)]).toEqual([true, true]);
  expect(await unlink(node, link.link)).toMatchObject({ kind: 'unlinked' });
  expect([await silent(CARL), await silent(taken), await silent(taker)]).toEqual([true, true, false]);
  await node.engine.stop();
});
