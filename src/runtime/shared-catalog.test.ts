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
