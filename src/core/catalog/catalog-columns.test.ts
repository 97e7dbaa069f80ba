import { expect, test } from 'vitest';
import { CatalogColumns, type CatalogUpdate } from './catalog-columns.ts';

function update(productId: string, change: Partial<CatalogUpdate> = {}): CatalogUpdate {
  return {
    productId,
    title: undefined,
    category: undefined,
    brand: undefined,
    price: undefined,
    margin: undefined,
    url: undefined,
    image: undefined,
    variants: [],
    substitutes: [],
    ...change,
  };
}

test('an update changes what it names and leaves the rest', () => {
  const catalog = new CatalogColumns();
  catalog.fold(1, [
    update('coat', { title: 'Coat', category: 'coats', price: 100, variants: [{ size: 'M', stock: 3 }] }),
  ]);
  const before = catalog.get('coat');
  catalog.fold(2, [update('coat', { price: 80 })]);
  expect(catalog.get('coat')).toMatchObject({
    title: 'Coat',
    category: 'coats',
    price: 80,
    margin: Number.NaN,
  });
  expect(catalog.get('coat')?.stock.get('M')).toBe(3);
  expect(before?.price).toBe(100);
  expect(catalog.sequence).toBe(2);
});

test('a record that was folded already changes nothing', () => {
  const catalog = new CatalogColumns();
  catalog.fold(1, [update('coat', { price: 100 })]);
  catalog.fold(1, [update('coat', { price: 1 })]);
  expect(catalog.get('coat')?.price).toBe(100);
});

test('makes of one size add up, and a product of which nothing is counted has no stock', () => {
  const catalog = new CatalogColumns();
  catalog.fold(1, [
    update('coat', {
      variants: [
        { size: 'M', stock: 3 },
        { size: 'M', stock: 2 },
        { size: 'L', stock: undefined },
      ],
    }),
    update('voucher', { variants: [{ size: '', stock: undefined }] }),
  ]);
  expect([...(catalog.get('coat')?.stock ?? [])]).toEqual([
    ['M', 5],
    ['L', Number.POSITIVE_INFINITY],
  ]);
  expect(catalog.get('voucher')?.stock.size).toBe(0);
});

test('a new product beyond the bound is refused and counted, a known one still changes', () => {
  const catalog = new CatalogColumns(1);
  catalog.fold(1, [update('coat', { price: 100 }), update('hat', { price: 20 })]);
  catalog.fold(2, [update('coat', { price: 90 })]);
  expect(catalog.get('hat')).toBeUndefined();
  expect(catalog.refused).toBe(1);
  expect(catalog.get('coat')?.price).toBe(90);
});
