import { expect, test, vi } from 'vitest';
import type { IdentifierKey } from '../../base/brand.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { AbsorbInFact, UnlinkedFact } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { partAgain } from '../../core/profile/absorb/part-again.ts';
import { counterPlace } from '../../core/profile/counter.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { HALF_LIVES_MS, type Profile } from '../../core/profile/profile.ts';
import { labPolicy } from '../../policy/live/lab.fixture.ts';
import type { Peers } from '../../port/peers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

interface Key {
  readonly kind: string;
  readonly value: string;
}

const ANNA = { kind: 'email_sha256', value: 'a'.repeat(64) };
const BEN = { kind: 'email_sha256', value: 'b'.repeat(64) };
const PHONE = { kind: 'anonymous', value: 'a-phone' };
const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const FIRST: Key = { kind: 'loyalty', value: 'l1' };
const SECOND: Key = { kind: 'loyalty', value: 'l2' };

const policy = labPolicy({
  'policy.identifiers': ['loyalty', 'email_sha256', 'anonymous'],
  'actions.actions.talk.engagement_value': 2,
  'actions.actions.talk.lift': { mean: 0.45, sd: 0.001 },
  'guardrails.caps': [{ scope: 'channel', channel: 'email', max: 3, window: '7d' }],
});

const idOf = ({ kind, value }: Key): string => addresseeOf(kind, value).id;
let count = 0;
const viewed = (at: number, ...identifiers: Key[]) =>
  event('Product Viewed', at, { identifiers, products: [product(`p${count++}`)] });
const seen = <T>(node: Node, key: Key, view: (profile: Profile) => T) =>
  node.read({ identifiers: [key] }, view) as Promise<T>;
const views = (node: Node, key: Key) => seen(node, key, ({ id, viewed: all }) => ({ id, views: all.length }));

async function linked(node: Node, ...identifiers: Key[]): Promise<DecisionPlace> {
  const outcome = await node.gateway.link({ identifiers, by: 'desk', reason: '' });
  if (outcome.kind !== 'linked' || outcome.link === undefined) throw new Error(JSON.stringify(outcome));
  return outcome.link;
}

const unlink = (node: Node, link: DecisionPlace) => node.gateway.unlink({ link, by: 'desk', reason: '' });

test('a Link that names two keys of one other customer is one link, and is undone as one', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN, PHONE));
  const link = await linked(node, ANNA, PHONE, BEN);
  expect(await seen(node, ANNA, ({ links }) => links.map(({ key }) => key))).toEqual([
    `${BEN.kind}:${BEN.value}`,
  ]);
  expect(await unlink(node, link)).toEqual({ kind: 'unlinked', customers: [idOf(ANNA), idOf(BEN)] });
  expect(await views(node, PHONE)).toEqual({ id: idOf(BEN), views: 1 });
  await node.engine.stop();
});

test('a link that left with the customer who had brought it can be undone as well', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN));
  const first = await linked(node, ANNA, BEN);
  await node.publish(viewed(TUESDAY - 7_000, TABLET));
  // Met by Ben's key, while he is Anna's.
  await node.publish(viewed(TUESDAY - 6_000, BEN, TABLET));
  const found = await seen(node, ANNA, ({ links }) => links.find(({ key }) => key.startsWith('anonymous:')));
  const home = node.engine.shards.find((shard) => shard.profileOf(idOf(ANNA)) !== undefined);
  const second = home?.decisionRef(found?.seq ?? 0, found?.index ?? 0) as DecisionPlace;
  expect((await unlink(node, first)).kind).toBe('unlinked');
  expect(await views(node, TABLET)).toEqual({ id: idOf(BEN), views: 3 });
  const undone = { kind: 'unlinked', customers: [idOf(BEN), idOf(TABLET)] };
  expect(await unlink(node, second)).toEqual(undone);
  expect(await unlink(node, second)).toEqual(undone);
  expect(await views(node, BEN)).toEqual({ id: idOf(BEN), views: 2 });
  expect(await views(node, TABLET)).toEqual({ id: idOf(TABLET), views: 1 });
  await node.engine.stop();
});

