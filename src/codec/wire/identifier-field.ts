import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

const IDENTIFIERS_MAX = REQUEST_BOUNDS.identifiersPerRequestMax;
const KIND_BYTES_MAX = 32;
const VALUE_BYTES_MAX = 256;

/** Reads one attune.v1.Identifier and adds it; those beyond the bound are not read, and the first of them is counted. */
export function readIdentifier(reader: WireReader, into: IdentifierInput[]): void {
  const outer = reader.enter();
  const mark = reader.mark();
  let kind = '';
  let value = '';
  const counted = into.length >= IDENTIFIERS_MAX;
  if (counted) reader.toEnd();
  while (reader.more()) {
    const tag = reader.tag();
    // The pattern bounds the kind's length, so that an oversized one is a violation of the pattern alone.
    if (tag === 10) kind = reader.word('kind', Number.POSITIVE_INFINITY);
    else if (tag === 18) value = reader.text('value', VALUE_BYTES_MAX);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (!counted && !reader.malformed) {
    if (!isKind(kind)) {
      reader.fault(
        'kind',
        'string.pattern',
        kind,
        'must be 1 to 32 of a-z, 0-9 and _, beginning with a letter',
      );
    }
    if (value === '') reader.fault('value', 'string.min_len', '');
    if (reader.mark() > mark) reader.within(mark, `identifiers[${into.length}]`);
  }
  if (into.length <= IDENTIFIERS_MAX) into.push({ kind, value });
}

/** Checks how many identifiers a message has. */
export function checkIdentifiers(reader: WireReader, identifiers: readonly IdentifierInput[]): void {
  if (identifiers.length === 0)
    reader.fault('identifiers', 'repeated.min_items', '', 'must hold at least one');
  if (identifiers.length > IDENTIFIERS_MAX) {
    reader.fault('identifiers', 'repeated.max_items', '', `must hold at most ${IDENTIFIERS_MAX}`);
  }
}

/** `^[a-z][a-z0-9_]{0,31}$` */
function isKind(kind: string): boolean {
  if (kind.length === 0 || kind.length > KIND_BYTES_MAX) return false;
  for (let i = 0; i < kind.length; i++) {
    const code = kind.charCodeAt(i);
    const letter = code >= 0x61 && code <= 0x7a;
    if (!letter && (i === 0 || !((code >= 0x30 && code <= 0x39) || code === 0x5f))) return false;
  }
  return true;
}
