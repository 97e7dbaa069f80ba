/** The orders of a profile: what was told of them. What follows from that is derived again when they are read. */
import type { OlderOrders, OwnedCategory } from '../../core/profile/older-orders.ts';
import { type OrderEntry, orderEntry } from '../../core/profile/order-entry.ts';
import { NO_LINES } from '../../core/profile/order-lines.ts';
import type {
  ForeignMoney,
  OrderLine,
  OrderRefund,
  OrderTelling,
  OwnedProduct,
} from '../../core/profile/order-telling.ts';
import { NO_SUBSCRIPTIONS } from '../../core/profile/subscription.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isSame, isZero } from './same-number.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

// of an order
const IS_OLDER = 1;
/** One telling and nothing more, as of most orders. */
const IS_SIMPLE = 2;
const HAS_GIVEN = 4;

// of a telling
const COUPON = 1;
const REVENUE = 2;
const DISCOUNT = 4;
/** Its times are the order's. */
const AT = 8;
const LINES_AT = 16;
const NO_LINES_AT = 32;
/** Its amounts were told in another currency. */
const FOREIGN = 64;
const OF_SUBSCRIPTION = 128;

// of a refund
const CANCELS = 1;
const AMOUNT = 2;
const HAS_ID = 4;
const FOREIGN_AMOUNT = 8;

export function writeOrders(
  writer: ByteWriter,
  texts: TextTableWriter,
  orders: readonly OrderEntry[],
  base: number,
): void {
  writer.varint(orders.length);
  let near = base;
  for (const { orderId, at, isOlder, given, tellings, refunds } of orders) {
    const [first] = tellings;
    const isSimple = first !== undefined && tellings.length === 1 && refunds.length === 0;
    writer.token(orderId);
    writer.near(at, near);
    writer.u8((isOlder ? IS_OLDER : 0) | (isSimple ? IS_SIMPLE : 0) | (isZero(given) ? 0 : HAS_GIVEN));
    if (!isZero(given)) writer.money(given);
    if (isSimple) writeTelling(writer, texts, first, at);
    else {
      writer.varint(tellings.length);
      for (const telling of tellings) writeTelling(writer, texts, telling, at);
      writer.varint(refunds.length);
      for (const refund of refunds) writeRefund(writer, texts, refund, at);
    }
    near = at;
  }
}

export function readOrders(reader: ByteReader, texts: TextTableReader, base: number): OrderEntry[] {
  const count = reader.count(5, 'orders');
  const orders = new Array<OrderEntry>(count);
  let near = base;
  for (let i = 0; i < count; i++) {
    const orderId = reader.text();
    const at = reader.near(near);
    const flags = reader.u8();
    const given = (flags & HAS_GIVEN) !== 0 ? reader.money() : 0;
    const tellings: OrderTelling[] = [];
    const refunds: OrderRefund[] = [];
    if ((flags & IS_SIMPLE) !== 0) tellings.push(readTelling(reader, texts, at));
    else {
      for (let left = reader.count(3, 'tellings'); left > 0; left--)
        tellings.push(readTelling(reader, texts, at));
      for (let left = reader.count(5, 'refunds'); left > 0; left--)
        refunds.push(readRefund(reader, texts, at));
    }
    orders[i] = orderEntry(orderId, at, (flags & IS_OLDER) !== 0, tellings, refunds, given);
    near = at;
  }
  return orders;
}

