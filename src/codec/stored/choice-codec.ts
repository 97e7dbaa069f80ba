import {
  type AudienceLevel,
  CHOICE_KINDS,
  type Choice,
  type Content,
  type FactOffer,
  type Reservation,
} from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

const KIND_BITS = 3;
/** Behind the kinds: a treatment whose action goes once only. */
const ONCE = 3;
const PROMOTION = 4;
const HAS_OFFER = 8;
const HAS_CONTENT = 16;
// Left out, because the decision said it before.
const PLACEMENT_SAID = 32;
const LOCALE_SAID = 64;
/** The content is about the choice's product and no other. */
const PRODUCT_SAID = 128;
/**
 * In place of a reason, which only "nothing" has and whose codes begin at 0: a treatment whose purpose has limits of its own, one that
 * puts the customer into an audience, and one that is both.
 */
const APART = -1;
const IN_AUDIENCE = -2;
const APART_IN_AUDIENCE = -3;

/** What stands before a choice that is stored within its decision: the placement that it answers, the locale asked for. */
export interface SaidBefore {
  readonly placement: string;
  readonly locale: string;
}

/** `at`: the decision's time, near which the choice's own times are. A choice that stands alone repeats nothing. */
export function writeChoice(writer: ByteWriter, choice: Choice, at: number, said?: SaidBefore): void {
  const { offer, content } = choice;
  const flags =
    (choice.once === true ? ONCE : CHOICE_KINDS.indexOf(choice.kind)) |
    (choice.promotion ? PROMOTION : 0) |
    (offer === undefined ? 0 : HAS_OFFER) |
    (content === undefined ? 0 : HAS_CONTENT) |
    (said === undefined ? 0 : saidOf(choice, said));
  writer.u8(flags);
  if ((flags & PLACEMENT_SAID) === 0) writer.text(choice.placement);
  writer.number(choice.row);
  writer.text(choice.action);
  writer.text(choice.variant);
  writer.number(choice.channel);
  writer.text(choice.product);
  writer.text(choice.category);
  writer.number(choice.propensity);
  writer.number(choice.expectedValue);
  writer.number(reasonOf(choice));
  writer.near(choice.notAfter, at);
  writer.near(choice.at, at);
  if (offer !== undefined) writeOffer(writer, offer, at);
  if (content !== undefined) writeContent(writer, content, flags);
  if (choice.audience !== undefined) writeLevel(writer, choice.audience, at);
}

function reasonOf({ apart, audience, reason }: Choice): number {
  if (audience !== undefined) return apart === true ? APART_IN_AUDIENCE : IN_AUDIENCE;
  return apart === true ? APART : reason;
}

function saidOf({ placement, content, product }: Choice, said: SaidBefore): number {
  const flags = placement === said.placement ? PLACEMENT_SAID : 0;
  if (content === undefined) return flags;
  const { locale, productIds } = content;
  return (
    flags |
    (locale === said.locale ? LOCALE_SAID : 0) |
    (productIds.length === 1 && productIds[0] === product ? PRODUCT_SAID : 0)
  );
}

