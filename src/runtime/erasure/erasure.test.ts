import { afterEach, expect, test, vi } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { decodeRecord, RecordCursor } from '../../codec/stored/record-codec.ts';
import { channelIndex, PURPOSES } from '../../core/channel.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Delivery } from '../../port/customers.ts';
import type { ForgetAnswer, Peers } from '../../port/peers.ts';
import { decideFor, desk, EMAIL } from '../delivery/mail-desk.fixture.ts';
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

const PHONE = { kind: 'anonymous', value: 'a-phone' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };
const ANNA = { kind: 'crm', value: 'anna' };
const BERTA = { kind: 'crm', value: 'berta' };

type Key = typeof PHONE;
let node: Node;
afterEach(() => node.engine.stop());

const viewed = (at: number, ...identifiers: Key[]) =>
  event('Product Viewed', at, { identifiers, products: [product('coat')] });
const consent = (at: number, ...identifiers: Key[]) =>
  event('Consent Updated', at, {
    identifiers,
    products: [],
    channel: 'email',
    properties: { channel: 'email', purpose: 'marketing', granted: true },
  });
const known = (key: Key, at = node) => at.read({ identifiers: [key] }, ({ id }) => id);
const silencedAt = (key: Key) => node.read({ identifiers: [key] }, (profile) => profile.silencedAt);

/** The virtual clock is turned until it is answered. */
async function erase(key: Key, caseId = '') {
  const asked = node.gateway.erase({ identifiers: [key] }, caseId);
  let answer: Awaited<typeof asked> | undefined;
  void asked.then((outcome) => {
    answer = outcome;
  });
  for (let ms = 0; answer === undefined && ms < 60_000; ms += 250)
    await node.advanceTo(node.clock.now() + 250);
  return asked;
}

/** Everything that the stores hold, as one text. */
function stored(stores: Stores): string {
  const rows = [...stores.snapshots.values()].flatMap(({ rows: of }) =>
    [...of].map(([id, { bytes }]) => `${id} ${Buffer.from(bytes).toString('latin1')}`),
  );
  return [...rows, JSON.stringify([...stores.erasures.values()])].join('\n');
}

test('nothing is known of a person any more, under any of their keys, in memory and among the snapshots', async () => {
  const stores = emptyStores();
  node = await startNode(stores);
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, MAIL, ANNA));
  await node.publish(viewed(TUESDAY - 700, BERTA));
  await Promise.all(node.engine.shards.map((shard) => shard.saveNow()));
  for (const plain of ['anna', 'a-phone', 'berta']) expect(stored(stores)).toContain(plain);
  const outcome = await erase(MAIL, 'case-7');
  expect(outcome).toMatchObject({ kind: 'erased', erasedAt: expect.any(Number) });
  for (const key of [PHONE, MAIL, ANNA]) expect(await known(key)).toBeUndefined();
  expect(await known(BERTA)).toBe(addresseeOf('crm', 'berta').id);
  const text = stored(stores);
  for (const plain of ['anna', 'a-phone']) expect(text).not.toContain(plain);
  for (const { kind, value } of [PHONE, MAIL, ANNA])
    expect(text).not.toContain(`${addresseeOf(kind, value).id} `);
  expect(text).toContain('berta');
  expect(text).toContain('case-7');
});

test('a restart does not bring them back, and neither does one from the log alone', async () => {
  const stores = emptyStores();
  node = await startNode(stores);
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  await erase(ANNA);
  const later = await startNode({ ...stores, snapshots: new Map() }, { node: 'b' });
  const again = await startNode(stores, { node: 'c' });
  for (const one of [later, again]) {
    for (const key of [PHONE, ANNA]) expect(await known(key, one)).toBeUndefined();
    expect(one.faults.filter((fault) => !fault.includes('rebuilding'))).toEqual([]);
    await one.engine.stop();
  }
});

