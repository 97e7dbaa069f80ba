import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Pauses, PendingFate } from '../../core/pause/pause.ts';
import { reasonCode } from '../../core/reason.ts';
import { decideInput, emptyStores, event, type Node, TUESDAY } from '../engine.fixture.ts';
import { ADS, adDesk, adPolicy, buys, connectAds, enter, keysOf, NEAR, stock } from './ad-desk.fixture.ts';

const byCard = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `A${n}` }] });
const rowsOf = (node: Node, n: number) =>
  node.read(byCard(n), ({ audiences }) =>
    audiences.map(({ audience, choice }) => `${audience} ${choice === undefined ? 'out' : 'in'}`),
  );
const settled = (node: Node) => node.advanceTo(node.clock.now());

test('a purchase of what the ad shows takes the customer out, above the version that put them in', async () => {
  const { node, told, session, withdrawn } = await adDesk();
  await enter(node, 1);
  expect(told).toMatchObject([{ isMember: true, shows: 'shoe', keys: ['email_sha256'] }]);
  await session.accepted(told[0]?.dispatchId ?? '');
  await buys(node, 1);
  await settled(node);
  expect(told.map(({ isMember, reason }) => [isMember, reason])).toEqual([
    [true, 0],
    [false, reasonCode('PURCHASED_PRODUCT')],
  ]);
  expect(told[1]?.version).toBeGreaterThan(told[0]?.version ?? 0);
  expect(told[1]?.customer).toBe(told[0]?.customer);
  // The level says all: nobody is asked to stop a message.
  expect(withdrawn).toEqual([]);
  expect(await rowsOf(node, 1)).toEqual([`${NEAR} out`]);
});

test('another purchase, and another customer’s, change nothing', async () => {
  const { node, told } = await adDesk();
  await enter(node, 1);
  await buys(node, 1, 'scarf');
  await buys(node, 2);
  await settled(node);
  expect(told.map(({ isMember }) => isMember)).toEqual([true]);
});

test('the end of the ad takes the customer out, once, in a process that never saw them enter', async () => {
  const stores = emptyStores();
  const { node } = await adDesk(stores);
  await enter(node, 1);
  await node.engine.stop();
  const { node: next, told } = await adDesk(stores, { now: TUESDAY + DAY_MS });
  await next.advanceTo(TUESDAY + 2 * DAY_MS + 120_000);
  const removals = told.filter(({ isMember }) => !isMember);
  expect(removals).toMatchObject([{ reason: reasonCode('EXPIRED') }]);
  expect(await rowsOf(next, 1)).toEqual([`${NEAR} out`]);
});

test('who enters again is above all that was said of them before, within one millisecond too', async () => {
  const { node, told } = await adDesk();
  await enter(node, 1, 'r1');
  await enter(node, 1, 'r2');
  await enter(node, 1, 'r3');
  await settled(node);
  expect(told).toHaveLength(3);
  const versions = told.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  // Of one level one dispatch waits for its answer.
  expect(node.engine.runtime.channels.open(ADS)).toBe(1);
});

test('a platform that was away is told who left, and not first that they entered', async () => {
  const { node, told } = await adDesk(emptyStores(), { credits: 0 });
  await enter(node, 1);
  await enter(node, 2);
  await buys(node, 1);
  await settled(node);
  expect(told).toEqual([]);
  const later = connectAds(node);
  await node.advanceTo(TUESDAY + 120_000);
  // Each is repeated while it has no answer.
  const said = new Map(later.told.map(({ customer, isMember }) => [customer, isMember]));
  expect([...said.values()].toSorted()).toEqual([false, true]);
  expect(new Set(later.told.map(({ dispatchId }) => dispatchId)).size).toBe(2);
  for (const { dispatchId } of later.told) await later.session.accepted(dispatchId);
  expect(node.engine.runtime.channels.open(ADS)).toBe(0);
});

test('that somebody left is said until it is taken, over restarts and more often than a message', async () => {
  const stores = emptyStores();
  const { node, session, told } = await adDesk(stores);
  await enter(node, 1);
  await session.accepted(told[0]?.dispatchId ?? '');
  await buys(node, 1);
  await settled(node);
  const left = told[1];
  await node.engine.stop();
  const { node: next, ...desk } = await adDesk(stores, { now: TUESDAY + 60_000 });
  let now = TUESDAY + 60_000;
  for (let refused = 0; refused < 12; ) {
    now += 120_000;
    await next.advanceTo(now);
    for (const { dispatchId } of desk.told.splice(0)) {
      refused++;
      await desk.session.rejected(dispatchId, true, 0, 'not now');
    }
  }
  await next.advanceTo(now + 3_600_000);
  expect(desk.told.at(-1)).toEqual(left);
  await desk.session.accepted(left?.dispatchId ?? '');
  expect(next.engine.runtime.channels.open(ADS)).toBe(0);
});

