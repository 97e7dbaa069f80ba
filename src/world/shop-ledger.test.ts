import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCatalog } from './catalog.ts';
import { billOf } from './shop-ledger.ts';
import { type Line, SHIPPING } from './visit-plan.ts';

const catalog = createCatalog(1);
const lines = fc
  .array(fc.nat(catalog.products.length - 1), { minLength: 1, maxLength: 5 })
  .map((places) => places.map((place) => ({ product: catalog.products[place], size: '' }) as Line));
const offer = fc.option(
  fc.record({
    kind: fc.constantFrom('percent', 'amount', 'free_shipping', 'gift', 'points', 'early_access'),
    depth: fc.double({ min: 0, max: 100, noNaN: true }),
    code: fc.constant('CODE'),
    until: fc.constant(0),
  }),
  { nil: undefined },
);

test('a bill adds up: goods less discount and shipping are what is paid, and the margin never grows by an offer', () => {
  fc.assert(
    fc.property(lines, offer, (given, off) => {
      const bill = billOf(given, off);
      const plain = billOf(given, undefined);
      expect(bill.total).toBeCloseTo(bill.revenue + bill.shipping, 6);
      expect(bill.revenue + bill.discount).toBeCloseTo(plain.revenue, 6);
      expect(bill.revenue).toBeGreaterThanOrEqual(0);
      expect(bill.margin).toBeLessThanOrEqual(plain.margin + 1e-9);
    }),
  );
});

test('each kind of offer takes its own off', () => {
  const [product] = catalog.products;
  if (product === undefined) throw new Error('the catalogue is empty');
  const line = { product, size: 'M' };
  const given = (kind: string, depth: number) => billOf([line], { kind, depth, code: 'C', until: 0 });
  const margin = Math.round((product.price - product.cost) * 100) / 100;
  expect(billOf([line], undefined)).toMatchObject({ discount: 0, shipping: SHIPPING, coupon: '', margin });
  expect(given('percent', 20).discount).toBe(Math.round(product.price * 20) / 100);
  expect(given('amount', 12)).toMatchObject({ discount: 12, shipping: SHIPPING });
  expect(given('amount', 1e6)).toMatchObject({ discount: product.price, revenue: 0 });
  expect(given('free_shipping', 0)).toMatchObject({ discount: 0, shipping: 0 });
  expect(given('free_shipping', 0).margin).toBeCloseTo(margin - SHIPPING, 6);
  expect(given('gift', 3.5).margin).toBeCloseTo(margin - 3.5, 6);
});
