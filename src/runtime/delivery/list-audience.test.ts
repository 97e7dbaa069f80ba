import { expect, test } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import type { AudiencePlace } from '../../port/customers.ts';
import { decideInput, emptyStores, event, type Node, TUESDAY } from '../engine.fixture.ts';
import { adDesk, buys, enter, keysOf, NEAR, stock } from './ad-desk.fixture.ts';

/** All pages of the audience, of `limit` each. */
async function listed(node: Node, limit: number, between: () => Promise<unknown> = async () => {}) {
  const pages: string[][] = [];
  const keys: string[] = [];
  let from: AudiencePlace | undefined = { shard: 0, after: '' };
  while (from !== undefined) {
    const page = await node.gateway.audience(NEAR, from, limit);
    if (page.kind === 'refused') throw new Error(page.message);
    pages.push(page.members.map(({ customerId }) => customerId));
    keys.push(...page.members.map(({ identifiers }) => identifiers.map(({ value }) => value).join()));
    from = page.next;
    await between();
  }
  return { pages, keys: keys.toSorted(), all: pages.flat() };
}

const keysOfAll = (...numbers: number[]) => numbers.map((n) => `ab${n}`).toSorted();

test('everybody in the audience is listed once, saved or not, over a restart too', async () => {
  const stores = emptyStores();
  const { node } = await adDesk(stores);
  for (const n of [1, 2, 3, 4, 5, 6, 7]) await enter(node, n);
  // Not one of them is saved yet.
  expect((await listed(node, 3)).keys).toEqual(keysOfAll(1, 2, 3, 4, 5, 6, 7));
  await node.advanceTo(TUESDAY + 60_000);
  await enter(node, 8);
  await buys(node, 2);
  expect((await listed(node, 2)).keys).toEqual(keysOfAll(1, 3, 4, 5, 6, 7, 8));
  await node.engine.stop();
  const { node: next } = await adDesk(stores, { now: TUESDAY + 90_000 });
  const { keys, all, pages } = await listed(next, 2);
  expect(keys).toEqual(keysOfAll(1, 3, 4, 5, 6, 7, 8));
  expect(new Set(all).size).toBe(7);
  expect(Math.max(...pages.map(({ length }) => length))).toBe(2);
});

test('who enters and leaves while it is read disturbs nobody else’s place', async () => {
  const { node } = await adDesk(emptyStores(), { bounds: { shards: 2 } });
  for (let n = 1; n <= 12; n++) await enter(node, n);
  let n = 12;
  const { all, keys } = await listed(node, 1, async () => {
    if (n >= 24) return;
    await enter(node, ++n);
    await buys(node, n - 12 > 6 ? n : 6);
    await node.advanceTo(node.clock.now() + 15_000);
  });
  expect(new Set(all).size).toBe(all.length);
  const stayed = keysOfAll(...[1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
  expect(keys.filter((key) => stayed.includes(key))).toEqual(stayed);
});

test('what is listed says the stock of the moment, and whose ad does not hold any more leaves instead', async () => {
  const { node, told, session } = await adDesk();
  await enter(node, 1);
  await session.accepted(told[0]?.dispatchId ?? '');
  const page = await node.gateway.audience(NEAR, { shard: 0, after: '' }, 10);
  expect(page).toMatchObject({
    kind: 'page',
    members: [
      {
        ...{ customerId: told[0]?.customer, version: told[0]?.version, identifiers: [keysOf(1)[1]] },
        choice: { action: 'shoe_ad', product: 'shoe', content: { slotNames: ['size'], slotValues: ['M'] } },
      },
    ],
  });
  const catalog = new CatalogColumns();
  stock(catalog, 2, 0);
  node.engine.runtime.catalog = catalog;
  expect((await listed(node, 10)).all).toEqual([]);
  expect(told.at(-1)).toMatchObject({ isMember: false, customer: told[0]?.customer });
});

test('a login that takes in the browser’s customer takes them out under the id by which they entered', async () => {
  const { node, told } = await adDesk();
  const browser = [
    { kind: 'anonymous', value: 'b1' },
    { kind: 'email_sha256', value: 'ab1' },
  ];
  await enter(node, 2);
  const properties = { channel: 'ads', purpose: 'marketing', granted: true };
  await node.publish(event('Consent Updated', TUESDAY, { identifiers: browser, properties }));
  await node.publish(event('Product Viewed', TUESDAY, { identifiers: browser, products: [{ ...SHOE }] }));
  await node.decide(decideInput('b', { identifiers: browser, placements: [], dispatch: true }));
  await node.advanceTo(TUESDAY + 1_000);
  const entered = told.at(-1);
  expect(entered).toMatchObject({ isMember: true, keys: ['email_sha256'] });
  const login = [...browser, { kind: 'loyalty', value: 'A9' }];
  await node.publish(event('Page Viewed', TUESDAY + 1_000, { identifiers: login }));
  await node.advanceTo(TUESDAY + 10_000);
  const left = told.filter(({ isMember }) => !isMember);
  expect(left).toMatchObject([{ customer: entered?.customer }]);
  expect(left[0]?.version).toBeGreaterThan(entered?.version ?? 0);
  expect((await listed(node, 10)).keys).toEqual(keysOfAll(2));
  // The person may enter again, under the id that is theirs now.
  await node.decide(decideInput('c', { identifiers: login, placements: [], dispatch: true }));
  await node.advanceTo(TUESDAY + 12_000);
  const [again] = told.filter(({ isMember }) => isMember).slice(-1);
  expect(again?.customer).not.toBe(entered?.customer);
  expect((await listed(node, 10)).all).toHaveLength(2);
});

test('a page looks at so many customers at most, and says where the next one begins', async () => {
  const { node } = await adDesk(emptyStores(), { bounds: { shards: 1 } });
  const asked: number[] = [];
  const nobody = (n: number) =>
    Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : n >> (i % 4)))).toString('base64url');
  node.engine.runtime.snapshots.members = async (_shard, _name, _after, limit) => {
    asked.push(limit);
    return Array.from({ length: limit }, (_, n) => nobody(n));
  };
  const page = await node.gateway.audience(NEAR, { shard: 0, after: '' }, 100_000);
  expect(page).toMatchObject({ kind: 'page', members: [], next: { shard: 0 } });
  expect(asked).toEqual([LIMITS.audienceLooksMax]);
});

const SHOE = {
  ...{ productId: 'shoe', sku: '', variant: '', size: 'M', category: 'shoes', brand: 'Vela' },
  ...{ price: 90, quantity: 1, coupon: '' },
};
