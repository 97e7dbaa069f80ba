/** What a shop told of a customer, in an event and in the profile. */
import type { AttributeValue } from '../../core/attribute/attribute.ts';
import type { FactAttribute } from '../../core/fact/fact.ts';
import { type AttributeRow, NO_ATTRIBUTES } from '../../core/profile/attributes.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

const REMOVED = 0;
const TEXT = 1;
const NUMBER = 2;
const NO = 3;
const YES = 4;
const TEXTS = 5;

export function writeFactAttributes(writer: ByteWriter, attributes: readonly FactAttribute[]): void {
  writer.varint(attributes.length);
  for (const { name, value } of attributes) {
    writer.text(name);
    writeValue(writer, value);
  }
}

export function readFactAttributes(reader: ByteReader): readonly FactAttribute[] {
  const attributes = new Array<FactAttribute>(reader.count(2, 'attributes'));
  for (let i = 0; i < attributes.length; i++)
    attributes[i] = { name: reader.word(), value: readValue(reader) };
  return attributes;
}

export function writeAttributes(
  writer: ByteWriter,
  texts: TextTableWriter,
  rows: readonly AttributeRow[],
  base: number,
): void {
  writer.varint(rows.length);
  for (const { name, value, at } of rows) {
    texts.write(writer, name);
    writer.near(at, base);
    writeValue(writer, value);
  }
}

export function readAttributes(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
): readonly AttributeRow[] {
  const count = reader.count(3, 'attributes');
  if (count === 0) return NO_ATTRIBUTES;
  const rows = new Array<AttributeRow>(count);
  for (let i = 0; i < count; i++) {
    const name = texts.read(reader);
    const at = reader.near(base);
    rows[i] = { name, value: readValue(reader), at };
  }
  return rows;
}

function writeValue(writer: ByteWriter, value: AttributeValue | undefined): void {
  switch (typeof value) {
    case 'undefined':
      return writer.u8(REMOVED);
    case 'string':
      writer.u8(TEXT);
      return writer.text(value);
    case 'number':
      writer.u8(NUMBER);
      return writer.number(value);
    case 'boolean':
      return writer.u8(value ? YES : NO);
    default:
      writer.u8(TEXTS);
      writer.varint(value.length);
      for (const text of value) writer.text(text);
  }
}

function readValue(reader: ByteReader): AttributeValue | undefined {
  const kind = reader.u8();
  switch (kind) {
    case REMOVED:
      return undefined;
    case TEXT:
      return reader.text();
    case NUMBER:
      return reader.number();
    case NO:
    case YES:
      return kind === YES;
    case TEXTS: {
      const texts = new Array<string>(reader.count(1, 'texts of an attribute'));
      for (let i = 0; i < texts.length; i++) texts[i] = reader.text();
      return texts;
    }
    default:
      return reader.fail(`the kind of an attribute, not ${kind}`);
  }
}
