/** An erasure beside everything else that may happen to the same person, and after a crash at any step of it. */
import { afterEach, expect, test } from 'vitest';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { EraseOutcome } from '../../port/customers.ts';
import {
  emptyStores,
  event,
  type Node,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import type { Shard } from '../shard/shard.ts';

const PHONE = { kind: 'anonymous', value: 'a-phone' };
const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };
const ANNA = { kind: 'crm', value: 'anna' };
const BERTA = { kind: 'crm', value: 'berta' };
/** At which the steps of an erasure, an absorb or an Unlink are over. */
const STEPS = 24;

type Key = typeof PHONE;
let node: Node;
afterEach(() => node.engine.stop());

const viewed = (at: number, ...identifiers: Key[]) =>
  event('Product Viewed', at, { identifiers, products: [product('coat')] });
const known = (key: Key, at = node) => at.read({ identifiers: [key] }, ({ id }) => id);
const idOf = ({ kind, value }: Key): string => addresseeOf(kind, value).id;
const step = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function steps(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await step();
}

/** The virtual clock is turned until both are answered. */
async function over<T>(...asked: readonly Promise<T>[]): Promise<readonly T[]> {
  let open = asked.length;
  for (const one of asked) void one.finally(() => open--);
  for (let ms = 0; open > 0 && ms < 60_000; ms += 250) await node.advanceTo(node.clock.now() + 250);
  return Promise.all(asked);
}

const ask = (key: Key, caseId = ''): Promise<EraseOutcome> =>
  node.gateway.erase({ identifiers: [key] }, caseId);
const erase = async (key: Key): Promise<EraseOutcome> => (await over(ask(key)))[0] as EraseOutcome;

/** Everything that the stores hold of profiles. */
const stored = (stores: Stores): string =>
  [...stores.snapshots.values()]
    .flatMap(({ rows }) =>
      [...rows].map(([id, { bytes }]) => `${id} ${Buffer.from(bytes).toString('latin1')}`),
    )
    .join('\n');

test('two who ask at once get one receipt, and it is one erasure', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const [first, second, third] = await over(ask(ANNA, 'a'), ask(PHONE, 'b'), ask(ANNA, 'c'));
  expect(first).toMatchObject({ kind: 'erased' });
  expect(new Set([first, second, third].map((one) => one?.kind))).toEqual(new Set(['erased']));
  for (const key of [ANNA, PHONE]) expect(await known(key)).toBeUndefined();
  expect(node.engine.runtime.erasures.pending.every(({ actors }) => actors.every(({ seq }) => seq > 0))).toBe(
    true,
  );
  expect(node.faults).toEqual([]);
});

test('beside an absorb, whatever step of it has been reached, nobody is left under any key', async () => {
  for (const asked of [ANNA, PHONE])
    for (let reached = 0; reached < STEPS; reached++) {
      const stores = emptyStores();
      node = await startNode(stores);
      await node.publish(viewed(TUESDAY - 900, PHONE));
      await node.publish(viewed(TUESDAY - 800, ANNA));
      const linking = node.publish(viewed(TUESDAY - 700, PHONE, ANNA));
      await steps(reached);
      const [erased] = await over<unknown>(ask(asked), linking);
      expect(erased, `${asked.value}, after ${reached} steps`).toMatchObject({ kind: 'erased' });
      await node.advanceTo(node.clock.now() + 60_000);
      // Either both are one, or the one who was not asked for is a stranger still.
      const other = asked === ANNA ? PHONE : ANNA;
      expect(await known(asked), `${asked.value}, after ${reached} steps`).not.toBe(idOf(asked));
      const left = await known(other);
      if (left !== undefined) expect(left).toBe(idOf(other));
      const keys =
        left === undefined ? [] : await node.read({ identifiers: [other] }, (one) => one.identifiers);
      expect(JSON.stringify(keys), `after ${reached} steps`).not.toContain(asked.value);
      await node.engine.stop();
      if (left === undefined) expect(stored(stores), `after ${reached} steps`).not.toContain('a-phone');
      expect(node.faults).toEqual([]);
    }
}, 300_000);