test('that somebody left is heard of also when another one of another shard has taken them in since', async () => {
  const { node, told, session } = await adDesk();
  await enter(node, 1);
  await session.accepted(told[0]?.dispatchId ?? '');
  await buys(node, 1);
  await settled(node);
  const { length } = node.engine.shards;
  const home = addresseeOf('loyalty', 'A1').hash % length;
  const crm = Array.from({ length: 20 }, (_, n) => `c${n}`).find(
    (value) => addresseeOf('crm', value).hash % length !== home,
  );
  const key = { kind: 'crm', value: crm ?? '' };
  await node.publish(event('Page Viewed', TUESDAY, { identifiers: [key] }));
  await node.publish(event('Page Viewed', TUESDAY, { identifiers: [key, ...byCard(1).identifiers] }));
  await node.advanceTo(TUESDAY + 1_000);
  expect(told.map(({ isMember }) => isMember)).toEqual([true, false]);
  expect(await session.accepted(told[1]?.dispatchId ?? '')).toMatchObject({ kind: 'accepted' });
  await settled(node);
  expect(node.engine.runtime.channels.open(ADS)).toBe(0);
});

test('what the platform refuses for good is no membership, and what sold out is not handed over', async () => {
  const { node, told, session } = await adDesk();
  await enter(node, 1);
  await session.rejected(told[0]?.dispatchId ?? '', false, 0, 'no such key');
  await settled(node);
  expect(told.at(-1)).toMatchObject({ isMember: false, reason: reasonCode('DISPATCH_REJECTED') });
  await session.accepted(told.at(-1)?.dispatchId ?? '');

  await enter(node, 2);
  const second = told.at(-1)?.dispatchId ?? '';
  const catalog = new CatalogColumns();
  stock(catalog, 2, 0);
  node.engine.runtime.catalog = catalog;
  await session.rejected(second, true, 0, 'not now');
  await node.advanceTo(TUESDAY + 600_000);
  expect(told.at(-1)).toMatchObject({ isMember: false, reason: reasonCode('OUT_OF_STOCK') });
});

test('a refused consent and an unsubscribe take the customer out', async () => {
  const { node, told, session } = await adDesk();
  for (const n of [1, 2]) await enter(node, n);
  for (const { dispatchId } of told) await session.accepted(dispatchId);
  const properties = { channel: 'ads', purpose: 'marketing', granted: false };
  await node.publish(event('Consent Updated', TUESDAY + 1, { identifiers: keysOf(1), properties }));
  await session.feedback({
    ...{ id: 'f1', dispatchId: told[1]?.dispatchId ?? '', tracking: '', kind: 'unsubscribed' as const },
    ...{ occurredAt: TUESDAY, machine: false, link: '', value: 0, scope: '' as never, identifiers: [] },
    ...{ channel: 'ads', bodyHash: 1 },
  } as never);
  await settled(node);
  expect(told.slice(2).map(({ isMember, reason }) => [isMember, reason])).toEqual([
    [false, reasonCode('CONSENT_MISSING')],
    [false, reasonCode('UNSUBSCRIBED')],
  ]);
});

test('a policy that does not know the audience any more ends the membership with the customer’s next event', async () => {
  const { node, told } = await adDesk();
  await enter(node, 1);
  const actions = adPolicy.actions.map((action) => {
    if (action.id !== 'shoe_ad') return action;
    const { audience: _, ...other } = action;
    return other;
  });
  node.engine.runtime.policy = { ...adPolicy, version: 'other@000000000000', actions, audiences: [] };
  await node.publish(event('Page Viewed', TUESDAY, { identifiers: keysOf(1) }));
  await settled(node);
  expect(told.at(-1)).toMatchObject({ isMember: false, reason: reasonCode('JOURNEY_CHANGED') });
});

