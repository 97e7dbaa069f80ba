import { expect, test } from 'vitest';
import { BOUNDS } from '../../core/bounds.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { decideInput, emptyStores, event, order, product, startNode, TUESDAY } from '../engine.fixture.ts';
import { idOf, seen, viewed } from './people.fixture.ts';

const PHONE = { kind: 'anonymous', value: 'a-phone' };
const TABLET = { kind: 'anonymous', value: 'a-tablet' };
const MAIL = { kind: 'email_sha256', value: 'f'.repeat(64) };
const ANNA = { kind: 'crm', value: 'anna' };
const BERTA = { kind: 'crm', value: 'berta' };

test('what was seen of a browser before the login belongs to the customer from the login on', async () => {
  const node = await startNode(emptyStores());
  for (let i = 0; i < 3; i++) await node.publish(viewed(TUESDAY - 9_000 + i, PHONE));
  await node.publish(
    event('Order Completed', TUESDAY - 500, {
      identifiers: [ANNA],
      products: [product('coat')],
      order: order('o1', 120),
    }),
  );
  expect(await node.publish(viewed(TUESDAY - 100, PHONE, ANNA))).toEqual({ kind: 'accepted' });
  for (const key of [PHONE, ANNA])
    expect(
      await seen(node, key, ({ id, viewed: products, orderCount, identifiers, claims }) => ({
        id,
        products: products.length,
        orderCount,
        keys: identifiers.map(({ value }) => value).sort(),
        claims: claims.length,
      })),
    ).toEqual({ id: idOf(ANNA), products: 4, orderCount: 1, keys: ['a-phone', 'anna'], claims: 0 });
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('two devices and an address are one customer, whichever was seen first', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE, MAIL));
  await node.publish(viewed(TUESDAY - 800, TABLET));
  await node.publish(viewed(TUESDAY - 700, TABLET, MAIL));
  await node.publish(viewed(TUESDAY - 600, MAIL, ANNA));
  for (const key of [PHONE, TABLET, MAIL, ANNA])
    expect(await seen(node, key, ({ id, viewed: products }) => [id, products.length])).toEqual([
      idOf(ANNA),
      4,
    ]);
  await node.engine.stop();
});

test('two logins on one tablet stay two people: the tablet keeps to the first, and the sender is told', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, TABLET, ANNA));
  for (let i = 0; i < 2; i++) {
    const outcome = await node.publish(viewed(TUESDAY - 800 + i, TABLET, BERTA));
    expect(outcome).toMatchObject({ kind: 'accepted', warnings: [{ rule: 'identity.conflict' }] });
  }
  expect(await seen(node, TABLET, ({ id }) => id)).toBe(idOf(ANNA));
  expect(await seen(node, BERTA, ({ id, viewed: products }) => [id, products.length])).toEqual([
    idOf(BERTA),
    2,
  ]);
  expect(await seen(node, ANNA, ({ viewed: products }) => products.length)).toBe(1);
  await node.engine.stop();
});

test('an event that is told again by way of another key of the customer is a duplicate', async () => {
  const node = await startNode(emptyStores());
  const first = viewed(TUESDAY - 900, PHONE);
  await node.publish(first);
  const linking = node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const again = node.publish(first);
  await linking;
  expect(await again).toEqual({ kind: 'duplicate' });
  expect(await node.publish(first)).toEqual({ kind: 'duplicate' });
  await node.engine.stop();
});

test('a decision made before the login is answered again after it, and its feedback counts', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  const decided = await node.decide(decideInput('r1', { identifiers: [PHONE] }));
  if (decided.kind !== 'decided') throw new Error(decided.message);
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const again = await node.decide(decideInput('r1', { identifiers: [PHONE] }));
  expect(again).toMatchObject({ kind: 'decided', repeated: true, place: decided.place });
  expect((await node.gateway.decision(decided.place))?.requestId).toBe('r1');
  const history = await node.gateway.history(
    { identifiers: [ANNA] },
    TUESDAY - 10_000,
    TUESDAY + 10_000,
    100,
  );
  if (history.kind === 'refused') throw new Error(history.message);
  expect(history.committed.some(({ fact }) => fact.kind === 'decision' && fact.requestId === 'r1')).toBe(
    true,
  );
  await node.engine.stop();
});

test('a decision in the same call as the login is made with all that is on its way', async () => {
  const node = await startNode(emptyStores());
  await node.publish(
    event('Order Completed', TUESDAY - 900, {
      identifiers: [PHONE],
      products: [product('coat')],
      order: order('o1', 120),
    }),
  );
  const decided = await node.decide(
    decideInput('r1', { identifiers: [PHONE, ANNA], events: [viewed(TUESDAY - 100, PHONE, ANNA)] }),
  );
  if (decided.kind !== 'decided') throw new Error(decided.message);
  expect(decided.fact.customer).toBe(idOf(ANNA));
  expect(await seen(node, ANNA, ({ orderCount, claims }) => [orderCount, claims.length])).toEqual([1, 0]);
  await node.engine.stop();
});

test('a decision whose strongest key nobody knows is about the customer of the others', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  const decided = await node.decide(decideInput('r1', { identifiers: [ANNA, PHONE] }));
  expect(decided).toMatchObject({ kind: 'decided', fact: { customer: idOf(PHONE) } });
  const nobody = await node.decide(decideInput('r2', { identifiers: [BERTA, TABLET] }));
  expect(nobody).toMatchObject({ kind: 'decided', fact: { customer: idOf(BERTA) } });
  await node.engine.stop();
});