test('a process that ends at any step of an erasure is followed by one that finishes it', async () => {
  for (let reached = 0; reached < STEPS; reached++) {
    const stores = emptyStores();
    const first = await startNode(stores);
    node = first;
    await first.publish(viewed(TUESDAY - 900, PHONE));
    await first.publish(viewed(TUESDAY - 800, PHONE, MAIL, ANNA));
    await first.publish(viewed(TUESDAY - 700, BERTA));
    void ask(MAIL);
    await steps(reached);
    // Not stopped: the fences of the next one end it.
    node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
    const wasNoted = node.engine.runtime.erasures.size > 0;
    await node.advanceTo(TUESDAY + 130_000);
    if (!wasNoted) expect(await erase(MAIL)).toMatchObject({ kind: 'erased' });
    for (const key of [PHONE, MAIL, ANNA]) expect(await known(key), `after ${reached} steps`).toBeUndefined();
    expect(await known(BERTA)).toBe(idOf(BERTA));
    for (const plain of ['a-phone', 'anna'])
      expect(stored(stores), `after ${reached} steps`).not.toContain(plain);
    expect(node.engine.runtime.erasures.size).toBe(1);
    await node.engine.stop();
  }
}, 300_000);

test('beside an Unlink, whatever step of it has been reached, the other one stays and is only themselves', async () => {
  for (let reached = 0; reached < STEPS; reached++) {
    node = await startNode(emptyStores());
    await node.publish(viewed(TUESDAY - 900, ANNA));
    await node.publish(viewed(TUESDAY - 800, MAIL));
    const said = { by: 'desk', reason: 'called' };
    const linked = await node.gateway.link({ identifiers: [ANNA, MAIL], ...said });
    if (linked.kind !== 'linked' || linked.link === undefined) throw new Error(JSON.stringify(linked));
    const unlinking = node.gateway.unlink({ link: linked.link, ...said });
    await steps(reached);
    const [erased, unlinked] = await over<{ readonly kind: string }>(ask(MAIL), unlinking);
    expect(erased, `after ${reached} steps`).toMatchObject({ kind: 'erased' });
    await node.advanceTo(node.clock.now() + 60_000);
    expect(await known(MAIL), `after ${reached} steps`).toBeUndefined();
    // Where the erasure was first, they were one person and are gone as one.
    const anna = await node.read({ identifiers: [ANNA] }, ({ id, identifiers }) => [id, identifiers.length]);
    if (unlinked?.kind === 'unlinked') expect(anna, `after ${reached} steps`).toEqual([idOf(ANNA), 1]);
    else expect(anna, `after ${reached} steps`).toBeUndefined();
    expect(node.faults).toEqual([]);
    await node.engine.stop();
  }
}, 300_000);

test('asked for by a device that two have used, whoever it leads to is forgotten, and nobody else', async () => {
  node = await startNode(emptyStores());
  const device = { kind: 'push_token', value: 'token-1' };
  await node.publish(viewed(TUESDAY - 900, ANNA, device));
  await node.publish(viewed(TUESDAY - 800, BERTA, device));
  const holder = await known(device);
  expect(await erase(device)).toMatchObject({ kind: 'erased' });
  const left = [ANNA, BERTA].filter((key) => idOf(key) !== holder);
  expect(left).toHaveLength(1);
  for (const key of [ANNA, BERTA, device])
    expect(await known(key)).toBe(left.includes(key) ? idOf(key) : undefined);
  expect(node.faults).toEqual([]);
});

test('who comes again before the key of their device has forgotten them, gets it once it has, and nobody else has it too', async () => {
  node = await startNode(emptyStores());
  const device = { kind: 'push_token', value: 'token-1' };
  await node.publish(viewed(TUESDAY - 900, ANNA, device));
  const { peer } = node.engine.shards[0] as Shard;
  const forget = peer.forget.bind(peer);
  let go = (): void => {};
  peer.forget = (id, asked, done) => {
    if (id !== idOf(device)) return forget(id, asked, done);
    go = () => forget(id, asked, done);
  };
  const asking = ask(ANNA);
  await steps(STEPS);
  const now = node.clock.now();
  // ANNA's own actor is forgotten, and whoever comes by their key begins anew.
  const coming = node.publish(viewed(now, ANNA, device));
  await steps(STEPS);
  go();
  await over<unknown>(asking, coming);
  await node.advanceTo(node.clock.now() + 10_000);
  expect(await known(device)).toBe(idOf(ANNA));
  await node.publish(viewed(node.clock.now(), BERTA, device));
  await node.advanceTo(node.clock.now() + 10_000);
  const keysOf = (key: Key) =>
    node.read({ identifiers: [key] }, (one) => one.identifiers.map(({ value }) => value));
  expect([await keysOf(ANNA), await keysOf(BERTA)]).toEqual([['anna'], ['berta', 'token-1']]);
  expect(node.faults).toEqual([]);
});

