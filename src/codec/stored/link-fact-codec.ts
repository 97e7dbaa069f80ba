import type { IdentifierKey } from '../../base/brand.ts';
import type {
  ChoiceRef,
  LinkedFact,
  PartedCustomer,
  PartedFact,
  RestoredFact,
  UnlinkedFact,
} from '../../core/fact/fact.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readLinkRef, writeLinkRef } from './claim-way-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';
import { readOpenDispatches, writeOpenDispatches } from './open-dispatch-codec.ts';
import { readParted, writeParted } from './parted-codec.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';

export function writeLinkedFact(writer: ByteWriter, fact: LinkedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writer.varint(fact.identifiers.length);
  for (const key of fact.identifiers) writeIdentifierKey(writer, key);
  writeSaid(writer, fact);
}

export function readLinkedFact(reader: ByteReader): LinkedFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const identifiers: IdentifierKey[] = [];
  for (let left = reader.count(2, 'identifiers'); left > 0; left--)
    identifiers.push(readIdentifierKey(reader));
  return { kind: 'linked', customer, key, identifiers, ...readSaid(reader) };
}

export function writeUnlinkedFact(writer: ByteWriter, fact: UnlinkedFact): void {
  writeCustomerId(writer, fact.customer);
  writeLinkRef(writer, fact.link);
  writer.block(encodeProfile(fact.own as Profile));
  writer.varint(fact.parted.length);
  for (const one of fact.parted) writeParted(writer, one);
  writer.varint(fact.given.length);
  for (const ref of fact.given) writeChoiceRef(writer, ref);
  writeSaid(writer, fact);
}

export function readUnlinkedFact(reader: ByteReader): UnlinkedFact {
  const customer = readCustomerId(reader);
  const link = readLinkRef(reader);
  const own = decodeProfile(reader.block());
  const parted: PartedCustomer[] = [];
  for (let left = reader.count(4, 'parted customers'); left > 0; left--) parted.push(readParted(reader));
  const given: ChoiceRef[] = [];
  for (let left = reader.count(3, 'given dispatches'); left > 0; left--) given.push(readChoiceRef(reader));
  return { kind: 'unlinked', customer, link, own, parted, given, ...readSaid(reader) };
}

export function writeRestoredFact(writer: ByteWriter, fact: RestoredFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writeCustomerId(writer, fact.from);
  writer.block(encodeProfile(fact.state as Profile));
  writeOpenDispatches(writer, fact.dispatches);
  writer.number(fact.at);
}

export function readRestoredFact(reader: ByteReader): RestoredFact {
  return {
    kind: 'restored',
    customer: readCustomerId(reader),
    key: readIdentifierKey(reader),
    from: readCustomerId(reader),
    state: decodeProfile(reader.block()),
    dispatches: readOpenDispatches(reader),
    at: reader.number(),
  };
}

export function writePartedFact(writer: ByteWriter, fact: PartedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writer.number(fact.at);
}

export function readPartedFact(reader: ByteReader): PartedFact {
  const customer = readCustomerId(reader);
  return { kind: 'parted', customer, key: readIdentifierKey(reader), at: reader.number() };
}

type Said = Pick<LinkedFact, 'by' | 'reason' | 'at'>;

function writeSaid(writer: ByteWriter, { by, reason, at }: Said): void {
  writer.text(by);
  writer.text(reason);
  writer.number(at);
}

function readSaid(reader: ByteReader): Said {
  return { by: reader.text(), reason: reader.text(), at: reader.number() };
}