/** `said`: as it was written with. */
export function readChoice(reader: ByteReader, at: number, said?: SaidBefore): Choice {
  const flags = reader.u8();
  const once = (flags & KIND_BITS) === ONCE;
  const kind = once ? 'treatment' : (CHOICE_KINDS[flags & KIND_BITS] ?? reader.fail('a kind of choice'));
  if (said === undefined && flags >= PLACEMENT_SAID) reader.fail('a choice that stands alone');
  const placement = said !== undefined && flags & PLACEMENT_SAID ? said.placement : reader.word();
  const row = reader.number();
  const action = reader.word();
  const variant = reader.word();
  const channel = reader.number();
  const product = reader.word();
  const category = reader.word();
  const propensity = reader.number();
  const expectedValue = reader.number();
  const reason = reader.number();
  const isMarked = kind === 'treatment' && reason <= APART && reason >= APART_IN_AUDIENCE;
  const apart = isMarked && reason !== IN_AUDIENCE;
  const choice: Choice = {
    placement,
    kind,
    row,
    action,
    variant,
    channel,
    promotion: (flags & PROMOTION) !== 0,
    product,
    category,
    propensity,
    expectedValue,
    reason: isMarked ? 0 : reason,
    notAfter: reader.near(at),
    at: reader.near(at),
    offer: (flags & HAS_OFFER) === 0 ? undefined : readOffer(reader, at),
    content: (flags & HAS_CONTENT) === 0 ? undefined : readContent(reader, flags, product, said),
    ...(once ? { once } : {}),
    ...(apart ? { apart } : {}),
  };
  return isMarked && reason !== APART ? { ...choice, audience: readLevel(reader, at) } : choice;
}

/** `at`: a time near which the version is. */
export function writeLevel(
  writer: ByteWriter,
  { name, kinds, version, left }: AudienceLevel,
  at: number,
): void {
  writer.text(name);
  writeTexts(writer, kinds);
  writer.near(version, at);
  writer.flag(left !== undefined);
  if (left === undefined) return;
  writeCustomerId(writer, left.member);
  writer.number(left.reason);
}

export function readLevel(reader: ByteReader, at: number): AudienceLevel {
  const name = reader.word();
  const kinds = readWords(reader);
  const version = reader.near(at);
  if (!reader.flag()) return { name, kinds, version };
  return { name, kinds, version, left: { member: readCustomerId(reader), reason: reader.number() } };
}

function writeOffer(writer: ByteWriter, offer: FactOffer, at: number): void {
  writer.text(offer.offer);
  writer.text(offer.kind);
  writer.money(offer.depth);
  writer.text(offer.code);
  writer.near(offer.until, at);
  writer.text(offer.reserved?.budget ?? '');
  if (offer.reserved !== undefined) writeReservation(writer, offer.reserved);
}

function readOffer(reader: ByteReader, at: number): FactOffer {
  return {
    offer: reader.word(),
    kind: reader.word(),
    depth: reader.money(),
    code: reader.word(),
    until: reader.near(at),
    reserved: readReservation(reader, reader.word()),
  };
}

/** Behind the budget's id, '' where nothing is reserved. */
export function writeReservation(writer: ByteWriter, reserved: Reservation): void {
  writer.number(reserved.day);
  writer.number(reserved.discount);
  writer.number(reserved.message);
}

export function readReservation(reader: ByteReader, budget: string): Reservation | undefined {
  if (budget === '') return undefined;
  return { budget, day: reader.number(), discount: reader.number(), message: reader.number() };
}

function writeContent(writer: ByteWriter, content: Content, flags: number): void {
  writer.text(content.templateId);
  if ((flags & LOCALE_SAID) === 0) writer.text(content.locale);
  writeTexts(writer, content.slotNames);
  writeTexts(writer, content.slotValues);
  if ((flags & PRODUCT_SAID) === 0) writeTexts(writer, content.productIds);
  writer.text(content.rendered);
}

function readContent(reader: ByteReader, flags: number, product: string, said?: SaidBefore): Content {
  return {
    templateId: reader.word(),
    locale: said !== undefined && flags & LOCALE_SAID ? said.locale : reader.word(),
    slotNames: readWords(reader),
    slotValues: readWords(reader),
    productIds: (flags & PRODUCT_SAID) === 0 ? readWords(reader) : [product],
    rendered: reader.text(),
  };
}

export function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.varint(texts.length);
  for (let i = 0; i < texts.length; i++) writer.text(texts[i] as string);
}

export function readWords(reader: ByteReader): string[] {
  const words: string[] = [];
  for (let left = reader.count(1, 'texts'); left > 0; left--) words.push(reader.word());
  return words;
}