test('asked again the same receipt is given; who is unknown is remembered as forgotten', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, ANNA));
  const first = await erase(ANNA);
  expect(await erase(ANNA)).toEqual(first);
  expect(await erase(BERTA)).toMatchObject({ kind: 'erased' });
  await node.publish(viewed(node.clock.now() - 10, BERTA));
  expect(await silencedAt(BERTA)).toBeGreaterThan(0);
});

test('asked several times at once it is one erasure with one receipt', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const { erasures } = node.engine.runtime;
  const save = erasures.save.bind(erasures);
  // A disk takes its time, in which the clock goes on.
  erasures.save = async (erasure) => {
    await new Promise<void>((resolve) => node.clock.after(3, resolve));
    await save(erasure);
  };
  const all = await Promise.all([erase(ANNA), erase(PHONE), erase(ANNA)]);
  expect(new Set(all.map((outcome) => outcome.kind === 'erased' && outcome.receipt)).size).toBe(1);
  expect(all[0]?.kind).toBe('erased');
  expect(erasures.size).toBe(1);
});

test('a list of many that were forgotten is written anew once a pass, not once for each', async () => {
  node = await startNode(emptyStores(), { bounds: { beatMs: 60_000 } });
  const { erasures } = node.engine.runtime;
  for (let n = 0; n < 20; n++) await erase({ kind: 'crm', value: `nobody-${n}` });
  const compact = vi.spyOn(erasures, 'compact');
  await node.advanceTo(node.clock.now() + 130_000);
  expect(erasures.pending.flatMap(({ actors }) => actors.filter(({ id }) => id !== ''))).toEqual([]);
  expect(compact.mock.calls.length).toBeGreaterThan(0);
  expect(compact.mock.calls.length).toBeLessThanOrEqual(2);
});

test('a decision of theirs is unknown, and their history empty', async () => {
  node = await startNode(emptyStores());
  const decided = await node.decide(
    decideInput('r1', { identifiers: [ANNA], events: [viewed(TUESDAY - 5, ANNA)] }),
  );
  if (decided.kind !== 'decided') throw new Error(decided.message);
  const other = await node.decide(decideInput('r2', { identifiers: [BERTA] }));
  if (other.kind !== 'decided') throw new Error(other.message);
  expect(await node.gateway.decision(decided.place)).toMatchObject({ requestId: 'r1' });
  await erase(ANNA);
  expect(await node.gateway.decision(decided.place)).toBeUndefined();
  expect(await node.gateway.decision(other.place)).toMatchObject({ requestId: 'r2' });
  const history = await node.gateway.history({ identifiers: [ANNA] }, 0, node.clock.now(), 100);
  expect(history).toMatchObject({ kind: 'history', committed: [] });
  await node.publish(viewed(node.clock.now() - 10, ANNA));
  const since = await node.gateway.history({ identifiers: [ANNA] }, 0, node.clock.now(), 100);
  expect(since.kind === 'history' && since.committed.map(({ fact }) => fact.kind)).toEqual([
    'silenced',
    'event',
  ]);
});

test('what is on its way is taken back before anything is forgotten', async () => {
  const open = await desk(1_000);
  ({ node } = open);
  const decided = await decideFor(node, 1);
  if (decided.kind !== 'decided') throw new Error(decided.message);
  expect(open.delivered).toHaveLength(1);
  const [shard] = node.engine.shards;
  expect(shard?.outbox.size).toBe(1);
  await erase({ kind: 'loyalty', value: 'C1' });
  expect(open.withdrawn).toEqual([open.delivered[0]?.dispatchId]);
  expect(shard?.outbox.size).toBe(0);
  expect(node.engine.runtime.channels.open(EMAIL)).toBe(0);
});

