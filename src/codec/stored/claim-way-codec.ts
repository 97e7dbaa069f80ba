import type { IdentifierKey } from '../../base/brand.ts';
import type { AbsorbBeginFact, LinkRef } from '../../core/fact/fact.ts';
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

const HAS_ORIGIN = 1;
const HAS_LINK = 2;
const IS_DECLARED = 4;

/** Of which link a claim is part, and who met the key. */
interface Cause {
  readonly origin: IdentifierKey | undefined;
  readonly link?: LinkRef | undefined;
  readonly isDeclared?: boolean | undefined;
}

export function writeCause(writer: ByteWriter, { origin, link, isDeclared }: Cause): void {
  writer.u8(
    (origin === undefined ? 0 : HAS_ORIGIN) |
      (link === undefined ? 0 : HAS_LINK) |
      (isDeclared === true ? IS_DECLARED : 0),
  );
  if (origin !== undefined) writeIdentifierKey(writer, origin);
  if (link !== undefined) writeLinkRef(writer, link);
}

export function readCause(reader: ByteReader): Cause {
  const flags = reader.u8();
  return {
    origin: (flags & HAS_ORIGIN) === 0 ? undefined : readIdentifierKey(reader),
    link: (flags & HAS_LINK) === 0 ? undefined : readLinkRef(reader),
    isDeclared: (flags & IS_DECLARED) !== 0,
  };
}

export function writeLinkRef(writer: ByteWriter, { seq, index }: LinkRef): void {
  writer.number(seq);
  writer.number(index);
}

export function readLinkRef(reader: ByteReader): LinkRef {
  return { seq: reader.number(), index: reader.number() };
}