test('who is held out, or has no key that the platform is given, does not enter', async () => {
  const { node, told } = await adDesk();
  const identifiers = [{ kind: 'loyalty', value: 'nobody' }];
  await node.publish(event('Product Viewed', TUESDAY, { identifiers }));
  const outcome = await node.decide(decideInput('r', { identifiers, placements: [], dispatch: true }));
  expect(outcome).toMatchObject({ kind: 'decided', fact: { choices: [{ kind: 'nothing' }] } });
  expect(told).toEqual([]);
});

test('a pause that withdraws takes everybody out, page by page, and a pause that waits nobody', async () => {
  const { node, told, session } = await adDesk(emptyStores(), { credits: 1_000 });
  const count = LIMITS.audienceWalkPageMax + 20;
  for (let n = 0; n < count; n++) await enter(node, n);
  for (const { dispatchId } of told) await session.accepted(dispatchId);
  const pause = (version: string, pending: PendingFate): Pauses => ({
    ...{ version, sha256: '' },
    list: [{ scope: 'action', name: 'shoe_ad', by: 'anna', why: 'wrong price', since: TUESDAY, pending }],
  });
  node.engine.runtime.pauses = pause('1', 'wait');
  await node.advanceTo(TUESDAY + 120_000);
  expect(told).toHaveLength(count);
  node.engine.runtime.pauses = pause('2', 'withdraw');
  await node.advanceTo(TUESDAY + 240_000);
  const left = new Set(told.filter(({ isMember }) => !isMember).map(({ customer }) => customer));
  expect(left.size).toBe(count);
  expect(told.at(-1)?.reason).toBe(reasonCode('PAUSED'));
});

test('a policy without the ad takes everybody out, without an event of theirs', async () => {
  const { node, told, session } = await adDesk();
  for (const n of [1, 2, 3]) await enter(node, n);
  for (const { dispatchId } of told) await session.accepted(dispatchId);
  await node.advanceTo(TUESDAY + 60_000);
  const actions = adPolicy.actions.filter(({ id }) => id !== 'shoe_ad');
  node.engine.runtime.policy = { ...adPolicy, version: 'other@000000000000', actions, audiences: [] };
  await node.advanceTo(TUESDAY + 240_000);
  const left = told.filter(({ isMember }) => !isMember);
  expect(new Set(left.map(({ customer }) => customer)).size).toBe(3);
  expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set([reasonCode('JOURNEY_CHANGED')]));
});

test('a way through an audience that was cut short goes on where it stood, though the policy names it no more', async () => {
  const stores = emptyStores();
  const rest = 20;
  const count = LIMITS.audienceWalkPageMax + rest;
  const bounds = { shards: 1 };
  const first = await adDesk(stores, { credits: 1_000, bounds });
  for (let n = 0; n < count; n++) await enter(first.node, n);
  for (const { dispatchId } of first.told) await first.session.accepted(dispatchId);
  await first.node.advanceTo(TUESDAY + 120_000);
  await first.node.engine.stop();

  // Another policy came while it was away. It is stopped behind the first page.
  const actions = adPolicy.actions.filter(({ id }) => id !== 'shoe_ad');
  const policy = { ...adPolicy, version: 'other@000000000000', actions, audiences: [] };
  const now = TUESDAY + 180_000;
  const second = await adDesk(stores, { credits: 1_000, bounds, policy, now });
  await second.node.advanceTo(now + INTERVALS.audienceWalkMs * 1.5);
  expect(second.told.map(({ isMember }) => isMember)).toEqual(
    Array.from({ length: LIMITS.audienceWalkPageMax }, () => false),
  );
  for (const { dispatchId } of second.told) await second.session.accepted(dispatchId);
  await second.node.advanceTo(now + INTERVALS.audienceWalkMs * 1.6);
  await second.node.engine.stop();

  const third = await adDesk(stores, { credits: 1_000, bounds, policy, now: now + 60_000 });
  const walk = () => third.node.engine.shards[0]?.audienceWalk;
  expect(walk()?.state).toMatchObject({ left: [NEAR], after: expect.stringMatching(/./) });
  await third.node.advanceTo(now + 120_000);
  expect(walk()?.isDone).toBe(true);
  const left = third.told.filter(({ reason }) => reason === reasonCode('JOURNEY_CHANGED'));
  expect(left).toHaveLength(third.told.length);
  // Each until it is answered.
  expect(new Set(left.map(({ customer }) => customer)).size).toBe(rest);
});