test('whoever is imported again is kept silent, until they agree anew', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, MAIL, ANNA));
  await erase(ANNA);
  const at = node.clock.now();
  await node.publish({ ...consent(at - 400 * DAY_MS, ANNA, MAIL), historical: true });
  await node.publish({ ...consent(at - 1, ANNA), historical: true });
  expect(await silencedAt(ANNA)).toBeGreaterThan(0);
  await node.advanceTo(at + 60_000);
  const agreed = await node.publish(consent(at + 50_000, ANNA));
  expect(agreed.kind).toBe('accepted');
  expect(await silencedAt(ANNA)).toBe(0);
  expect(
    await node.read({ identifiers: [ANNA] }, ({ consent: words }) => words[EMAIL * PURPOSES.length]),
  ).toBeGreaterThan(0);
});

test('a key of theirs that joins somebody else silences that one, but for a browser that they used', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE, MAIL));
  await node.publish(viewed(TUESDAY - 800, BERTA));
  await erase(MAIL);
  const at = node.clock.now();
  await node.publish(viewed(at - 30, BERTA, PHONE));
  expect(await silencedAt(BERTA)).toBe(0);
  await node.publish(viewed(at - 20, BERTA, MAIL));
  expect(await silencedAt(BERTA)).toBeGreaterThan(0);
});

test('a request that is refused begins nobody by a key of theirs', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await erase(ANNA);
  const old = viewed(node.clock.now() - 90 * DAY_MS, ANNA);
  const asks = decideInput('d1', { identifiers: [ANNA], events: [old] });
  const link = { identifiers: [ANNA, BERTA], by: 'desk', reason: '' };
  const outcomes = [await node.publish(old), await node.decide(asks), await node.gateway.link(link)];
  expect(outcomes).toMatchObject([
    { kind: 'refused', code: 'out_of_range' },
    { kind: 'refused', code: 'out_of_range' },
    { kind: 'refused', code: 'precondition' },
  ]);
  expect(await known(ANNA)).toBeUndefined();
});

test('what another shard does not answer is gone on with, and the receipt comes when it is over', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const { peer } = node.engine.shards[0] as (typeof node.engine.shards)[number];
  const forget = peer.forget.bind(peer);
  let lost = 0;
  peer.forget = (id, what, done) => {
    // The answer of the second actor is lost until it was asked six times.
    if (what.isOwn || ++lost > 6) return forget(id, what, done);
    forget(id, what, () => {});
  };
  expect(await erase(ANNA)).toMatchObject({ kind: 'refused', code: 'unavailable' });
  expect(node.engine.runtime.erasures.pending).toHaveLength(1);
  expect(await erase(ANNA)).toMatchObject({ kind: 'erased' });
  expect(node.engine.runtime.erasures.size).toBe(1);
  for (const key of [PHONE, ANNA]) expect(await known(key)).toBeUndefined();
});

test('who comes by a key while the answer of its actor is lost begins once that is noted, and stays', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const { peer } = node.engine.shards[0] as (typeof node.engine.shards)[number];
  const forget = peer.forget.bind(peer);
  let isLost = true;
  peer.forget = (id, what, done) => forget(id, what, isLost && !what.isOwn ? () => {} : done);
  const erasing = erase(ANNA);
  await node.advanceTo(node.clock.now() + 2_000);
  const early = await node.publish(viewed(node.clock.now() - 10, PHONE));
  expect(early).toMatchObject({ kind: 'refused', code: 'unavailable' });
  isLost = false;
  expect(await erasing).toMatchObject({ kind: 'erased' });
  await node.publish(viewed(node.clock.now() - 10, PHONE));
  expect(await known(PHONE)).toBe(addresseeOf('anonymous', 'a-phone').id);
  expect(await erase(ANNA)).toMatchObject({ kind: 'erased' });
  expect(await known(PHONE)).toBe(addresseeOf('anonymous', 'a-phone').id);
});

test('nothing of theirs is due any more, also when they are not in memory', async () => {
  const open = await desk(1_000);
  ({ node } = open);
  await decideFor(node, 1);
  const [shard] = node.engine.shards;
  expect(shard?.timers.next).toBeGreaterThan(0);
  await erase({ kind: 'loyalty', value: 'C1' });
  for (let sweep = 0; sweep < 3; sweep++) shard?.actors.passivate(0);
  expect(shard?.actors.size).toBe(0);
  for (let hour = 1; hour <= 200; hour++) await node.advanceTo(TUESDAY + hour * 3_600_000);
  expect(shard?.timers.next).toBe(0);
});

