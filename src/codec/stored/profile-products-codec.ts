/** Products and orders of a profile. */
import { BOUNDS } from '../../core/bounds.ts';
import type { CartItem, Checkout, OrderEntry, OwnedProduct } from '../../core/profile/profile.ts';
import { ViewedLedger } from '../../core/profile/viewed-ledger.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

export function writeViewed(
  writer: ByteWriter,
  texts: TextTableWriter,
  viewed: ViewedLedger,
  base: number,
): void {
  writer.varint(viewed.length);
  let near = base;
  for (let i = 0; i < viewed.length; i++) {
    texts.write(writer, viewed.productId(i));
    texts.write(writer, viewed.category(i));
    texts.write(writer, viewed.brand(i));
    texts.write(writer, viewed.size(i));
    writer.money(viewed.price(i));
    writer.near(viewed.lastAt(i), near);
    writer.number(viewed.views(i));
    near = viewed.lastAt(i);
  }
}

export function readViewed(reader: ByteReader, texts: TextTableReader, base: number): ViewedLedger {
  const count = reader.count(7, 'viewed products');
  if (count > BOUNDS.viewed) reader.fail(`at most ${BOUNDS.viewed} viewed products, not ${count}`);
  const viewed = new ViewedLedger();
  let near = base;
  for (let i = 0; i < count; i++) {
    const product = {
      productId: texts.read(reader),
      category: texts.read(reader),
      brand: texts.read(reader),
      size: texts.read(reader),
      price: reader.money(),
      lastAt: reader.near(near),
      views: reader.number(),
    };
    near = product.lastAt;
    viewed.push(product);
  }
  viewed.trim();
  return viewed;
}

export function writeCart(
  writer: ByteWriter,
  texts: TextTableWriter,
  cart: readonly CartItem[],
  base: number,
): void {
  writer.varint(cart.length);
  for (const item of cart) {
    texts.write(writer, item.productId);
    texts.write(writer, item.category);
    texts.write(writer, item.brand);
    texts.write(writer, item.size);
    writer.money(item.price);
    writer.number(item.quantity);
    writer.near(item.at, base);
  }
}

export function readCart(reader: ByteReader, texts: TextTableReader, base: number): CartItem[] {
  const count = reader.count(7, 'items of the cart');
  const cart = new Array<CartItem>(count);
  for (let i = 0; i < count; i++) {
    cart[i] = {
      productId: texts.read(reader),
      category: texts.read(reader),
      brand: texts.read(reader),
      size: texts.read(reader),
      price: reader.money(),
      quantity: reader.number(),
      at: reader.near(base),
    };
  }
  return cart;
}

export function writeCheckout(
  writer: ByteWriter,
  texts: TextTableWriter,
  checkout: Checkout,
  base: number,
): void {
  writer.near(checkout.startedAt, base);
  writer.near(checkout.lastAt, base);
  writer.number(checkout.step);
  writer.money(checkout.value);
  writer.number(checkout.friction);
  texts.write(writer, checkout.frictionProduct);
  texts.write(writer, checkout.frictionSize);
  writer.number(checkout.channel);
  writer.near(checkout.exitedAt, base);
}

export function readCheckout(reader: ByteReader, texts: TextTableReader, base: number): Checkout {
  return {
    startedAt: reader.near(base),
    lastAt: reader.near(base),
    step: reader.number(),
    value: reader.money(),
    friction: reader.number(),
    frictionProduct: texts.read(reader),
    frictionSize: texts.read(reader),
    channel: reader.number(),
    exitedAt: reader.near(base),
  };
}

export function writeOrders(writer: ByteWriter, orders: readonly OrderEntry[], base: number): void {
  writer.varint(orders.length);
  let near = base;
  for (const order of orders) {
    writer.token(order.orderId);
    writer.near(order.at, near);
    writer.money(order.revenue);
    writer.money(order.discount);
    near = order.at;
  }
}

export function readOrders(reader: ByteReader, base: number): OrderEntry[] {
  const count = reader.count(4, 'orders');
  const orders = new Array<OrderEntry>(count);
  let near = base;
  for (let i = 0; i < count; i++) {
    const order = {
      orderId: reader.text(),
      at: reader.near(near),
      revenue: reader.money(),
      discount: reader.money(),
    };
    near = order.at;
    orders[i] = order;
  }
  return orders;
}

export function writeOwned(
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
