import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { OrderInput, ProductInput } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

const PRODUCTS_MAX = REQUEST_BOUNDS.productsPerEventMax;
const AMOUNT_MAX = 1e12;

/** Reads one attune.v1.Product and adds it; those beyond the bound are not read, and the first of them is counted. */
export function readProduct(reader: WireReader, into: ProductInput[]): void {
  const outer = reader.enter();
  const mark = reader.mark();
  const oddMark = reader.oddMark();
  let productId = '';
  let sku = '';
  let variant = '';
  let size = '';
  let category = '';
  let brand = '';
  let price = Number.NaN;
  let priced = false;
  let quantity = 0;
  let coupon = '';
  const counted = into.length >= PRODUCTS_MAX;
  if (counted) reader.toEnd();
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        productId = reader.cutId('product_id', 64);
        break;
      case 18:
        sku = reader.cutId('sku', 64);
        break;
      case 26:
        variant = reader.cutWord('variant', 64);
        break;
      case 34:
        size = reader.cutWord('size', 32);
        break;
      case 42:
        category = reader.cutWord('category', 128);
        break;
      case 50:
        brand = reader.cutWord('brand', 64);
        break;
      case 57:
        price = reader.double();
        priced = true;
        break;
      case 64:
        quantity = reader.int32();
        break;
      case 74:
        coupon = reader.cutText('coupon', 64);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  if (!counted && !reader.malformed) {
    if (priced) checkAmount(reader, 'price', price);
    const path = `products[${into.length}]`;
    if (reader.mark() > mark) reader.within(mark, path);
    if (reader.oddMark() > oddMark) reader.oddWithin(oddMark, path);
  }
  if (into.length <= PRODUCTS_MAX) {
    into.push({ productId, sku, variant, size, category, brand, price, quantity, coupon });
  }
}

/** The products of an event; those beyond the bound are dropped with a warning. */
export function boundedProducts(
  reader: WireReader,
  products: readonly ProductInput[],
): readonly ProductInput[] {
  if (products.length <= PRODUCTS_MAX) return products;
  reader.warn(
    'products',
    'repeated.max_items',
    '',
    `holds more than ${PRODUCTS_MAX}; those behind were dropped`,
  );
  return products.slice(0, PRODUCTS_MAX);
}

/** Reads an attune.v1.Order. Amounts that are not given are NaN: 0 is an amount. */
export function readOrder(reader: WireReader): OrderInput {
  const outer = reader.enter();
  const mark = reader.mark();
  const oddMark = reader.oddMark();
  let orderId = '';
  let total = Number.NaN;
  let revenue = Number.NaN;
  let shipping = Number.NaN;
  let tax = Number.NaN;
  let discount = Number.NaN;
  let coupon = '';
  let refundId = '';
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        orderId = reader.cutId('order_id', 64);
        break;
      case 17:
        total = readAmount(reader, 'total');
        break;
      case 25:
        revenue = readAmount(reader, 'revenue');
        break;
      case 33:
        shipping = readAmount(reader, 'shipping');
        break;
      case 41:
        tax = readAmount(reader, 'tax');
        break;
      case 49:
        discount = readAmount(reader, 'discount');
        break;
      case 58:
        coupon = reader.cutText('coupon', 64);
        break;
      case 66:
        refundId = reader.cutId('refund_id', 64);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  if (reader.mark() > mark) reader.within(mark, 'order');
  if (reader.oddMark() > oddMark) reader.oddWithin(oddMark, 'order');
  return { orderId, total, revenue, shipping, tax, discount, coupon, refundId };
}

/** NaN on the wire is a fault, and not an amount that was not given. */
function readAmount(reader: WireReader, field: string): number {
  const amount = reader.double();
  checkAmount(reader, field, amount);
  return amount;
}

/** An amount of money: -1e12 to 1e12, and no NaN. */
export function checkAmount(reader: WireReader, field: string, amount: number): void {
  if (!(amount >= -AMOUNT_MAX && amount <= AMOUNT_MAX)) {
    reader.fault(field, 'double.gte_lte', amount, 'must be from -1e12 to 1e12');
  }
}
