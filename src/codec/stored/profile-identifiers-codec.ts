import type { IdentifierKey } from '../../base/brand.ts';
import type { Identifier } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

/** First seen under the profile's own key, as nearly all are. */
const OWN_ORIGIN = 1;
/** It is the profile's own key. */
const IS_KEY = 2;
/** Its origin is itself: it leads to the customer. */
const SELF_ORIGIN = 4;

/** Keys are long, so what the profile's own key says already is not repeated. */
export function writeIdentifiers(
  writer: ByteWriter,
  texts: TextTableWriter,
  identifiers: readonly Identifier[],
  key: IdentifierKey,
): void {
  writer.varint(identifiers.length);
  for (const { kind, value, origin } of identifiers) {
    // The kind must end at the key's first colon, where reading splits it.
    const isKey = key === `${kind}:${value}` && key.indexOf(':') === kind.length;
    const isSelf = origin !== key && origin === `${kind}:${value}`;
    writer.u8((origin === key ? OWN_ORIGIN : 0) | (isKey ? IS_KEY : 0) | (isSelf ? SELF_ORIGIN : 0));
    if (!isKey) {
      texts.write(writer, kind);
      writer.token(value);
    }
    if (origin !== key && !isSelf) texts.write(writer, origin);
  }
}

export function readIdentifiers(
  reader: ByteReader,
  texts: TextTableReader,
  key: IdentifierKey,
): Identifier[] {
  const count = reader.count(1, 'identifiers');
  const identifiers = new Array<Identifier>(count);
  const colon = key.indexOf(':');
  for (let i = 0; i < count; i++) {
    const flags = reader.u8();
    const isKey = (flags & IS_KEY) !== 0;
    const kind = isKey ? key.slice(0, colon) : texts.read(reader);
    const value = isKey ? key.slice(colon + 1) : reader.text();
    const origin =
      (flags & OWN_ORIGIN) !== 0
        ? key
        : (flags & SELF_ORIGIN) !== 0
          ? `${kind}:${value}`
          : texts.read(reader);
    identifiers[i] = { kind, value, origin };
  }
  return identifiers;
}
