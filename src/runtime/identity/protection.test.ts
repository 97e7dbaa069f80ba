/** Keys that many people use, and keys of which nobody can say what they stand for: nobody is united, the sender is told, and it is counted. */
import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  starterPolicy,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import { idOf, type Key, seen } from './people.fixture.ts';

const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const ANNA = { kind: 'crm', value: 'anna' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };

const mail = (n: number): Key => ({ kind: 'email_sha256', value: n.toString(16).padStart(64, 'a') });
const viewed = (at: number, ...identifiers: Key[]): EventInput =>
  event('Product Viewed', at, { identifiers, products: [product('coat')] });
const refusals = (node: Node, reason: string): number =>
  node.counts.get(`attune_identity_refused_total:${reason}`) ?? 0;

async function rulesOf(node: Node, input: EventInput): Promise<string[]> {
  const outcome = await node.publish(input);
  if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
  return (outcome.warnings ?? []).map(({ rule }) => rule);
}

test('a tablet on which many people give their address makes one customer of five of them in a day', async () => {
  const node = await startNode(emptyStores());
  const told: string[][] = [];
  for (let n = 0; n < 7; n++) {
    await node.publish(viewed(TUESDAY - 9_000 + n, mail(n)));
    told.push(await rulesOf(node, viewed(TUESDAY - 8_000 + n, mail(n), TABLET)));
  }
  expect(told).toEqual([[], [], [], [], [], ['identity.too_many'], ['identity.too_many']]);
  const people = await Promise.all([0, 1, 4, 5, 6].map((n) => seen(node, mail(n), ({ id }) => id)));
  expect(new Set(people).size).toBe(3);
  expect(people[3]).toBe(idOf(mail(5)));
  expect(await seen(node, mail(5), ({ viewed: rows }) => rows.get(0)?.views)).toBe(2);
  expect([refusals(node, 'busy_day'), node.counts.get('attune_identity_absorbs_total')]).toEqual([2, 4]);
  // It is not asked again on that day.
  const version = (await seen(node, mail(5), (profile) => profile.version)) as number;
  expect(await rulesOf(node, viewed(TUESDAY - 100, mail(5), TABLET))).toEqual(['identity.too_many']);
  expect(await seen(node, mail(5), (profile) => profile.version)).toBe(version + 1);
  // Another day is another day.
  await node.advanceTo(TUESDAY + DAY_MS + 1_000);
  expect(await rulesOf(node, viewed(TUESDAY + DAY_MS, mail(5), TABLET))).toEqual([]);
  expect(await seen(node, mail(5), ({ id }) => id)).toBe(await seen(node, mail(0), ({ id }) => id));
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('who has taken in many is known after a restart, and to whoever claims them', async () => {
  const stores = emptyStores();
  const first = await startNode(stores);
  for (let n = 0; n < 3; n++) {
    await first.publish(viewed(TUESDAY - 9_000 + n, mail(n)));
    await first.publish(viewed(TUESDAY - 8_000 + n, mail(n), TABLET));
  }
  await first.engine.stop();
  const node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
  const other = { kind: 'anonymous', value: 'a-phone' };
  for (let n = 10; n < 13; n++) {
    await node.publish(viewed(TUESDAY - 7_000 + n, mail(n)));
    await node.publish(viewed(TUESDAY - 6_000 + n, mail(n), other));
  }
  // Three and three are more than five.
  expect(await rulesOf(node, viewed(TUESDAY, mail(1), mail(11)))).toEqual(['identity.too_many']);
  await node.engine.stop();
});

test('who clears cookies all day is one person', async () => {
  const node = await startNode(emptyStores());
  for (let n = 0; n < 10; n++) {
    const cookie = { kind: 'anonymous', value: `cookie-${n}` };
    await node.publish(viewed(TUESDAY - 9_000 + n, cookie));
    expect(await rulesOf(node, viewed(TUESDAY - 8_000 + n, cookie, ANNA))).toEqual([]);
  }
  expect(await seen(node, ANNA, ({ viewed: rows }) => rows.get(0)?.views)).toBe(20);
  await node.engine.stop();
});

test('what cannot be united is counted by its reason', async () => {
  const policy = starterPolicy();
  const identifierRules = policy.identifierRules.map((rule) =>
    rule.kind === 'loyalty' ? { ...rule, isExplicit: true } : rule,
  );
  const node = await startNode(emptyStores(), { policy: { ...policy, identifierRules } });
  const card = { kind: 'loyalty', value: 'house' };
  await node.publish(viewed(TUESDAY - 900, ANNA, card));
  await node.publish(viewed(TUESDAY - 850, MAIL));
  expect(await rulesOf(node, viewed(TUESDAY - 800, MAIL, card))).toEqual(['identity.conflict']);
  await node.publish(viewed(TUESDAY - 700, ANNA, TABLET));
  await node.publish(viewed(TUESDAY - 600, { kind: 'crm', value: 'berta' }, TABLET));
  expect([refusals(node, 'explicit'), refusals(node, 'conflict')]).toEqual([1, 1]);
  await node.engine.stop();
});

test('who is asked about by a key that nobody knows and by a card that unites nobody is not the one who has the card', async () => {
  const policy = starterPolicy();
  const identifierRules = policy.identifierRules.map((rule) =>
    rule.kind === 'loyalty' ? { ...rule, isExplicit: true } : rule,
  );
  const node = await startNode(emptyStores(), { policy: { ...policy, identifierRules } });
  const card = { kind: 'loyalty', value: 'house' };
  await node.publish(viewed(TUESDAY - 900, MAIL, card));
  const decided = await node.decide(decideInput('r1', { identifiers: [ANNA, card] }));
  expect(decided).toMatchObject({ kind: 'decided', fact: { customer: idOf(ANNA) } });
  // By the card alone they are.
  const alone = await node.decide(decideInput('r2', { identifiers: [card] }));
  const holder = await seen(node, MAIL, ({ id }) => id);
  expect(alone).toMatchObject({ kind: 'decided', fact: { customer: holder } });
  await node.engine.stop();
});

test('a key whose customer is quarantined is asked for once, and its sender is told', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, MAIL));
  const { id, hash } = addresseeOf(MAIL.kind, MAIL.value);
  node.engine.shardOf(hash).actors.quarantine(id);
  expect(await rulesOf(node, viewed(TUESDAY - 800, ANNA, MAIL))).toEqual(['identity.unreadable']);
  expect(await seen(node, ANNA, ({ claims }) => claims.length)).toBe(0);
  expect(refusals(node, 'unreadable')).toBe(1);
  const key = branded<IdentifierKey>(`crm:${ANNA.value}`);
  const before = await seen(node, ANNA, ({ version }) => version);
  await node.advanceTo(TUESDAY + 3_600_000);
  expect(await seen(node, ANNA, (profile) => [profile.version, profile.key])).toEqual([before, key]);
  await node.engine.stop();
});
