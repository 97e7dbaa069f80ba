import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { WireReader } from './wire-reader.ts';

/** Longer ones are no identifiers; a few bytes more are read, so that it shows. */
const KIND_BYTES_READ = 40;
const VALUE_BYTES_READ = 264;

/**
 * Reads one attune.v1.Identifier and adds it as it is: which of them can be used depends on the policy
 * (core/identity/usable-identifiers.ts). Those beyond what is looked at are counted and not read.
 */
export function readIdentifier(reader: WireReader, into: IdentifierInput[]): void {
  const outer = reader.enter();
  const mark = reader.mark();
  let kind = '';
  let value = '';
  const isRead = into.length < REQUEST_BOUNDS.identifiersReadMax;
  if (!isRead) reader.toEnd();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) kind = reader.headWord('kind', KIND_BYTES_READ);
    else if (tag === 18) value = reader.head('value', VALUE_BYTES_READ);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (!isRead) return;
  if (reader.mark() > mark) reader.within(mark, `identifiers[${into.length}]`);
  into.push({ kind, value });
}

/** Checks that a message has an identifier. */
export function checkIdentifiers(reader: WireReader, identifiers: readonly IdentifierInput[]): void {
  if (identifiers.length > 0) return;
  reader.fault('identifiers', 'repeated.min_items', '', 'must hold at least one');
}