test('of links with a parting between them, in the logs of two, the one between the two others is undone', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, FIRST));
  // Nobody yet.
  const first = await linked(node, FIRST, ANNA);
  expect((await unlink(node, first)).kind).toBe('unlinked');
  await node.publish(viewed(TUESDAY - 8_900, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, PHONE));
  // Anna's own log begins anew here, and the other one's holds what was before.
  const between = await linked(node, ANNA, PHONE);
  const last = await linked(node, FIRST, ANNA);
  await node.publish(viewed(TUESDAY - 7_000, PHONE));
  expect(await views(node, PHONE)).toEqual({ id: idOf(FIRST), views: 4 });
  expect((await unlink(node, between)).kind).toBe('unlinked');
  expect(await views(node, PHONE)).toEqual({ id: idOf(PHONE), views: 2 });
  expect(await views(node, ANNA)).toEqual({ id: idOf(FIRST), views: 2 });
  expect((await unlink(node, last)).kind).toBe('unlinked');
  for (const key of [ANNA, FIRST]) expect(await views(node, key)).toEqual({ id: idOf(key), views: 1 });
  await node.engine.stop();
});

test('a key that has not heard yet with whom it was parted brings that one, and not itself alone', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, FIRST));
  await node.publish(viewed(TUESDAY - 8_900, BEN, PHONE));
  const first = await linked(node, FIRST, BEN);
  // As where an earlier version lost the word: nobody waited for it.
  const lost = (...[, , , done]: Parameters<Peers['redirect']>) => done?.(true);
  const late = node.engine.shards.map(({ peer }) => vi.spyOn(peer, 'redirect').mockImplementation(lost));
  expect((await unlink(node, first)).kind).toBe('unlinked');
  const second = await linked(node, FIRST, PHONE);
  for (const one of late) one.mockRestore();
  expect(await seen(node, FIRST, ({ links }) => links.filter((one) => !one.isUndone).length)).toBe(1);
  for (const key of [BEN, PHONE]) expect(await views(node, key)).toEqual({ id: idOf(FIRST), views: 2 });
  expect(await unlink(node, second)).toEqual({ kind: 'unlinked', customers: [idOf(FIRST), idOf(BEN)] });
  for (const key of [BEN, PHONE]) expect(await views(node, key)).toEqual({ id: idOf(BEN), views: 1 });
  await node.engine.stop();
});

test('a key that came with its customer gives nothing a second time, also where two claims of it have one number', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, PHONE));
  await node.publish(viewed(TUESDAY - 8_900, BEN, TABLET, PHONE));
  const { id, hash } = addresseeOf(PHONE.kind, PHONE.value);
  const phone = node.engine.shardOf(hash).actors.get(id)?.profile;
  for (const { peer } of new Set(node.engine.shards)) {
    const claim = peer.claim.bind(peer);
    peer.claim = (key, asked, done) => {
      // A claim is named by the number of its record, and each shard counts its own.
      if (key === phone?.key && phone.moved !== undefined)
        phone.moved = { ...phone.moved, claim: asked.claim };
      claim(key, asked, done);
    };
  }
  // When the phone is asked for it has heard already to whom it leads now.
  await linked(node, FIRST, BEN, TABLET, PHONE);
  const keys = await seen(node, FIRST, ({ links }) => links.map(({ key }) => key));
  expect(keys).toEqual([`${PHONE.kind}:${PHONE.value}`, `${BEN.kind}:${BEN.value}`]);
  for (const key of [FIRST, BEN, PHONE])
    expect(await views(node, key)).toEqual({ id: idOf(FIRST), views: 2 });
  await node.engine.stop();
});