function writeTelling(
  writer: ByteWriter,
  texts: TextTableWriter,
  telling: OrderTelling,
  orderAt: number,
): void {
  const { source, at, linesAt, lines, revenue, discount, foreign, subscription } = telling;
  const [isAt, isLinesAt] = [isSame(at, orderAt), isSame(linesAt, at)];
  const isUnlined = !isLinesAt && isZero(linesAt);
  writer.u8(
    (telling.coupon ? COUPON : 0) |
      (Number.isNaN(revenue) ? 0 : REVENUE) |
      (Number.isNaN(discount) ? 0 : DISCOUNT) |
      (isAt ? AT : 0) |
      (isLinesAt ? LINES_AT : 0) |
      (isUnlined ? NO_LINES_AT : 0) |
      (foreign === undefined ? 0 : FOREIGN) |
      (subscription === undefined ? 0 : OF_SUBSCRIPTION),
  );
  texts.write(writer, source);
  if (!isAt) writer.near(at, orderAt);
  if (!isLinesAt && !isUnlined) writer.near(linesAt, orderAt);
  if (!Number.isNaN(revenue)) writer.money(revenue);
  if (!Number.isNaN(discount)) writer.money(discount);
  if (foreign !== undefined) writeForeign(writer, texts, foreign);
  if (subscription !== undefined) {
    writer.u8(subscription.isRenewal ? 1 : 0);
    texts.write(writer, subscription.id);
  }
  writeLines(writer, texts, lines);
}

function readTelling(reader: ByteReader, texts: TextTableReader, orderAt: number): OrderTelling {
  const flags = reader.u8();
  const source = texts.read(reader);
  const at = (flags & AT) !== 0 ? orderAt : reader.near(orderAt);
  const linesAt = (flags & LINES_AT) !== 0 ? at : (flags & NO_LINES_AT) !== 0 ? 0 : reader.near(orderAt);
  const revenue = (flags & REVENUE) !== 0 ? reader.money() : Number.NaN;
  const discount = (flags & DISCOUNT) !== 0 ? reader.money() : Number.NaN;
  const foreign = (flags & FOREIGN) !== 0 ? readForeign(reader, texts) : undefined;
  const subscription =
    (flags & OF_SUBSCRIPTION) !== 0
      ? { subscription: { isRenewal: reader.u8() === 1, id: texts.read(reader) } }
      : undefined;
  const lines = readLines(reader, texts, orderAt);
  const coupon = (flags & COUPON) !== 0;
  return { source, at, linesAt, lines, revenue, discount, coupon, foreign, ...subscription };
}

function writeForeign(writer: ByteWriter, texts: TextTableWriter, { currency, rate }: ForeignMoney): void {
  texts.write(writer, currency);
  writer.number(rate);
}

function readForeign(reader: ByteReader, texts: TextTableReader): ForeignMoney {
  return { currency: texts.read(reader), rate: reader.number() };
}

function writeRefund(writer: ByteWriter, texts: TextTableWriter, refund: OrderRefund, orderAt: number): void {
  const { id, event, source, at, cancels, amount, foreign, lines } = refund;
  writer.u8(
    (cancels ? CANCELS : 0) |
      (Number.isNaN(amount) ? 0 : AMOUNT) |
      (id === '' ? 0 : HAS_ID) |
      (foreign === undefined ? 0 : FOREIGN_AMOUNT),
  );
  if (id !== '') writer.token(id);
  writer.number(event);
  texts.write(writer, source);
  writer.near(at, orderAt);
  if (!Number.isNaN(amount)) writer.money(amount);
  if (foreign !== undefined) writeForeign(writer, texts, foreign);
  writeLines(writer, texts, lines);
}

function readRefund(reader: ByteReader, texts: TextTableReader, orderAt: number): OrderRefund {
  const flags = reader.u8();
  const id = (flags & HAS_ID) !== 0 ? reader.text() : '';
  const event = reader.number();
  const source = texts.read(reader);
  const at = reader.near(orderAt);
  const amount = (flags & AMOUNT) !== 0 ? reader.money() : Number.NaN;
  const foreign = (flags & FOREIGN_AMOUNT) !== 0 ? readForeign(reader, texts) : undefined;
  const lines = readLines(reader, texts, at);
  return { id, event, source, at, cancels: (flags & CANCELS) !== 0, amount, foreign, lines };
}

