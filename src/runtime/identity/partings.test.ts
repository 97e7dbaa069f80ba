/** Keys that lead to somebody whom an Unlink has parted from another one: they hear it, whatever is lost, before that person is back. */
import { expect, test } from 'vitest';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { UnlinkOutcome } from '../../port/customers.ts';
import { emptyStores, type Node, startNode, TUESDAY } from '../engine.fixture.ts';
import { idOf, type Key, seen, viewed } from './people.fixture.ts';

const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const PHONE = { kind: 'anonymous', value: 'a-phone' };
const ANNA = { kind: 'email_sha256', value: 'a'.repeat(64) };
const BEN = { kind: 'email_sha256', value: 'b'.repeat(64) };

/** Where the key's own actor leads, and who is still to hear that they are parted. */
function leadsTo(node: Node, { kind, value }: Key): string | undefined {
  const { id, hash } = addresseeOf(kind, value);
  return node.engine.shardOf(hash).actors.get(id)?.profile.moved?.to;
}

/** Anna, with two browsers of their own, was taken for Ben; the link is being undone, and what tells those keys so is lost `times` times. */
async function parting(node: Node, times: number): Promise<{ readonly unlinked: Promise<UnlinkOutcome> }> {
  for (const browser of [PHONE, TABLET]) await node.publish(viewed(TUESDAY - 900, browser, ANNA));
  await node.publish(viewed(TUESDAY - 800, BEN));
  const said = { by: 'desk', reason: 'called' };
  const linked = await node.gateway.link({ identifiers: [BEN, ANNA], ...said });
  if (linked.kind !== 'linked' || linked.link === undefined) throw new Error(JSON.stringify(linked));
  await node.advanceTo(TUESDAY);
  expect(leadsTo(node, PHONE)).toBe(`${BEN.kind}:${BEN.value}`);
  let left = times;
  for (const { peer } of node.engine.shards) {
    const redirect = peer.redirect.bind(peer);
    peer.redirect = (key, to, from, done) => {
      if (key === `${PHONE.kind}:${PHONE.value}` && left-- > 0) return done?.(false);
      redirect(key, to, from, done);
    };
  }
  return { unlinked: node.gateway.unlink({ link: linked.link, ...said }) };
}

test('a word that is lost is said again, and until it is heard whoever it is about is not back', async () => {
  const node = await startNode(emptyStores());
  const { unlinked } = await parting(node, 1);
  for (let step = 0; step < 200; step++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(leadsTo(node, PHONE)).toBe(`${BEN.kind}:${BEN.value}`);
  expect(leadsTo(node, ANNA)).toBe(`${BEN.kind}:${BEN.value}`);
  await node.advanceTo(TUESDAY + 60_000);
  expect(await unlinked).toMatchObject({ kind: 'unlinked' });
  expect(leadsTo(node, PHONE)).toBe(`${ANNA.kind}:${ANNA.value}`);
  for (const key of [ANNA, PHONE, TABLET]) expect(await seen(node, key, ({ id }) => id)).toBe(idOf(ANNA));
  expect(await seen(node, BEN, ({ id, partings }) => [id, partings.length])).toEqual([idOf(BEN), 0]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('who is forgotten then is forgotten under all of their keys', async () => {
  const node = await startNode(emptyStores());
  const { unlinked } = await parting(node, 1);
  await node.advanceTo(TUESDAY + 1_000);
  const erase = () => node.gateway.erase({ identifiers: [ANNA] }, '');
  const early = erase();
  await node.advanceTo(TUESDAY + 60_000);
  await unlinked;
  // Nobody knows yet who is to be forgotten.
  if ((await early).kind === 'refused') expect(await erase()).toMatchObject({ kind: 'erased' });
  for (const key of [ANNA, PHONE, TABLET]) expect(leadsTo(node, key), key.value).toBe(undefined);
  expect(await seen(node, BEN, ({ id }) => id)).toBe(idOf(BEN));
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('what comes meanwhile by a key of theirs counts for them, whichever of the two have heard it', async () => {
  const node = await startNode(emptyStores());
  const { unlinked } = await parting(node, 1);
  for (let step = 0; step < 200; step++) await new Promise<void>((resolve) => setImmediate(resolve));
  const came = [PHONE, TABLET].map((key) => node.publish(viewed(TUESDAY - 100, key)));
  await node.advanceTo(TUESDAY + 60_000);
  await unlinked;
  // Who waits too long is told to come again.
  const late = [PHONE, TABLET].map((key) => node.publish(viewed(TUESDAY - 50, key)));
  for (const outcome of await Promise.all(late)) expect(outcome).toMatchObject({ kind: 'accepted' });
  const counted = (await Promise.all(came)).filter(({ kind }) => kind === 'accepted').length;
  expect(await seen(node, ANNA, (profile) => profile.viewed.length)).toBe(4 + counted);
  expect(await seen(node, BEN, (profile) => profile.viewed.length)).toBe(1);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});
