import { expect, test } from 'vitest';
import { MemoryCatalogLog } from '../adapter/memory/memory-catalog-log.ts';
import { LIMITS } from '../config/limits.ts';
import type { CatalogColumns, CatalogUpdate } from '../core/catalog/catalog-columns.ts';
import { SharedCatalog } from './shared-catalog.ts';

function put(productId: string, price = 10): CatalogUpdate {
  return {
    ...{ productId, title: productId, category: 'coats', brand: 'Nord', price, margin: undefined },
    ...{ url: undefined, image: undefined, variants: [], substitutes: [] },
  };
}

test('a product beyond the bound of the catalogue is refused alone, and one that is known is changed still', async () => {
  const log = new MemoryCatalogLog();
  const catalog = new SharedCatalog(log, 3);
  const taken = await catalog.upsert(['a', 'b', 'c', 'd'].map((id) => put(id)));
  const full = { field: '', rule: 'catalog.full', fault: 'the catalogue holds 3 products already' };
  const fine = { field: '', rule: '', fault: '' };
  expect(taken.results).toEqual([fine, fine, fine, full]);
  const again = await catalog.upsert([put('e'), put('a', 20)]);
  expect(again.results).toEqual([full, fine]);
  expect([catalog.size, catalog.view.get('a')?.price, catalog.view.get('d')]).toEqual([3, 20, undefined]);
  // What was refused is not in the log either.
  const reloaded = new SharedCatalog(log);
  await reloaded.load();
  expect([reloaded.size, reloaded.view.get('a')?.price]).toEqual([3, 20]);
});

test('the catalogue of a service has the bound of the table', async () => {
  const log = new MemoryCatalogLog();
  expect((new SharedCatalog(log).view as CatalogColumns).productsMax).toBe(LIMITS.catalogProductsMax);
});

/** What a catalogue holds, in an order of its own. */
function held({ view, size }: SharedCatalog): readonly unknown[] {
  const { sequence } = view;
  return [sequence, size, ...['a', 'b', 'c', 'd', 'e'].map((id) => view.get(id))];
}

test('two nodes that upsert at once end with the same columns, in the order of the log', async () => {
  const storage: Uint8Array[] = [];
  const [one, two] = [0, 1].map(() => new SharedCatalog(new MemoryCatalogLog({ storage }))) as [
    SharedCatalog,
    SharedCatalog,
  ];
  for (let price = 1; price <= 20; price++)
    await Promise.all([
      one.upsert([put('a', price), put('b', price)]),
      two.upsert([put('b', -price), put('c', price)]),
      one.upsert([put('d', price)]),
    ]);
  await Promise.all([one.takeIn(), two.takeIn()]);
  const reloaded = new SharedCatalog(new MemoryCatalogLog({ storage }));
  await reloaded.load();
  expect(held(one)).toEqual(held(reloaded));
  expect(held(two)).toEqual(held(reloaded));
  expect(reloaded.view.sequence).toBe(60);
});

test('a product that another node brought a moment ago may be changed field by field', async () => {
  const storage: Uint8Array[] = [];
  const one = new SharedCatalog(new MemoryCatalogLog({ storage }));
  const two = new SharedCatalog(new MemoryCatalogLog({ storage }));
  await one.upsert([put('a', 10)]);
  const price = { ...put('a', 12), title: undefined, category: undefined };
  expect((await two.upsert([price])).results).toEqual([{ field: '', rule: '', fault: '' }]);
  expect([two.view.get('a')?.title, two.view.get('a')?.price]).toEqual(['a', 12]);
  const unknown = { ...price, productId: 'z' };
  expect((await two.upsert([unknown])).results[0]?.rule).toBe('product.incomplete');
});

test('what others appended is folded a few batches at a time', async () => {
  const storage: Uint8Array[] = [];
  const asked: number[] = [];
  const log = new MemoryCatalogLog({ storage });
  const writer = new SharedCatalog(log);
  const batches = 2 * LIMITS.catalogFollowBatchMax + 1;
  for (let n = 1; n <= batches; n++) await writer.upsert([put('a', n)]);
  const reader = new SharedCatalog({
    ...{ last: () => log.last(), append: (records) => log.append(records), close: () => log.close() },
    read: (from, limit) => {
      asked.push(limit);
      return log.read(from, limit);
    },
  });
  await reader.takeIn();
  expect(asked).toEqual(Array(3).fill(LIMITS.catalogFollowBatchMax));
  expect(reader.view.get('a')?.price).toBe(batches);
});