test('snapshots that lost what came after do not bring back whom the archive has let go of', async () => {
  const stores = emptyStores();
  node = await startNode(stores, { bounds: { beatMs: 60_000 } });
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await node.publish(viewed(TUESDAY - 890, PHONE));
  await Promise.all(node.engine.shards.map((shard) => shard.saveNow()));
  const before = new Map(
    [...stores.snapshots].map(([shard, { counter, checkpoint, rows }]) => [
      shard,
      { counter, checkpoint, rows: new Map(rows) },
    ]),
  );
  await erase(ANNA);
  await erase(PHONE);
  await node.publish(viewed(node.clock.now() - 5, PHONE));
  for (let day = 1; day <= 3; day++) {
    await node.advanceTo(TUESDAY + day * DAY_MS);
    await node.publish(viewed(node.clock.now() - 5, BERTA));
  }
  await node.advanceTo(node.clock.now() + 600_000);
  expect(node.counts.get('attune_segments_rewritten_total')).toBeGreaterThan(0);
  const later = await startNode({ ...stores, snapshots: before }, { node: 'b', now: node.clock.now() });
  expect(await known(ANNA, later)).toBeUndefined();
  const views = await later.read({ identifiers: [PHONE] }, ({ viewed: all }) => all.length);
  expect(views).toBe(1);
  await Promise.all(later.engine.shards.map((shard) => shard.saveNow()));
  expect([...before.values()].some(({ rows }) => rows.has(addresseeOf('crm', 'anna').id))).toBe(false);
  await later.engine.stop();
});

test('who was one with them is told that a request of that time cannot be answered again', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, MAIL));
  await node.publish(viewed(TUESDAY - 800, ANNA));
  await node.gateway.link({ identifiers: [ANNA, MAIL], by: 'desk', reason: '' });
  const asked = decideInput('r', { identifiers: [ANNA] });
  expect(await node.decide(asked)).toMatchObject({ kind: 'decided' });
  const shard = addresseeOf(ANNA.kind, ANNA.value).hash % node.engine.shards.length;
  const links = await node.read({ identifiers: [ANNA] }, (profile) => profile.links);
  if (links === undefined || !('length' in links)) throw new Error('There is no link.');
  const { seq, index } = links[0] as (typeof links)[number];
  const link = { generation: 1, shard, seq, index };
  expect(await node.gateway.unlink({ link, by: 'desk', reason: '' })).toMatchObject({ kind: 'unlinked' });
  expect(await erase(ANNA)).toMatchObject({ kind: 'erased' });
  const again = await node.decide({ ...asked, identifiers: [MAIL] });
  expect(again).toMatchObject({ kind: 'refused', code: 'not_found' });
});

test('who claims a key that led to them has it once its actor has forgotten, and not before', async () => {
  const stores = emptyStores();
  node = await startNode(stores);
  const TABLET = { kind: 'anonymous', value: 'a-tablet' };
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  await node.publish(viewed(TUESDAY - 700, TABLET));
  const { peer } = node.engine.shards[0] as (typeof node.engine.shards)[number];
  const forget = peer.forget.bind(peer);
  let isLost = true;
  peer.forget = (id, what, done) => (isLost && !what.isOwn ? undefined : forget(id, what, done));
  const erasing = erase(ANNA);
  await node.advanceTo(node.clock.now() + 2_000);
  const claiming = node.publish(viewed(node.clock.now() - 10, TABLET, PHONE));
  await node.advanceTo(node.clock.now() + 3_000);
  expect(await claiming).toMatchObject({ warnings: [{ rule: 'identity.link_pending' }] });
  isLost = false;
  expect(await erasing).toMatchObject({ kind: 'erased' });
  await node.advanceTo(node.clock.now() + 20_000);
  const tablet = addresseeOf('anonymous', 'a-tablet').id;
  expect([await known(PHONE), await known(TABLET)]).toEqual([tablet, tablet]);
  const { id: phone } = addresseeOf('anonymous', 'a-phone');
  const facts = [...stores.log.values()]
    .flatMap(({ records }) => records.flatMap((bytes) => decodeRecord(bytes).facts))
    .filter((fact) => 'customer' in fact && fact.customer === phone);
  expect(facts.map(({ kind }) => kind).slice(-3)).toEqual(['absorb-out', 'erased', 'absorb-out']);
});

