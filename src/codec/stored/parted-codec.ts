import type { PartedCustomer } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readIdentifierKey, writeIdentifierKey } from './customer-id-codec.ts';

export function writeParted(writer: ByteWriter, { key, claim, estate }: PartedCustomer): void {
  writeIdentifierKey(writer, key);
  writer.number(claim);
  writer.block(estate);
}

export function readParted(reader: ByteReader): PartedCustomer {
  return { key: readIdentifierKey(reader), claim: reader.number(), estate: reader.block() };
}
