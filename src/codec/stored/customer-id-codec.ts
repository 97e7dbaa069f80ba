import { assert } from '../../base/assert.ts';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** 128 bits in base64url. */
export const CUSTOMER_ID_CHARS = 22;

export function writeCustomerId(writer: ByteWriter, id: CustomerId): void {
  assert(id.length === CUSTOMER_ID_CHARS, 'a customer id has 22 characters');
  writer.fixedAscii(id);
}

export function readCustomerId(reader: ByteReader): CustomerId {
  return branded<CustomerId>(reader.fixedAscii(CUSTOMER_ID_CHARS));
}

/** `kind:value`: the kind is a word, the value often a hash in hexadecimal. */
export function writeIdentifierKey(writer: ByteWriter, key: IdentifierKey): void {
  const colon = key.indexOf(':');
  writer.text(key.slice(0, colon + 1));
  writer.token(key.slice(colon + 1));
}

export function readIdentifierKey(reader: ByteReader): IdentifierKey {
  return branded<IdentifierKey>(reader.word() + reader.text());
}
