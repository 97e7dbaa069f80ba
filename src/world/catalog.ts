import type { Rng } from '../base/rng.ts';
import type { ProductView } from '../core/catalog/catalog.ts';
import { between, keyedRng, pickShare } from './chance.ts';

const APPAREL = ['XS', 'S', 'M', 'L', 'XL'] as const;
const SHOES = ['36', '37', '38', '39', '40', '41', '42', '43', '44', '45'] as const;

interface CategorySpec {
  readonly name: string;
  readonly noun: string;
  readonly sizes: readonly string[];
  /** Middle price in currency. */
  readonly price: number;
}

const CATEGORIES: readonly CategorySpec[] = [
  { name: 'coats', noun: 'Coat', sizes: APPAREL, price: 149 },
  { name: 'dresses', noun: 'Dress', sizes: APPAREL, price: 79 },
  { name: 'knitwear', noun: 'Jumper', sizes: APPAREL, price: 59 },
  { name: 'jeans', noun: 'Jeans', sizes: APPAREL, price: 69 },
  { name: 'shoes', noun: 'Shoe', sizes: SHOES, price: 99 },
  { name: 'bags', noun: 'Bag', sizes: [''], price: 89 },
  { name: 'accessories', noun: 'Scarf', sizes: [''], price: 29 },
  { name: 'beauty', noun: 'Serum', sizes: [''], price: 24 },
];
const BRANDS: readonly (readonly [name: string, priceFactor: number])[] = [
  ['Alder', 0.7],
  ['Birch & Co', 0.8],
  ['Cove', 0.9],
  ['Dune', 1],
  ['Ember', 1],
  ['Fjord', 1.1],
  ['Grove', 1.2],
  ['Harbour', 1.4],
  ['Iris', 1.6],
  ['Juniper', 2],
];
const LOOKS = [
  'Plain',
  'Soft',
  'Classic',
  'Striped',
  'Long',
  'Short',
  'Light',
  'Warm',
  'Bold',
  'Fine',
] as const;

export const CATEGORY_NAMES: readonly string[] = CATEGORIES.map(({ name }) => name);
export const BRAND_NAMES: readonly string[] = BRANDS.map(([name]) => name);
/** Products in each category: 400 in all. */
export const PRODUCTS_PER_CATEGORY = 50;
/** Share of (product, size) pairs that are sold out for good. */
const SOLD_OUT_SHARE = 0.08;

/** A product with its truth: `cost` is what the shop pays, `margin` is `price` − `cost`. */
export interface ShopProduct extends ProductView {
  /** Place in the catalogue. */
  readonly index: number;
  readonly categoryIndex: number;
  readonly brandIndex: number;
  readonly cost: number;
}

/** The goods of the simulated shop. Stock does not move: what is sold is restocked, what is sold out stays so. */
export interface ShopCatalog {
  readonly products: readonly ShopProduct[];
  /** Product indices by category. */
  readonly byCategory: readonly (readonly number[])[];
  readonly byId: ReadonlyMap<string, ShopProduct>;
}

export function createCatalog(seed: number): ShopCatalog {
  const rng = keyedRng(seed, 'catalog', 0, 0);
  const products: ShopProduct[] = [];
  const byCategory: number[][] = [];
  for (const [categoryIndex, category] of CATEGORIES.entries()) {
    const first = products.length;
    for (let n = 0; n < PRODUCTS_PER_CATEGORY; n++)
      products.push(makeProduct(rng, category, categoryIndex, first, n));
    byCategory.push(Array.from({ length: PRODUCTS_PER_CATEGORY }, (_, n) => first + n));
  }
  return { products, byCategory, byId: new Map(products.map((product) => [product.productId, product])) };
}

/** The size of a product that fits a customer: of their apparel or shoe size; '' where there are no sizes. */
export function sizeFor(product: ShopProduct, apparelSize: number, shoeSize: number): string {
  const sizes = CATEGORIES[product.categoryIndex]?.sizes ?? [''];
  return (sizes === SHOES ? SHOES[shoeSize] : sizes === APPAREL ? APPAREL[apparelSize] : '') ?? '';
}

/** Shares of the apparel sizes, XS first, and of the shoe sizes, 36 first. */
export const APPAREL_SHARES: readonly number[] = [0.1, 0.25, 0.3, 0.23, 0.12];
export const SHOE_SHARES: readonly number[] = [0.05, 0.1, 0.16, 0.16, 0.12, 0.12, 0.12, 0.09, 0.05, 0.03];

function makeProduct(
  rng: Rng,
  category: CategorySpec,
  categoryIndex: number,
  first: number,
  n: number,
): ShopProduct {
  const brandIndex = n % BRANDS.length;
  const [brand, priceFactor] = BRANDS[brandIndex] as readonly [string, number];
  const look = LOOKS[Math.floor(n / BRANDS.length) % LOOKS.length] as string;
  const price = Math.max(5, Math.round(category.price * priceFactor * between(rng, 0.8, 1.25))) - 0.05;
  const cost = cents(price * between(rng, 0.42, 0.62));
  const productId = `${category.name}-${String(n + 1).padStart(3, '0')}`;
  const stock = new Map<string, number>();
  for (const size of category.sizes) {
    const soldOut = rng.float() < SOLD_OUT_SHARE && category.sizes.length > 1;
    stock.set(size, soldOut ? 0 : 1 + pickShare(rng, [0.15, 0.85]) * rng.intBelow(40));
  }
  // Two of the same make to go on with when this one is owned or sold out.
  const substitutes = [1, 2].map((step) => {
    const other = (n + step * BRANDS.length) % PRODUCTS_PER_CATEGORY;
    return `${category.name}-${String(other + 1).padStart(3, '0')}`;
  });
  return {
    index: first + n,
    categoryIndex,
    brandIndex,
    productId,
    title: `${brand} ${look} ${category.noun}`,
    category: category.name,
    brand,
    price: cents(price),
    cost,
    margin: cents(price - cost),
    url: `/p/${productId}`,
    image: `/i/${productId}.jpg`,
    stock,
    substitutes,
  };
}

/** Rounded to the cent. */
export function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
