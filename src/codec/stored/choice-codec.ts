import {
  CHOICE_KINDS,
  type Choice,
  type Content,
  type FactOffer,
  type Reservation,
} from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

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
/** In place of a reason, which only "nothing" has and whose codes begin at 0: a treatment whose purpose has limits of its own. */
const APART = -1;

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
  writer.number(choice.apart === true ? APART : choice.reason);
  writer.near(choice.notAfter, at);
  writer.near(choice.at, at);
  if (offer !== undefined) writeOffer(writer, offer, at);
  if (content !== undefined) writeContent(writer, content, flags);
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
  const apart = kind === 'treatment' && reason === APART;
  return {
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
    reason: apart ? 0 : reason,
    notAfter: reader.near(at),
    at: reader.near(at),
    offer: (flags & HAS_OFFER) === 0 ? undefined : readOffer(reader, at),
    content: (flags & HAS_CONTENT) === 0 ? undefined : readContent(reader, flags, product, said),
    ...(once ? { once } : {}),
    ...(apart ? { apart } : {}),
  };
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
