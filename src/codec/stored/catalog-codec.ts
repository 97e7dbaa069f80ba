import type { CatalogUpdate } from '../../core/catalog/catalog-columns.ts';
import { type ByteReader, readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readWords, writeTexts } from './choice-codec.ts';
import { CATALOG_FORMAT } from './formats.ts';
import { TextTableReader, TextTableWriter } from './text-table.ts';

/** Fields of an update that it names: a bit each, stored in this order. */
const TITLE = 1;
const CATEGORY = 2;
const BRAND = 4;
const PRICE = 8;
const MARGIN = 16;
const URL = 32;
const IMAGE = 64;

/** One record of the catalogue's log: the updates of one upsert. */
export function encodeCatalogRecord(updates: readonly CatalogUpdate[]): Uint8Array {
  const writer = new ByteWriter();
  const texts = new TextTableWriter();
  texts.begin();
  writer.u8(CATALOG_FORMAT.magic);
  writer.u8(CATALOG_FORMAT.current);
  writer.varint(updates.length);
  for (const update of updates) writeUpdate(writer, texts, update);
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodeCatalogRecord(stored: Uint8Array): CatalogUpdate[] {
  const reader = readerOf(CATALOG_FORMAT, stored);
  const texts = new TextTableReader();
  texts.begin();
  const updates: CatalogUpdate[] = [];
  for (let left = reader.count(4, 'products'); left > 0; left--) updates.push(readUpdate(reader, texts));
  reader.atEnd('a catalogue record');
  return updates;
}

function writeUpdate(writer: ByteWriter, texts: TextTableWriter, update: CatalogUpdate): void {
  const { title, category, brand, price, margin, url, image, variants } = update;
  writer.text(update.productId);
  writer.u8(
    (title === undefined ? 0 : TITLE) |
      (category === undefined ? 0 : CATEGORY) |
      (brand === undefined ? 0 : BRAND) |
      (price === undefined ? 0 : PRICE) |
      (margin === undefined ? 0 : MARGIN) |
      (url === undefined ? 0 : URL) |
      (image === undefined ? 0 : IMAGE),
  );
  if (title !== undefined) writer.text(title);
  if (category !== undefined) texts.write(writer, category);
  if (brand !== undefined) texts.write(writer, brand);
  if (price !== undefined) writer.money(price);
  if (margin !== undefined) writer.money(margin);
  if (url !== undefined) writer.text(url);
  if (image !== undefined) writer.text(image);
  writer.varint(variants.length);
  for (const { size, stock } of variants) {
    texts.write(writer, size);
    writer.flag(stock !== undefined);
    if (stock !== undefined) writer.number(stock);
  }
  writeTexts(writer, update.substitutes);
}

function readUpdate(reader: ByteReader, texts: TextTableReader): CatalogUpdate {
  const productId = reader.word();
  const fields = reader.u8();
  return {
    productId,
    title: fields & TITLE ? reader.text() : undefined,
    category: fields & CATEGORY ? texts.read(reader) : undefined,
    brand: fields & BRAND ? texts.read(reader) : undefined,
    price: fields & PRICE ? reader.money() : undefined,
    margin: fields & MARGIN ? reader.money() : undefined,
    url: fields & URL ? reader.text() : undefined,
    image: fields & IMAGE ? reader.text() : undefined,
    variants: readVariants(reader, texts),
    substitutes: readWords(reader),
  };
}

function readVariants(
  reader: ByteReader,
  texts: TextTableReader,
): { size: string; stock: number | undefined }[] {
  const variants: { size: string; stock: number | undefined }[] = [];
  for (let left = reader.count(2, 'variants'); left > 0; left--) {
    variants.push({ size: texts.read(reader), stock: reader.flag() ? reader.number() : undefined });
  }
  return variants;
}
