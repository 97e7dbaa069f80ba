import type { Lint } from './lint.ts';
import { namedGoods } from './named-goods.ts';

export const unknownProduct: Lint = {
  id: 'unknown-product',
  doc: 'A product is named that the catalogue does not have.',
  find: (sound, goods) => {
    if (goods === undefined || goods.size === 0) return [];
    return namedGoods(sound, 'product')
      .filter(({ name }) => !goods.has(name))
      .map(({ name, field, fault }) =>
        fault(
          `${field} names the product "${name}", which is none of the ${goods.size} of the catalogue; write a product id as the catalogue has it, or load the product`,
        ),
      );
  },
};
