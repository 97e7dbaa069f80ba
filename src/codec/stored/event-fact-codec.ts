import { assert } from '../../base/assert.ts';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import type { EventFact, FactOrder, FactProduct } from '../../core/fact/fact.ts';
import { readFactAttributes, writeFactAttributes } from './attribute-codec.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readConsentMore, writeConsentMore } from './consent-proof-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

const HAS_ORDER = 1;
const HAS_CONSENT = 2;
/** Without HAS_CONSENT, which no event of an order or a subscription has: it says of a subscription. */
const CONSENT_GRANTED = 4;
const OF_SUBSCRIPTION = 4;
const HISTORICAL = 8;
const HAS_CURRENCY = 16;
const HAS_VARIANTS = 32;
const HAS_REFUND_ID = 64;
/** Without HAS_ORDER, which no event of a profile has: it tells attributes. */
const HAS_ATTRIBUTES = 64;
/** Without HAS_ORDER, which no event of a support case has: it says of one. */
const IS_EMPTIED = 128;
const OF_CASE = 128;
/** In place of a kind, which has no colon: the key by which the customer was met stands last among the identifiers, where it is not their own. */
const MET_BY = ':met_by';

export function writeEventFact(writer: ByteWriter, fact: EventFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  const { order, consent, products, identifiers, subscription, attributes, supportCase } = fact;
  assert(consent === undefined || subscription === undefined, 'an event is of a consent or a subscription');
  assert(order === undefined || attributes === undefined, 'an event is of an order or a profile');
  assert(order === undefined || supportCase === undefined, 'an event is of an order or a support case');
  const hasVariants = products.some((product) => product.variant !== '');
  writer.u8(
    (order === undefined ? 0 : HAS_ORDER) |
      (consent === undefined ? 0 : HAS_CONSENT) |
      (consent?.granted ? CONSENT_GRANTED : 0) |
      (subscription === undefined ? 0 : OF_SUBSCRIPTION) |
      (fact.historical ? HISTORICAL : 0) |
      (fact.currency === '' && fact.rate === 1 ? 0 : HAS_CURRENCY) |
      (hasVariants ? HAS_VARIANTS : 0) |
      ((order?.refundId ?? '') === '' ? 0 : HAS_REFUND_ID) |
      (order?.isEmptied ? IS_EMPTIED : 0) |
      (attributes === undefined ? 0 : HAS_ATTRIBUTES) |
      (supportCase === undefined ? 0 : OF_CASE),
  );
  writer.varint(identifiers.length + (fact.origin === undefined ? 0 : 1));
  for (const identifier of identifiers) {
    writer.text(identifier.kind);
    writer.token(identifier.value);
    writer.token(identifier.origin);
  }
  if (fact.origin !== undefined) {
    writer.text(MET_BY);
    writer.token('');
    writer.token(fact.origin);
  }
  writer.text(fact.source);
  writer.token(fact.id);
  writer.number(fact.idHash);
  writer.number(fact.bodyHash);
  writer.text(fact.name);
  writer.number(fact.at);
  writer.near(fact.receivedAt, fact.at);
  writer.text(fact.zone);
  writer.number(fact.offsetMin);
  writer.text(fact.locale);
  writer.number(fact.hourOfWeek);
  writer.number(fact.channel);
  writer.token(fact.sessionId);
  writer.number(fact.friction);
  writer.varint(products.length);
  for (const product of products) writeProduct(writer, product, hasVariants);
  if (order !== undefined) writeOrder(writer, order);
  if (consent !== undefined) {
    writer.number(consent.channel);
    writer.number(consent.purpose);
  }
  if (fact.currency !== '' || fact.rate !== 1) {
    writer.text(fact.currency);
    writer.number(fact.rate);
  }
  if (subscription !== undefined) {
    writer.u8(subscription.isRenewal ? 1 : 0);
    writer.text(subscription.id);
  }
  if (attributes !== undefined) writeFactAttributes(writer, attributes);
  if (supportCase !== undefined) writer.token(supportCase);
  if (consent !== undefined) writeConsentMore(writer, consent);
}

