/** Products of a profile that the customer looked at, put into the cart, and took to the checkout. */
import { BOUNDS } from '../../core/bounds.ts';
import { foremostFriction } from '../../core/profile/checkout.ts';
import type { CartEvent, Checkout, Profile } from '../../core/profile/profile.ts';
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
    viewed.add(product);
  }
  viewed.trim();
  return viewed;
}

/** The events of the cart; the cart itself is made of them and of the orders. */
export function writeCart(writer: ByteWriter, texts: TextTableWriter, profile: Profile, base: number): void {
  writer.varint(profile.cartEvents.length);
  for (const event of profile.cartEvents) {
    writer.flag(event.isTaken);
    texts.write(writer, event.productId);
    texts.write(writer, event.category);
    texts.write(writer, event.brand);
    texts.write(writer, event.size);
    texts.write(writer, event.variant);
    writer.money(event.price);
    writer.number(event.quantity);
    writer.near(event.at, base);
  }
  writer.near(profile.cartFrom, base);
}

/** Of format 1 the items of the cart, each put in once. */
export function readCart(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
): { events: CartEvent[]; from: number } {
  const isFirst = reader.format === 1;
  const events = new Array<CartEvent>(reader.count(7, 'events of the cart'));
  for (let i = 0; i < events.length; i++) {
    const isTaken = isFirst ? false : reader.flag();
    events[i] = {
      productId: texts.read(reader),
      category: texts.read(reader),
      brand: texts.read(reader),
      size: texts.read(reader),
      variant: isFirst ? '' : texts.read(reader),
      price: reader.money(),
      quantity: reader.number(),
      at: reader.near(base),
      isTaken,
    };
  }
  if (isFirst) events.sort((a, b) => a.at - b.at);
  return { events, from: isFirst ? Math.max(0, ...events.map(({ at }) => at)) : reader.near(base) };
}

export function writeCheckout(
  writer: ByteWriter,
  texts: TextTableWriter,
  checkout: Checkout,
  base: number,
): void {
  writer.near(checkout.startedAt, base);
  writer.near(checkout.lastAt, base);
  writer.near(checkout.stepAt, checkout.startedAt);
  writer.number(checkout.step);
  writer.money(checkout.value);
  writer.number(checkout.frictions);
  if (checkout.frictions !== 0) {
    writer.near(checkout.frictionAt, base);
    texts.write(writer, checkout.frictionProduct);
    texts.write(writer, checkout.frictionSize);
  }
  writer.number(checkout.channel);
  writer.near(checkout.exitedAt, base);
}

/** Format 1 knew the last friction alone. */
export function readCheckout(reader: ByteReader, texts: TextTableReader, base: number): Checkout {
  const isFirst = reader.format === 1;
  const startedAt = reader.near(base);
  const lastAt = reader.near(base);
  const stepAt = isFirst ? startedAt : reader.near(startedAt);
  const step = reader.number();
  const value = reader.money();
  const met = reader.number();
  const frictions = !isFirst ? met : met > 0 ? 1 << met : 0;
  const isTold = isFirst || frictions !== 0;
  return {
    startedAt,
    lastAt,
    stepAt,
    step,
    value,
    friction: foremostFriction(frictions),
    frictions,
    frictionAt: isFirst ? (met > 0 ? lastAt : 0) : isTold ? reader.near(base) : 0,
    frictionProduct: isTold ? texts.read(reader) : '',
    frictionSize: isTold ? texts.read(reader) : '',
    channel: reader.number(),
    exitedAt: reader.near(base),
  };
}
