import { REQUEST_BOUNDS } from '../bounds.ts';
import type { EventInput, ProductInput } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { amountFrom, indexProperties, type PropertyIndex, propertyPath, textFrom } from './property-words.ts';

const LISTS = ['products', 'items'];
const PRODUCT_ID = ['productid', 'itemid', 'id', 'sku'];
/** Of the event itself: a bare `id` or `sku` there may be anything, but where its name says that it is about a product. */
const FLAT_PRODUCT_ID = ['productid', 'itemid'];

/**
 * The products of an event whose `products` are empty, from the properties that Segment and GA4 put them in: a list as JSON text, and
 * with `flat` the one product whose fields stand beside the others. Undefined: they say nothing of products; an empty list says that there
 * are none. 'refused' after a fault: a list of another shape is never taken for an order of nothing.
 */
export function productsFromProperties(
  event: EventInput,
  flat: boolean,
  notes: EventNotes,
): readonly ProductInput[] | 'refused' | undefined {
  if (event.properties === undefined) return undefined;
  const index = indexProperties(event.properties);
  for (const key of LISTS) {
    const found = index.get(key);
    if (found === undefined || found.value === '') continue;
    return productsOf(found.value, propertyPath(found.name), notes);
  }
  const idKeys = event.name.startsWith('Product ') ? PRODUCT_ID : FLAT_PRODUCT_ID;
  if (!flat || textFrom(index, idKeys) === '') return undefined;
  const product = productOf(index, idKeys, propertyPath, notes);
  return product === undefined ? 'refused' : [product];
}

function productsOf(value: unknown, path: string, notes: EventNotes): readonly ProductInput[] | 'refused' {
  const list = listOf(value);
  if (list === undefined || !list.every(isObject)) {
    const sentence = 'must be a list of products; send them as `products` of the event';
    notes.fault(path, 'event.products', String(value), sentence);
    return 'refused';
  }
  if (list.length > REQUEST_BOUNDS.productsPerEventMax) {
    notes.warn(
      path,
      'event.products_cut',
      String(list.length),
      `holds more than ${REQUEST_BOUNDS.productsPerEventMax}; those behind are left out`,
    );
  }
  const products: ProductInput[] = [];
  for (const [i, one] of list.slice(0, REQUEST_BOUNDS.productsPerEventMax).entries()) {
    const product = productOf(indexProperties(one), PRODUCT_ID, (name) => `${path}[${i}].${name}`, notes);
    if (product === undefined) return 'refused';
    products.push(product);
  }
  return products;
}

function productOf(
  index: PropertyIndex,
  idKeys: readonly string[],
  path: (name: string) => string,
  notes: EventNotes,
): ProductInput | undefined {
  const price = amountFrom(index, ['price'], path, notes);
  const quantity = amountFrom(index, ['quantity', 'qty'], path, notes);
  if (Number.isNaN(price) || Number.isNaN(quantity)) return undefined;
  return {
    productId: cut(textFrom(index, idKeys), 64),
    sku: cut(textFrom(index, ['sku']), 64),
    variant: cut(textFrom(index, ['variant', 'itemvariant']), 64),
    size: cut(textFrom(index, ['size']), 32),
    category: cut(textFrom(index, ['category', 'itemcategory']), 128),
    brand: cut(textFrom(index, ['brand', 'itembrand']), 64),
    price: price ?? Number.NaN,
    quantity: quantity ?? 0,
    coupon: cut(textFrom(index, ['coupon']), 64),
  };
}

function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed();
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
