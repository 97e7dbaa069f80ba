import { after, check, edit, type Recipe, TYPES, test } from './recipe.ts';

const TRAIT_TEST = 'src/core/trait/trait.test.ts';

export const TRAIT: Recipe = {
  name: 'trait',
  adds: 'cart_lines, the number of different products in the cart',
  files: [
    edit(
      'src/core/trait/trait-spec.ts',
      TYPES,
      after(
        'export const TRAITS = [',
        "  { name: 'cart_lines', type: 'double', unit: 'lines', window: 'now', example: 'cart_lines >= 2.0', doc: 'Different products in the cart.' },",
      ),
    ),
    edit(
      'src/core/trait/compute-traits.ts',
      test(TRAIT_TEST),
      after('  traits.cart_items = items;', '  traits.cart_lines = profile.cart.length;'),
    ),
    edit(
      'src/core/trait/trait-needs.ts',
      test(TRAIT_TEST),
      after('  cart_items: NEED_CART,', '  cart_lines: NEED_CART,'),
    ),
    edit(
      'src/core/trait/trait-reader.ts',
      TYPES,
      after('  cart_items: (traits) => traits.cart_items,', '  cart_lines: (traits) => traits.cart_lines,'),
    ),
    edit(
      'src/core/trait/number-trait-range.ts',
      TYPES,
      after(
        '  cart_items: (traits, low, high) => traits.cart_items >= low && traits.cart_items <= high,',
        '  cart_lines: (traits, low, high) => traits.cart_lines >= low && traits.cart_lines <= high,',
      ),
    ),
    { kind: 'generated', path: 'policies/schema/actions.json', forgotten: check('generated') },
  ],
  tests: ['src/core/trait'],
};
