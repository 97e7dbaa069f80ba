import fc from 'fast-check';
import type { CatalogUpdate } from '../../core/catalog/catalog-columns.ts';
import { arbNumber, arbText, plain } from './arbitrary-facts.fixture.ts';

const maybe = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(item, { nil: undefined });

/** An update that names any of a product's fields. */
export const arbCatalogUpdate: fc.Arbitrary<CatalogUpdate> = plain<CatalogUpdate>({
  productId: arbText,
  title: maybe(arbText),
  category: maybe(arbText),
  brand: maybe(arbText),
  price: maybe(arbNumber),
  margin: maybe(arbNumber),
  url: maybe(arbText),
  image: maybe(arbText),
  variants: fc.array(plain({ size: fc.oneof(fc.constant('42'), arbText), stock: maybe(arbNumber) }), {
    maxLength: 4,
  }),
  substitutes: fc.array(arbText, { maxLength: 3 }),
});