test('a key that was never told, in a later list of the shop, begins somebody new, and is silent by a key that was', async () => {
  node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, ANNA, MAIL));
  await erase(ANNA);
  const at = node.clock.now();
  const silencedAt = (key: Key) => node.read({ identifiers: [key] }, (profile) => profile.silencedAt);
  const card = { kind: 'loyalty', value: 'never-told' };
  await node.publish({ ...viewed(at - 20, card), historical: true });
  // Nobody can know; as soon as one of their keys is named with it, it is known.
  expect(await silencedAt(card)).toBe(0);
  await node.publish(viewed(at - 10, card, MAIL));
  expect(await silencedAt(card)).toBeGreaterThan(0);
});

const quarantine = (key: Key): void => {
  const { id, hash } = addresseeOf(key.kind, key.value);
  node.engine.shardOf(hash).actors.quarantine(id);
};

test.each([
  ['their own key', ANNA],
  ['a key that leads to them', PHONE],
])('a customer who is quarantined is forgotten under all keys, asked for by %s', async (_, key) => {
  const stores = emptyStores();
  node = await startNode(stores);
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 850, TABLET));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  await node.publish(viewed(TUESDAY - 750, TABLET, ANNA));
  await node.publish(viewed(TUESDAY - 700, BERTA));
  await Promise.all(node.engine.shards.map((shard) => shard.saveNow()));
  quarantine(ANNA);
  expect(await node.publish(viewed(TUESDAY - 600, ANNA))).toMatchObject({
    kind: 'refused',
    code: 'internal',
  });
  expect(await erase(key)).toMatchObject({ kind: 'erased' });
  expect(node.engine.shards.map(({ quarantined }) => quarantined.size)).toEqual([0, 0, 0, 0]);
  for (const one of [PHONE, TABLET, ANNA]) expect(await known(one), one.value).toBeUndefined();
  for (const plain of ['anna', 'a-phone', 'a-tablet']) expect(stored(stores)).not.toContain(plain);
  expect(await known(BERTA)).toBe(idOf(BERTA));
  // Whoever comes again by the key begins anew, and is silent.
  await node.publish(viewed(node.clock.now() - 10, ANNA));
  expect(
    await node.read({ identifiers: [ANNA] }, (profile) => [profile.key, profile.silencedAt > 0]),
  ).toEqual(['crm:anna', true]);
  const later = await startNode(stores, { node: 'b', now: node.clock.now() + 1_000 });
  expect(await known(ANNA, later)).toBe(idOf(ANNA));
  expect(await known(PHONE, later)).toBeUndefined();
  await later.engine.stop();
});

test('a row that cannot be read any more is not needed: after a crash before it was dropped it is nobody’s either', async () => {
  const stores = emptyStores();
  node = await startNode(stores);
  await node.publish(viewed(TUESDAY - 900, ANNA));
  await Promise.all(node.engine.shards.map((shard) => shard.saveNow()));
  const rows = stores.snapshots.get(addresseeOf(ANNA.kind, ANNA.value).hash % 4)?.rows;
  const row = rows?.get(idOf(ANNA));
  if (rows === undefined || row === undefined) throw new Error('nobody is stored');
  expect(await erase(ANNA)).toMatchObject({ kind: 'erased' });
  await node.engine.stop();
  expect(rows.has(idOf(ANNA))).toBe(false);
  // The erasure is in the log; the row of before is there again, damaged, and behind the checkpoint.
  rows.set(idOf(ANNA), { ...row, bytes: Buffer.alloc(20, 7) });
  node = await startNode({ ...stores }, { node: 'b', now: TUESDAY + 1_000 });
  expect(await erase(ANNA)).toMatchObject({ kind: 'erased' });
  expect(await known(ANNA)).toBeUndefined();
  await node.publish(viewed(node.clock.now() - 10, ANNA));
  expect(await known(ANNA)).toBe(idOf(ANNA));
});