test('a key on its way to them is waited for, and forgotten with them', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await node.publish(viewed(TUESDAY - 850, PHONE));
  const linking = node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const erasing = erase(ANNA);
  expect(await linking).toMatchObject({ kind: 'accepted' });
  expect(await erasing).toMatchObject({ kind: 'erased' });
  for (const key of [PHONE, ANNA]) expect(await known(key)).toBeUndefined();
});

test('the order of a forgotten person is no order of whoever comes by the key again', async () => {
  node = await startNode(emptyStores());
  const bought = { identifiers: [ANNA], products: [product('coat')], order: order('o1', 120) };
  await node.publish(event('Order Completed', TUESDAY - 500, bought));
  await erase(ANNA);
  const at = node.clock.now();
  await node.publish(event('Order Completed', at - 10, { ...bought, order: order('o2', 10) }));
  expect(
    await node.read({ identifiers: [ANNA] }, ({ revenue, orderCount }) => [revenue, orderCount]),
  ).toEqual([10, 1]);
});

const PUSH = channelIndex('push');

test('each channel that knew them is told until it answers, also one that was away', async () => {
  const open = await desk(1_000);
  ({ node } = open);
  const told: string[] = [];
  const sink = {
    deliver: (_: Delivery) => {},
    withdraw: () => {},
    forget: (id: string) => void told.push(id),
  };
  await decideFor(node, 1);
  // What went out to the browser before it led to them was the browser's.
  const one = { kind: 'loyalty', value: 'C1' };
  await node.publish(viewed(node.clock.now() - 900, PHONE));
  await node.publish(viewed(node.clock.now() - 800, one, PHONE));
  open.session.close();
  await erase(one);
  expect(told).toEqual([]);
  const push = node.gateway.connect(PUSH, 10, sink);
  expect(told).toEqual([]);
  const mail = node.gateway.connect(EMAIL, 10, sink);
  const id = addresseeOf('loyalty', 'C1').id;
  expect(told).toContain(id);
  expect(told).toContain(addresseeOf(PHONE.kind, PHONE.value).id);
  const before = told.length;
  node.engine.channelErasures.tellAll();
  expect(told.length).toBeGreaterThan(before);
  if (mail.kind === 'refused' || push.kind === 'refused') throw new Error('no room');
  for (const who of new Set(told)) expect(await mail.forgot(who)).toEqual({ kind: 'accepted' });
  expect(await mail.forgot('somebody else')).toEqual({ kind: 'accepted' });
  const answered = told.length;
  node.engine.channelErasures.tellAll();
  expect(told).toHaveLength(answered);
});

test('whoever was forgotten right before a crash is known to channels that nobody can name any more: each is told', async () => {
  const stores = emptyStores();
  const open = await desk(1_000, stores);
  ({ node } = open);
  await decideFor(node, 1);
  open.session.close();
  const one = { kind: 'loyalty', value: 'C1' };
  const { peer } = node.engine.shards[0] as (typeof node.engine.shards)[number];
  const forget = peer.forget.bind(peer);
  // It is in the log, and the process dies before the list says so.
  peer.forget = (id, what) => forget(id, what, () => {});
  expect(await erase(one)).toMatchObject({ kind: 'refused', code: 'unavailable' });
  await node.engine.stop();
  node = await startNode(stores, { node: 'b', now: node.clock.now(), bounds: { shards: 1 } });
  expect(await erase(one)).toMatchObject({ kind: 'erased' });
  const [{ untold = [] } = {}] = node.engine.runtime.erasures.pending;
  expect(untold).toContainEqual({ channel: 'email', id: addresseeOf('loyalty', 'C1').id });
  // Somebody of whom nothing was ever known is no channel's.
  expect(await erase(BERTA)).toMatchObject({ kind: 'erased' });
  expect(node.engine.runtime.erasures.pending.at(-1)?.untold).toEqual([]);
});

