import type { ErasedFact, ForgottenFact, SilencedFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

export function writeErasedFact(writer: ByteWriter, fact: ErasedFact): void {
  writeCustomerId(writer, fact.customer);
  writer.number(fact.at);
}

export function readErasedFact(reader: ByteReader): ErasedFact {
  return { kind: 'erased', customer: readCustomerId(reader), at: reader.number() };
}

export function writeSilencedFact(writer: ByteWriter, fact: SilencedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writer.number(fact.since);
  writer.number(fact.at);
  if (fact.by !== undefined) writeIdentifierKey(writer, fact.by);
}

export function readSilencedFact(reader: ByteReader): SilencedFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const fact = { kind: 'silenced', customer, key, since: reader.number(), at: reader.number() } as const;
  return reader.left === 0 ? fact : { ...fact, by: readIdentifierKey(reader) };
}

/** Its body is empty. */
export const FORGOTTEN: ForgottenFact = { kind: 'forgotten' };