test('who was parted from a customer together with somebody stays parted from them behind the one who brought them', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, PHONE));
  await node.publish(viewed(TUESDAY - 8_900, TABLET));
  const second = await linked(node, TABLET, PHONE);
  await node.publish(viewed(TUESDAY - 8_000, ANNA));
  const first = await linked(node, ANNA, TABLET);
  for (const link of [first, second]) expect((await unlink(node, link)).kind).toBe('unlinked');
  // Nothing is left that Anna would remember.
  expect((await node.gateway.erase({ identifiers: [ANNA] }, '')).kind).toBe('erased');
  for (const one of [PHONE, TABLET])
    expect(await node.publish(viewed(TUESDAY - 1_000, ANNA, one))).toMatchObject({
      warnings: [{ rule: 'identity.kept_apart' }],
    });
  await node.engine.stop();
});

test.each([
  ['has a link of their own', true],
  ['has none', false],
])(
  'what somebody did after they were parted stays theirs when a second link is undone: who %s',
  async (_, has) => {
    const node = await startNode(emptyStores());
    await node.publish(viewed(TUESDAY - 9_500, ANNA));
    await node.publish(viewed(TUESDAY - 9_000, BEN));
    if (has) {
      await node.publish(viewed(TUESDAY - 8_900, TABLET));
      await linked(node, BEN, TABLET);
    }
    const first = await linked(node, ANNA, BEN);
    await node.publish(viewed(TUESDAY - 8_000, BEN));
    expect((await unlink(node, first)).kind).toBe('unlinked');
    await node.publish(viewed(TUESDAY - 7_000, BEN));
    await node.publish(viewed(TUESDAY - 6_500, ANNA));
    const second = await linked(node, ANNA, BEN);
    await node.publish(viewed(TUESDAY - 6_000, BEN));
    expect((await views(node, ANNA)).views).toBe(has ? 7 : 6);
    expect((await unlink(node, second)).kind).toBe('unlinked');
    expect(await views(node, BEN)).toEqual({ id: idOf(BEN), views: has ? 5 : 4 });
    expect(await views(node, ANNA)).toEqual({ id: idOf(ANNA), views: 2 });
    await node.engine.stop();
  },
);

test('who is united again has each message of the common time once', async () => {
  const node = await startNode(emptyStores(), { policy });
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN));
  const first = await linked(node, ANNA, BEN);
  const asked = decideInput('r1', { identifiers: [ANNA], placements: [], dispatch: true });
  const decided = await node.decide(asked);
  expect(decided.kind === 'decided' && decided.fact.choices[0]?.kind).toBe('treatment');
  const messages = (key: Key) =>
    seen(node, key, ({ contacts, counters, channelStats }) => [
      contacts.length,
      Math.round(counters[(counterPlace('messages') + 1) * HALF_LIVES_MS.length - 1] ?? 0),
      channelStats.reduce((sum, stats) => sum + (stats?.sends ?? 0), 0),
    ]);
  expect((await unlink(node, first)).kind).toBe('unlinked');
  for (const key of [ANNA, BEN]) expect(await messages(key)).toEqual([1, 1, 1]);
  await linked(node, ANNA, BEN);
  expect(await messages(BEN)).toEqual([1, 1, 1]);
  await node.engine.stop();
});

test('a key of somebody who was forgotten is silent again when a link is undone that gave it away', async () => {
  const node = await startNode(emptyStores(), { policy });
  await node.publish(viewed(TUESDAY - 9_000, PHONE));
  expect((await node.gateway.erase({ identifiers: [PHONE] }, '')).kind).toBe('erased');
  await node.publish(viewed(TUESDAY - 8_000, ANNA));
  // A browser's key silences nobody who is known by another one.
  const link = await linked(node, ANNA, PHONE);
  expect(await seen(node, ANNA, ({ silencedAt }) => silencedAt)).toBe(0);
  expect((await unlink(node, link)).kind).toBe('unlinked');
  expect(await seen(node, PHONE, ({ silencedAt }) => silencedAt)).toBeGreaterThan(0);
  expect(await seen(node, ANNA, ({ silencedAt }) => silencedAt)).toBe(0);
  await node.engine.stop();
});

