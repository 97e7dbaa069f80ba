/** The product lines of a call, in Segment's words, in those of its first version (`id`) and in GA4's (`items`, `item_id`). */
import type { EventInit } from '../../client/event-init.ts';
import { isObject, type JsonObject } from '../json-line.ts';
import { amountIn, kindOf, textIn, textOf } from './read-value.ts';

export type ProductLine = NonNullable<EventInit['products']>[number];

export interface ProductReading {
  /** A fraction of a unit is taken as a whole one, with a warning; else it is refused. */
  readonly isOrder: boolean;
  /** The event is about one product, whose plain `id` may stand among the properties. */
  readonly isAboutProduct: boolean;
  readonly warn: (sentence: string) => void;
}

const LISTS = ['products', 'items'] as const;
const IDS = ['product_id', 'productId', 'item_id', 'id', 'sku', 'item_sku'] as const;
const FLAT_IDS = ['product_id', 'productId', 'item_id', 'sku'] as const;

/** The lines of a call's properties. Throws an Error with a sentence. */
export function readProducts(properties: JsonObject, reading: ProductReading): ProductLine[] {
  for (const name of LISTS) {
    const given = properties[name];
    if (given !== undefined && given !== null)
      return listIn(given, `properties.${name}`).map((entry, at) =>
        readLine(lineOf(entry, `properties.${name}[${at}]`), `properties.${name}[${at}]`, reading),
      );
  }
  // Product Viewed and its like carry their one product flat.
  const isFlat = FLAT_IDS.some((name) => textOf(properties[name]) !== '');
  const hasPlainId = reading.isAboutProduct && textOf(properties.id) !== '';
  return isFlat || hasPlainId ? [readLine(properties, 'properties', reading)] : [];
}

/** What says over protobuf, where an empty list looks like none, that an order has no products. */
export const NO_PRODUCTS = { products: { kind: { case: 'stringValue', value: '[]' } } } as const;

/** Whether a call says that there are no products, and not only nothing of them. */
export function isEmptyList(properties: JsonObject): boolean {
  const given = LISTS.map((name) => properties[name]).find((list) => list !== undefined && list !== null);
  return Array.isArray(given) && given.length === 0;
}

/**
 * A list, however it is given: as one, as a single entry, or as an object whose keys are the numbers of its entries, which
 * is how PHP writes a list with a gap. Throws an Error with a sentence for everything else.
 */
export function listIn(given: unknown, field: string): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (isObject(given)) {
    const entries = Object.entries(given);
    if (IDS.some((name) => name in given)) return [given];
    // Keys that are numbers come in their order.
    if (entries.length > 0 && entries.every(([name, entry]) => /^\d+$/.test(name) && isObject(entry)))
      return entries.map(([, entry]) => entry);
  }
  throw new Error(`${field} is ${kindOf(given)}; a list of products is wanted`);
}

function lineOf(entry: unknown, field: string): JsonObject {
  if (isObject(entry)) return entry;
  if ((typeof entry === 'string' && entry !== '') || typeof entry === 'number') return { product_id: entry };
  throw new Error(
    `${field} is ${kindOf(entry)}; a product is wanted, such as {"product_id":"p1","price":9.5}`,
  );
}

function readLine(line: JsonObject, field: string, reading: ProductReading): ProductLine {
  const first = (...names: readonly string[]): string => {
    for (const name of names) {
      const text = textIn(line[name], `${field}.${name}`);
      if (text !== '') return text;
    }
    return '';
  };
  const price = amountIn(line.price, `${field}.price`);
  return {
    productId: field === 'properties' && !reading.isAboutProduct ? first(...FLAT_IDS) : first(...IDS),
    sku: first('sku', 'item_sku'),
    variant: first('variant', 'item_variant'),
    size: first('size'),
    category: first('category', 'item_category'),
    brand: first('brand', 'item_brand'),
    ...(price === undefined ? {} : { price }),
    quantity: quantityIn(line.quantity, `${field}.quantity`, reading),
    coupon: field === 'properties' ? textOf(line.coupon) : first('coupon'),
  };
}

function quantityIn(value: unknown, field: string, { isOrder, warn }: ProductReading): number {
  const units = amountIn(value, field) ?? 0;
  if (Number.isInteger(units)) return units;
  if (!isOrder) throw new Error(`${field} is ${units}; a whole number of units is wanted`);
  warn(`${field} is ${units}; it counts as ${Math.ceil(units)}, because only whole units are kept`);
  return Math.ceil(units);
}