test('the archive is rewritten without them once log and images are younger, and the id leaves the list', async () => {
  const stores = emptyStores();
  node = await startNode(stores, { bounds: { beatMs: 60_000 } });
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await node.publish(viewed(TUESDAY - 890, BERTA));
  await erase(ANNA);
  await node.publish(viewed(node.clock.now() - 5, ANNA));
  const id = addresseeOf('crm', 'anna').id;
  expect(JSON.stringify([...stores.erasures.values()])).toContain(id);
  await node.advanceTo(node.clock.now() + 120_000);
  expect(node.gauges.get('attune_erasures_pending')).toBe(1);
  // Hot for a day, then archived, then rewritten.
  for (let day = 1; day <= 3; day++) {
    await node.advanceTo(TUESDAY + day * DAY_MS);
    await node.publish(viewed(node.clock.now() - 5, BERTA));
  }
  await node.advanceTo(node.clock.now() + 600_000);
  expect(JSON.stringify([...stores.erasures.values()])).not.toContain(id);
  expect([...stores.erasures.values()].map(({ doneAt }) => doneAt > 0)).toEqual([true]);
  const kinds: string[] = [];
  const ofAnna: string[] = [];
  for (const shard of node.engine.shards)
    for (const segment of await node.engine.runtime.archive.segments(shard.id))
      for (const { bytes } of await node.engine.runtime.archive.read(
        shard.id,
        segment.first,
        segment.last - segment.first + 1,
      )) {
        const cursor = new RecordCursor(bytes);
        while (cursor.next()) {
          kinds.push(cursor.kind);
          if (cursor.customer === id) ofAnna.push(cursor.kind);
        }
      }
  expect(kinds.filter((kind) => kind === 'forgotten').length).toBeGreaterThanOrEqual(2);
  // What came after the erasure stands: that they are silent, and what they viewed.
  expect(ofAnna.slice(0, 2)).toEqual(['silenced', 'event']);
  expect(ofAnna.filter((kind) => kind === 'event' || kind === 'erased')).toEqual(['event']);
  expect(node.counts.get('attune_segments_rewritten_total')).toBeGreaterThan(0);
  expect(node.gauges.get('attune_erasures_pending')).toBe(0);
  const later = await startNode(stores, { node: 'b', now: node.clock.now() });
  expect(await known(ANNA, later)).toBe(id);
  await later.engine.stop();
});

test('asked twice within one turn, both answers name a record that no word of them stands behind', async () => {
  node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  await node.publish(viewed(TUESDAY - 900, ANNA));
  const { id } = addresseeOf(ANNA.kind, ANNA.value);
  const ids = new Set([id]);
  const { erasures } = node.engine.runtime;
  const actor = { hash: erasures.hashOf(id), id, shard: -1, generation: 0, seq: 0, isNamed: true as const };
  await erasures.save({
    ...{ receipt: 'r', caseId: '', at: TUESDAY, completeBy: TUESDAY + DAY_MS },
    ...{ actors: [actor], untold: [], doneAt: 0 },
  });
  const peer = node.engine.shards[0]?.peer as Peers;
  const ask = () =>
    new Promise<ForgetAnswer | undefined>((resolve) =>
      peer.forget(id, { isOwn: true, ids, named: ids }, resolve),
    );
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(first).toMatchObject({ kind: 'forgotten' });
  expect(second).toMatchObject({ kind: 'forgotten', isNobody: true, seq: (first as { seq: number }).seq });
});
