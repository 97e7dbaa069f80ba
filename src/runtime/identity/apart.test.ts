/** Two people who have something to do with one key stay two, whoever asks with it and in whatever way it came to lead there. */
import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import { idOf, type Key, seen } from './people.fixture.ts';

const PHONE = { kind: 'anonymous', value: 'a-phone' };
const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };
const ANNA = { kind: 'crm', value: 'anna' };
const BERTA = { kind: 'crm', value: 'berta' };

const keyOf = ({ kind, value }: Key): IdentifierKey => branded<IdentifierKey>(`${kind}:${value}`);
const viewed = (at: number, ...identifiers: Key[]) =>
  event('Product Viewed', at, { identifiers, products: [product('coat')] });

/** The profile of a key's own actor, whoever it leads to. */
function profileAt(node: Node, { kind, value }: Key): Profile {
  const { id, hash } = addresseeOf(kind, value);
  const profile = node.engine.shardOf(hash).actors.get(id)?.profile;
  if (profile === undefined) throw new Error(`${value} is not in memory`);
  return profile;
}

test('whoever is asked about by a key that nobody knows and a tablet of somebody else is not that one', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, TABLET, ANNA));
  const decided = await node.decide(decideInput('r1', { identifiers: [BERTA, TABLET] }));
  expect(decided).toMatchObject({ kind: 'decided', fact: { customer: idOf(BERTA) } });
  expect(await node.read({ identifiers: [{ ...BERTA, value: 'carla' }, TABLET] }, ({ id }) => id)).toBe(
    undefined,
  );
  // A key that is nobody's says nothing against it.
  const own = await node.decide(decideInput('r2', { identifiers: [TABLET, MAIL] }));
  expect(own).toMatchObject({ kind: 'decided', fact: { customer: idOf(ANNA) } });
  await node.engine.stop();
});

test('who unsubscribes by a key that nobody knows yet and by their address is unsubscribed', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, MAIL));
  const unsubscribes = (id: string, ...identifiers: Key[]) =>
    new Promise((resolve) =>
      node.gateway.feedback(
        {
          ...{ channel: 'email', id, kind: 'unsubscribed', dispatchId: '', tracking: '', identifiers },
          ...{ occurredAt: TUESDAY - 100, machine: false, link: '', scope: '', value: 0, bodyHash: 1 },
        },
        resolve,
      ),
    );
  expect(await unsubscribes('f1', ANNA, MAIL)).toEqual({ kind: 'accepted' });
  const refusedAt = ({ channelStats }: Profile) =>
    Math.max(...channelStats.map((one) => one?.unsubscribedAt ?? 0));
  expect(await seen(node, MAIL, refusedAt)).toBeGreaterThan(0);
  expect(await seen(node, ANNA, refusedAt)).toBe(undefined);
  await node.engine.stop();
});

test('a key that leads to a stranger over somebody else is asked for once', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE, MAIL));
  await node.publish(viewed(TUESDAY - 800, MAIL, ANNA));
  await node.advanceTo(TUESDAY);
  // As if the message that says where the address went had been lost.
  const { moved } = profileAt(node, PHONE);
  if (moved === undefined) throw new Error('the phone did not move');
  profileAt(node, PHONE).moved = { ...moved, to: keyOf(MAIL) };
  const outcome = node.publish(viewed(TUESDAY - 700, PHONE, BERTA));
  for (let step = 0; step < 200; step++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(await outcome).toMatchObject({ kind: 'accepted', warnings: [{ rule: 'identity.conflict' }] });
  expect(await seen(node, BERTA, ({ id, claims, version }) => [id, claims.length, version < 20])).toEqual([
    ...[idOf(BERTA), 0, true],
  ]);
  expect(await seen(node, PHONE, ({ id }) => id)).toBe(idOf(ANNA));
  await node.engine.stop();
});

test('a key that somebody was only seen with goes nowhere when they are taken in', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, TABLET, BERTA));
  await node.publish(viewed(TUESDAY - 800, MAIL));
  // As a version kept it in which keys led nowhere.
  profileAt(node, MAIL).identifiers.push({ ...TABLET, origin: keyOf(MAIL) });
  await node.publish(viewed(TUESDAY - 700, MAIL, ANNA));
  expect(await seen(node, MAIL, ({ id }) => id)).toBe(idOf(ANNA));
  expect(await seen(node, TABLET, ({ id }) => id)).toBe(idOf(BERTA));
  const told = await node.gateway.history({ identifiers: [ANNA] }, TUESDAY - 9_000, TUESDAY, 100);
  if (told.kind === 'refused') throw new Error(told.message);
  const customers = told.committed.map(({ fact }) => ('customer' in fact ? fact.customer : ''));
  expect(customers).toContain(idOf(MAIL));
  expect(customers).not.toContain(idOf(TABLET));
  await node.engine.stop();
});

test('a key that leads to somebody with whom one was only seen is their key', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, TABLET, MAIL));
  await node.publish(viewed(TUESDAY - 800, ANNA));
  profileAt(node, ANNA).identifiers.push({ ...MAIL, origin: keyOf(ANNA) });
  await node.publish(viewed(TUESDAY - 700, TABLET, ANNA));
  // The address came along, with the view that the tablet had brought it.
  expect(await seen(node, TABLET, ({ id, viewed: rows }) => [id, rows.get(0)?.views])).toEqual([
    idOf(ANNA),
    3,
  ]);
  expect(await seen(node, MAIL, ({ id }) => id)).toBe(idOf(ANNA));
  await node.engine.stop();
});

test('who watches a key hears of the one it leads to, and never of nobody', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  const told: (readonly [string, number])[] = [];
  const watch = node.gateway.watch({ identifiers: [PHONE] }, ({ id, viewed: rows }) =>
    told.push([id, rows.length]),
  );
  if (watch.kind === 'refused') throw new Error(watch.message);
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  await node.publish(viewed(TUESDAY - 700, ANNA));
  expect(told.every(([id, products]) => id === idOf(ANNA) && products === 1)).toBe(true);
  expect(told.length).toBeGreaterThan(1);
  watch.stop();
  await node.engine.stop();
});