test('who was given a key of somebody who was forgotten is silent as long as they have it', async () => {
  const node = await startNode(emptyStores(), { policy });
  await node.publish(viewed(TUESDAY - 9_000, BEN));
  expect((await node.gateway.erase({ identifiers: [BEN] }, '')).kind).toBe('erased');
  await node.publish(viewed(TUESDAY - 8_500, PHONE));
  await node.publish(viewed(TUESDAY - 8_000, ANNA, TABLET));
  const silent = (key: Key) => seen(node, key, ({ silencedAt }) => silencedAt > 0);
  await linked(node, ANNA, PHONE);
  const link = await linked(node, ANNA, BEN);
  expect(await silent(ANNA)).toBe(true);
  expect((await unlink(node, link)).kind).toBe('unlinked');
  expect([await silent(ANNA), await silent(TABLET), await silent(BEN)]).toEqual([false, false, true]);
  await node.engine.stop();
});

test('a key of somebody who was forgotten silences whom it was given to, and not who had taken these in', async () => {
  const node = await startNode(emptyStores(), { policy });
  await node.publish(viewed(TUESDAY - 9_000, BEN));
  expect((await node.gateway.erase({ identifiers: [BEN] }, '')).kind).toBe('erased');
  await node.publish(viewed(TUESDAY - 8_500, FIRST));
  await node.publish(viewed(TUESDAY - 8_000, ANNA));
  const link = await linked(node, FIRST, ANNA);
  // Met by a key of Anna, who is the other one by now.
  await node.publish(viewed(TUESDAY - 7_000, ANNA, BEN));
  const silent = (key: Key) => seen(node, key, ({ silencedAt }) => silencedAt > 0);
  expect(await silent(FIRST)).toBe(true);
  expect((await unlink(node, link)).kind).toBe('unlinked');
  expect([await silent(FIRST), await silent(ANNA), await silent(BEN)]).toEqual([false, true, true]);
  await node.engine.stop();
});

test('who is known by a decision alone is not taken for somebody with another account', async () => {
  const node = await startNode(emptyStores(), { policy });
  const asked = (id: string, ...identifiers: Key[]) =>
    node.decide(decideInput(id, { identifiers, placements: [], dispatch: true }));
  await asked('r1', FIRST);
  const decided = await asked('r2', SECOND, FIRST);
  expect(decided.kind === 'decided' && decided.fact.customer).toBe(idOf(SECOND));
  await node.engine.stop();
});

test('what happened to others in the same records keeps no link from being undone', () => {
  const [anna, carl] = [ANNA, TABLET].map(({ kind, value }) => addresseeOf(kind, value));
  if (anna === undefined || carl === undefined) throw new Error('nobody');
  const takesIn = (who: typeof anna, claimed: string, index: number): AbsorbInFact => ({
    ...{ kind: 'absorb-in', customer: who.id, claimed: claimed as IdentifierKey, end: 'united', at: 1 },
    ...{ state: undefined, dispatches: [], isPerson: false, mixed: false },
    link: { seq: 1, index, claim: 1, origin: undefined, before: emptyProfile(who.id, who.key) },
  });
  const parted: UnlinkedFact = {
    ...{
      kind: 'unlinked',
      customer: carl.id,
      link: { seq: 0, index: 9 },
      own: emptyProfile(carl.id, carl.key),
    },
    ...{ parted: [{ key: 'anonymous:earlier' as IdentifierKey, claim: 0, estate: new Uint8Array(0) }] },
    ...{ given: [], by: '', reason: '', at: 3 },
  };
  const records = [
    {
      ...{ shard: 0, seq: 2 },
      facts: [
        { index: 0, fact: takesIn(anna, 'anonymous:annas', 0) },
        { index: 1, fact: takesIn(carl, 'anonymous:carls', 1) },
      ],
    },
    // Who came before these records is parted within them.
    { shard: 0, seq: 3, facts: [{ index: 0, fact: parted }] },
  ];
  const again = (who: typeof anna, link: string) => partAgain(records, who.id, link, () => 0);
  expect(again(anna, '0.1.0')?.parted.map(({ profile }) => profile.key)).toEqual(['anonymous:annas']);
  expect(again(carl, '0.1.1')).toBeUndefined();
});