test('a process that ends at any step of it is followed by one that finishes it', async () => {
  for (let steps = 0; steps < 14; steps++) {
    const stores = emptyStores();
    const first = await startNode(stores);
    await first.publish(viewed(TUESDAY - 900, PHONE));
    await first.publish(viewed(TUESDAY - 800, ANNA));
    void first.publish(viewed(TUESDAY - 700, PHONE, ANNA));
    for (let step = 0; step < steps; step++) await new Promise<void>((resolve) => setImmediate(resolve));
    // Not stopped: the fences of the next one end it.
    const node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
    await node.advanceTo(TUESDAY + 20_000);
    const outcome = await node.publish(viewed(TUESDAY + 15_000, PHONE, ANNA));
    expect(outcome).toEqual({ kind: 'accepted' });
    for (const key of [PHONE, ANNA])
      expect(await seen(node, key, ({ id, claims }) => [id, claims.length]), `after ${steps} steps`).toEqual([
        idOf(ANNA),
        0,
      ]);
    const products = await seen(node, ANNA, ({ viewed: rows }) => rows.length);
    expect(products === 3 || products === 4, `after ${steps} steps: ${String(products)}`).toBe(true);
    expect(node.faults).toEqual([]);
    await node.engine.stop();
  }
});

test('customers who claim each other at once become one', async () => {
  const node = await startNode(emptyStores());
  const mail2 = { kind: 'email_sha256', value: 'e'.repeat(64) };
  await node.publish(viewed(TUESDAY - 900, MAIL));
  await node.publish(viewed(TUESDAY - 900, mail2));
  await node.publish(viewed(TUESDAY - 900, PHONE));
  const all = [
    node.publish(viewed(TUESDAY - 800, MAIL, mail2)),
    node.publish(viewed(TUESDAY - 800, mail2, MAIL)),
    node.publish(viewed(TUESDAY - 800, PHONE, mail2)),
    node.publish(viewed(TUESDAY - 800, PHONE, MAIL)),
  ];
  await node.advanceTo(TUESDAY + 60_000);
  for (const one of all) expect((await one).kind).toBe('accepted');
  const people = await Promise.all([MAIL, mail2, PHONE].map((key) => seen(node, key, ({ id }) => id)));
  expect(new Set(people).size).toBe(1);
  expect(await seen(node, PHONE, ({ viewed: rows, claims }) => [rows.length, claims.length])).toEqual([7, 0]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('one person has so many keys and no more, and the sender is told', async () => {
  const node = await startNode(emptyStores());
  for (let n = 0; n < BOUNDS.identifiers + 4; n++) {
    const outcome = await node.publish(
      viewed(TUESDAY - 900 + n, ANNA, { kind: 'anonymous', value: `device-${n}` }),
    );
    const isOver = n + 1 >= BOUNDS.identifiers;
    expect(outcome, `device ${n}`).toEqual(
      isOver
        ? expect.objectContaining({ warnings: [expect.objectContaining({ rule: 'identity.keys_max' })] })
        : { kind: 'accepted' },
    );
  }
  expect(await seen(node, ANNA, ({ identifiers, claims }) => [identifiers.length, claims.length])).toEqual([
    BOUNDS.identifiers,
    0,
  ]);
  await node.engine.stop();
});

test('of keys that are strangers the last ones are remembered, for a day', async () => {
  const node = await startNode(emptyStores());
  for (let n = 0; n <= BOUNDS.strangers; n++) {
    const device = { kind: 'anonymous', value: `device-${n}` };
    await node.publish(viewed(TUESDAY - 900, device, { kind: 'crm', value: `owner-${n}` }));
    await node.publish(viewed(TUESDAY - 800, device, BERTA));
  }
  expect(await seen(node, BERTA, ({ strangers }) => strangers.length)).toBe(2 * BOUNDS.strangers);
  const asked = await seen(node, BERTA, ({ version }) => version);
  const last = { kind: 'anonymous', value: `device-${BOUNDS.strangers}` };
  await node.publish(viewed(TUESDAY - 700, last, BERTA));
  expect(await seen(node, BERTA, ({ version }) => version)).toBe((asked as number) + 1);
  await node.advanceTo(TUESDAY + BOUNDS.strangerMs + 1_000);
  await node.publish(viewed(TUESDAY + BOUNDS.strangerMs, last, BERTA));
  expect(await seen(node, BERTA, ({ version }) => version)).toBeGreaterThan((asked as number) + 2);
  await node.engine.stop();
});

test('what a customer left behind is kept for a month', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 900, PHONE));
  await node.publish(viewed(TUESDAY - 800, PHONE, ANNA));
  const { id, hash } = addresseeOf(PHONE.kind, PHONE.value);
  const left = (): number | undefined =>
    node.engine.shardOf(hash).actors.get(id)?.profile.moved?.estate.length;
  await node.advanceTo(TUESDAY + BOUNDS.estateMs - 1_000);
  expect(left()).toBeGreaterThan(100);
  await node.advanceTo(TUESDAY + BOUNDS.estateMs + 1_000);
  expect(left()).toBe(0);
  expect(await seen(node, PHONE, ({ id: at }) => at)).toBe(idOf(ANNA));
  await node.engine.stop();
});