export function readEventFact(reader: ByteReader): EventFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const flags = reader.u8();
  const identifiers: { kind: string; value: string; origin: string }[] = [];
  let origin: { readonly origin: IdentifierKey } | undefined;
  for (let left = reader.count(3, 'identifiers'); left > 0; left--) {
    const one = { kind: reader.word(), value: reader.text(), origin: reader.text() };
    if (one.kind === MET_BY) origin = { origin: branded<IdentifierKey>(one.origin) };
    else identifiers.push(one);
  }
  const source = reader.word();
  const id = reader.text();
  const idHash = reader.number();
  const bodyHash = reader.number();
  const name = reader.word();
  const at = reader.number();
  const receivedAt = reader.near(at);
  const zone = reader.word();
  const offsetMin = reader.number();
  const locale = reader.word();
  const hourOfWeek = reader.number();
  const channel = reader.number();
  const sessionId = reader.text();
  const friction = reader.number();
  const products: FactProduct[] = [];
  for (let left = reader.count(7, 'products'); left > 0; left--)
    products.push(readProduct(reader, (flags & HAS_VARIANTS) !== 0));
  const order = (flags & HAS_ORDER) === 0 ? undefined : readOrder(reader, flags);
  const said =
    (flags & HAS_CONSENT) === 0
      ? undefined
      : { channel: reader.number(), purpose: reader.number(), granted: (flags & CONSENT_GRANTED) !== 0 };
  const historical = (flags & HISTORICAL) !== 0;
  const isForeign = (flags & HAS_CURRENCY) !== 0;
  const currency = isForeign ? reader.word() : '';
  const rate = isForeign ? reader.number() : 1;
  const subscription =
    said === undefined && (flags & OF_SUBSCRIPTION) !== 0
      ? { subscription: { isRenewal: reader.u8() === 1, id: reader.word() } }
      : undefined;
  const attributes =
    order === undefined && (flags & HAS_ATTRIBUTES) !== 0
      ? { attributes: readFactAttributes(reader) }
      : undefined;
  const supportCase =
    order === undefined && (flags & OF_CASE) !== 0 ? { supportCase: reader.text() } : undefined;
  // At the end, where it is told.
  const consent = said === undefined || reader.left === 0 ? said : { ...said, ...readConsentMore(reader) };
  return {
    kind: 'event',
    customer,
    key,
    identifiers,
    source,
    id,
    idHash,
    bodyHash,
    name,
    at,
    receivedAt,
    zone,
    offsetMin,
    locale,
    hourOfWeek,
    channel,
    sessionId,
    historical,
    currency,
    rate,
    products,
    order,
    ...subscription,
    ...supportCase,
    consent,
    friction,
    ...attributes,
    ...origin,
  };
}

function writeProduct(writer: ByteWriter, product: FactProduct, hasVariants: boolean): void {
  writer.text(product.productId);
  writer.text(product.category);
  writer.text(product.brand);
  writer.text(product.size);
  if (hasVariants) writer.text(product.variant);
  writer.money(product.price);
  writer.number(product.quantity);
  writer.money(product.margin);
}

function readProduct(reader: ByteReader, hasVariants: boolean): FactProduct {
  return {
    productId: reader.word(),
    category: reader.word(),
    brand: reader.word(),
    size: reader.word(),
    variant: hasVariants ? reader.word() : '',
    price: reader.money(),
    quantity: reader.number(),
    margin: reader.money(),
  };
}

function writeOrder(writer: ByteWriter, order: FactOrder): void {
  writer.token(order.orderId);
  writer.money(order.revenue);
  writer.money(order.discount);
  writer.text(order.coupon);
  if (order.refundId !== '') writer.token(order.refundId);
}

/** Up to format 3 a revenue of 0 meant that none was said. */
function readOrder(reader: ByteReader, flags: number): FactOrder {
  const orderId = reader.text();
  const revenue = reader.money();
  const isSaid = reader.format >= 4 || revenue !== 0;
  return {
    orderId,
    revenue: isSaid ? revenue : Number.NaN,
    discount: reader.money(),
    coupon: reader.word(),
    refundId: (flags & HAS_REFUND_ID) !== 0 ? reader.text() : '',
    ...((flags & IS_EMPTIED) !== 0 && { isEmptied: true }),
  };
}