/** Their time is the order's, or the refund's. */
function writeLines(writer: ByteWriter, texts: TextTableWriter, lines: readonly OrderLine[]): void {
  writer.varint(lines.length);
  for (const line of lines) {
    texts.write(writer, line.productId);
    texts.write(writer, line.category);
    texts.write(writer, line.size);
    texts.write(writer, line.variant);
    writer.number(line.quantity);
    writer.money(line.price);
    writer.money(line.margin);
  }
}

function readLines(reader: ByteReader, texts: TextTableReader, at: number): readonly OrderLine[] {
  const count = reader.count(7, 'lines of an order');
  if (count === 0) return NO_LINES;
  const lines = new Array<OrderLine>(count);
  for (let i = 0; i < count; i++) {
    const productId = texts.read(reader);
    const category = texts.read(reader);
    const size = texts.read(reader);
    const variant = texts.read(reader);
    const quantity = reader.number();
    const price = reader.money();
    lines[i] = { productId, category, size, variant, at, quantity, price, margin: reader.money() };
  }
  return lines;
}

export function writeOlder(
  writer: ByteWriter,
  texts: TextTableWriter,
  older: OlderOrders,
  base: number,
): void {
  writer.number(older.count);
  writer.number(older.refundedCount);
  writer.number(older.discounted);
  writer.money(older.revenue);
  writer.money(older.margin);
  writer.money(older.refunded);
  writer.near(older.firstAt, base);
  writer.near(older.lastAt, base);
  writer.varint(older.ids.length);
  for (const id of older.ids) writer.u32(id);
  writeOwned(writer, texts, older.owned, base);
  writer.varint(older.categories.length);
  for (const { category, at } of older.categories) {
    texts.write(writer, category);
    writer.near(at, base);
  }
}

export function readOlder(reader: ByteReader, texts: TextTableReader, base: number): OlderOrders {
  const sums = {
    count: reader.number(),
    refundedCount: reader.number(),
    discounted: reader.number(),
    revenue: reader.money(),
    margin: reader.money(),
    refunded: reader.money(),
    firstAt: reader.near(base),
    lastAt: reader.near(base),
  };
  const ids = new Array<number>(reader.count(4, 'ids of orders'));
  for (let i = 0; i < ids.length; i++) ids[i] = reader.u32();
  const owned = readOwned(reader, texts, base);
  const categories = new Array<OwnedCategory>(reader.count(2, 'owned categories'));
  for (let i = 0; i < categories.length; i++)
    categories[i] = { category: texts.read(reader), at: reader.near(base) };
  // What was ordered and subscribed is stored in sections of its own; without the latter no order was a renewal.
  const { lastAt } = sums;
  return { ...sums, lastNewAt: lastAt, subscriptions: NO_SUBSCRIPTIONS, ids, owned, categories, bought: [] };
}

function writeOwned(
  writer: ByteWriter,
  texts: TextTableWriter,
  owned: readonly OwnedProduct[],
  base: number,
): void {
  writer.varint(owned.length);
  let near = base;
  for (const product of owned) {
    texts.write(writer, product.productId);
    texts.write(writer, product.category);
    texts.write(writer, product.size);
    writer.near(product.at, near);
    writer.number(product.quantity);
    writer.money(product.price);
    near = product.at;
  }
}

/** Also the owned products of profiles of format 1. */
export function readOwned(reader: ByteReader, texts: TextTableReader, base: number): OwnedProduct[] {
  const count = reader.count(6, 'owned products');
  const owned = new Array<OwnedProduct>(count);
  let near = base;
  for (let i = 0; i < count; i++) {
    const product = {
      productId: texts.read(reader),
      category: texts.read(reader),
      size: texts.read(reader),
      at: reader.near(near),
      quantity: reader.number(),
      price: reader.money(),
    };
    near = product.at;
    owned[i] = product;
  }
  return owned;
}
