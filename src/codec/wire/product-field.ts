import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { OrderInput, ProductInput } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

const PRODUCTS_MAX = REQUEST_BOUNDS.productsPerEventMax;
const PRICE_MAX = 1e9;
const QUANTITY_MAX = 1_000_000;
const AMOUNT_MAX = 1e12;

/** Reads one attune.v1.Product and adds it; those beyond the bound are not read, and the first of them is counted. */
export function readProduct(reader: WireReader, into: ProductInput[]): void {
  const outer = reader.enter();
  const mark = reader.mark();
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
        productId = reader.text('product_id', 64);
        break;
      case 18:
        sku = reader.text('sku', 64);
        break;
      case 26:
        variant = reader.word('variant', 64);
        break;
      case 34:
        size = reader.word('size', 32);
        break;
      case 42:
        category = reader.word('category', 128);
        break;
      case 50:
        brand = reader.word('brand', 64);
        break;
      case 57:
        price = reader.double();
        priced = true;
        break;
      case 64:
        quantity = reader.int32();
        break;
      case 74:
        coupon = reader.text('coupon', 64);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  if (!counted && !reader.malformed) {
    if (productId === '') reader.fault('product_id', 'string.min_len', '');
    if (priced && !(price >= 0 && price <= PRICE_MAX)) {
      reader.fault('price', 'double.gte_lte', price, 'must be from 0 to 1e9');
    }
    if (quantity < 0 || quantity > QUANTITY_MAX) {
      reader.fault('quantity', 'int32.gte_lte', quantity, `must be from 0 to ${QUANTITY_MAX}`);
    }
    if (reader.mark() > mark) reader.within(mark, `products[${into.length}]`);
  }
  if (into.length <= PRODUCTS_MAX) {
    into.push({ productId, sku, variant, size, category, brand, price, quantity, coupon });
  }
}

export function checkProducts(reader: WireReader, products: readonly ProductInput[]): void {
  if (products.length > PRODUCTS_MAX) {
    reader.fault('products', 'repeated.max_items', '', `must hold at most ${PRODUCTS_MAX}`);
  }
}

/** Reads an attune.v1.Order. */
export function readOrder(reader: WireReader): OrderInput {
  const outer = reader.enter();
  const mark = reader.mark();
  let orderId = '';
  let total = 0;
  let revenue = 0;
  let shipping = 0;
  let tax = 0;
  let discount = 0;
  let coupon = '';
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        orderId = reader.text('order_id', 64);
        break;
      case 17:
        total = reader.double();
        break;
      case 25:
        revenue = reader.double();
        break;
      case 33:
        shipping = reader.double();
        break;
      case 41:
        tax = reader.double();
        break;
      case 49:
        discount = reader.double();
        break;
      case 58:
        coupon = reader.text('coupon', 64);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  if (orderId === '') reader.fault('order_id', 'string.min_len', '');
  checkAmount(reader, 'total', total);
  checkAmount(reader, 'revenue', revenue);
  checkAmount(reader, 'shipping', shipping);
  checkAmount(reader, 'tax', tax);
  checkAmount(reader, 'discount', discount);
  if (reader.mark() > mark) reader.within(mark, 'order');
  return { orderId, total, revenue, shipping, tax, discount, coupon };
}

/** An amount of money: -1e12 to 1e12, and no NaN. */
export function checkAmount(reader: WireReader, field: string, amount: number): void {
  if (!(amount >= -AMOUNT_MAX && amount <= AMOUNT_MAX)) {
    reader.fault(field, 'double.gte_lte', amount, 'must be from -1e12 to 1e12');
  }
}
