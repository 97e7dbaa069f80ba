import { CHOICE_KINDS, type Choice, type Content, type FactOffer } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const KIND_BITS = 3;
const PROMOTION = 4;
const HAS_OFFER = 8;
const HAS_CONTENT = 16;

/** `at`: the decision's time, near which the choice's own times are. */
export function writeChoice(writer: ByteWriter, choice: Choice, at: number): void {
  const { offer, content } = choice;
  writer.u8(
    CHOICE_KINDS.indexOf(choice.kind) |
      (choice.promotion ? PROMOTION : 0) |
      (offer === undefined ? 0 : HAS_OFFER) |
      (content === undefined ? 0 : HAS_CONTENT),
  );
  writer.text(choice.placement);
  writer.number(choice.row);
  writer.text(choice.action);
  writer.text(choice.variant);
  writer.number(choice.channel);
  writer.text(choice.product);
  writer.text(choice.category);
  writer.number(choice.propensity);
  writer.number(choice.expectedValue);
  writer.number(choice.reason);
  writer.near(choice.notAfter, at);
  writer.near(choice.at, at);
  if (offer !== undefined) writeOffer(writer, offer, at);
  if (content !== undefined) writeContent(writer, content);
}

export function readChoice(reader: ByteReader, at: number): Choice {
  const flags = reader.u8();
  const kind = CHOICE_KINDS[flags & KIND_BITS] ?? reader.fail('a kind of choice');
  return {
    placement: reader.word(),
    kind,
    row: reader.number(),
    action: reader.word(),
    variant: reader.word(),
    channel: reader.number(),
    promotion: (flags & PROMOTION) !== 0,
    product: reader.word(),
    category: reader.word(),
    propensity: reader.number(),
    expectedValue: reader.number(),
    reason: reader.number(),
    notAfter: reader.near(at),
    at: reader.near(at),
    offer: (flags & HAS_OFFER) === 0 ? undefined : readOffer(reader, at),
    content: (flags & HAS_CONTENT) === 0 ? undefined : readContent(reader),
  };
}

function writeOffer(writer: ByteWriter, offer: FactOffer, at: number): void {
  writer.text(offer.offer);
  writer.text(offer.kind);
  writer.money(offer.depth);
  writer.text(offer.code);
  writer.near(offer.until, at);
}

function readOffer(reader: ByteReader, at: number): FactOffer {
  return {
    offer: reader.word(),
    kind: reader.word(),
    depth: reader.money(),
    code: reader.word(),
    until: reader.near(at),
  };
}

function writeContent(writer: ByteWriter, content: Content): void {
  writer.text(content.templateId);
  writer.text(content.locale);
  writeTexts(writer, content.slotNames);
  writeTexts(writer, content.slotValues);
  writeTexts(writer, content.productIds);
  writer.text(content.rendered);
}

function readContent(reader: ByteReader): Content {
  return {
    templateId: reader.word(),
    locale: reader.word(),
    slotNames: readWords(reader),
    slotValues: readWords(reader),
    productIds: readWords(reader),
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
