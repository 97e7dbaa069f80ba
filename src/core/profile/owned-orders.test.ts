import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OwnedProduct } from './order-telling.ts';
import { dearestFirst, dearestOfLast, orderStart } from './owned-orders.ts';

const arbOwned: fc.Arbitrary<readonly OwnedProduct[]> = fc
  .array(
    fc.record({
      productId: fc.constantFrom('a', 'b', 'c'),
      category: fc.constantFrom('x', 'y', ''),
      size: fc.constant(''),
      at: fc.integer({ min: 1, max: 4 }),
      quantity: fc.integer({ min: 1, max: 3 }),
      price: fc.constantFrom(0, 5, 10, 15),
    }),
    { maxLength: 9 },
  )
  .map((lines) => lines.sort((a, b) => a.at - b.at));

test('the dearest line of the last order costs at least what each other costs, and more than those before it', () => {
  expect(dearestOfLast([])).toBeUndefined();
  fc.assert(
    fc.property(arbOwned, (owned) => {
      fc.pre(owned.length > 0);
      const last = owned.filter(({ at }) => at === owned.at(-1)?.at);
      const best = dearestOfLast(owned) as OwnedProduct;
      const cost = best.price * best.quantity;
      for (const [i, line] of last.entries()) {
        expect(line.price * line.quantity).toBeLessThanOrEqual(cost);
        if (i < last.indexOf(best)) expect(line.price * line.quantity).toBeLessThan(cost);
      }
      expect(dearestFirst(owned, orderStart(owned, owned.length), owned.length)[0]).toBe(best);
    }),
  );
});

test('order by order every line comes once, latest order first and the dearest of each first', () => {
  fc.assert(
    fc.property(arbOwned, (owned) => {
      const walked: OwnedProduct[] = [];
      for (let end = owned.length; end > 0; end = orderStart(owned, end))
        walked.push(...dearestFirst(owned, orderStart(owned, end), end));
      const expected = owned.toSorted((a, b) => b.at - a.at || b.price * b.quantity - a.price * a.quantity);
      expect(walked).toEqual(expected);
    }),
  );
});
