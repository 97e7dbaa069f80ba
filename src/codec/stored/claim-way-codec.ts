import type { AbsorbBeginFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readIdentifierKey, writeIdentifierKey } from './customer-id-codec.ts';

const HAS_VIA = 1;
const IS_EXPLICIT = 2;

/** How a claim came about. */
export function writeWay(
  writer: ByteWriter,
  { via, explicit }: Pick<AbsorbBeginFact, 'via' | 'explicit'>,
): void {
  writer.u8((via === '' ? 0 : HAS_VIA) | (explicit === '' ? 0 : IS_EXPLICIT));
  if (via !== '') writeIdentifierKey(writer, via);
  if (explicit !== '') writer.text(explicit);
}

export function readWay(reader: ByteReader): Pick<AbsorbBeginFact, 'via' | 'explicit'> {
  const flags = reader.u8();
  const via = (flags & HAS_VIA) === 0 ? '' : readIdentifierKey(reader);
  return { via, explicit: (flags & IS_EXPLICIT) === 0 ? '' : reader.word() };
}
