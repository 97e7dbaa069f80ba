import {
  type AbsorbBeginFact,
  type AbsorbInFact,
  type AbsorbOutFact,
  CLAIM_ENDS,
  type RedirectedFact,
} from '../../core/fact/fact.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCause, readWay, writeCause, writeWay } from './claim-way-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';
import { readOpenDispatches, writeOpenDispatches } from './open-dispatch-codec.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';

/** What is marked of one who was taken in: bits. */
const KNOWN = 1 << 0;
const PERSON = 1 << 1;
const MIXED = 1 << 2;

export function writeAbsorbBeginFact(writer: ByteWriter, fact: AbsorbBeginFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.claimed);
  writeWay(writer, fact);
  writer.number(fact.at);
  const { origin, link, isDeclared } = fact;
  if (origin === undefined && link === undefined && isDeclared === undefined) return;
  writeCause(writer, { origin, link, isDeclared });
}

export function readAbsorbBeginFact(reader: ByteReader): AbsorbBeginFact {
  const customer = readCustomerId(reader);
  const claimed = readIdentifierKey(reader);
  const begun = { kind: 'absorb-begin', customer, claimed, ...readWay(reader), at: reader.number() } as const;
  if (reader.left === 0) return begun;
  const { origin, link, isDeclared } = readCause(reader);
  return {
    ...begun,
    ...(origin !== undefined && { origin }),
    ...(link !== undefined && { link }),
    ...(isDeclared === true && { isDeclared }),
  };
}

export function writeAbsorbOutFact(writer: ByteWriter, fact: AbsorbOutFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writeIdentifierKey(writer, fact.to);
  writer.number(fact.claim);
  writer.block(fact.estate);
  writer.number(fact.at);
}

export function readAbsorbOutFact(reader: ByteReader): AbsorbOutFact {
  return {
    kind: 'absorb-out',
    customer: readCustomerId(reader),
    key: readIdentifierKey(reader),
    to: readIdentifierKey(reader),
    claim: reader.number(),
    estate: reader.block(),
    at: reader.number(),
  };
}

export function writeAbsorbInFact(writer: ByteWriter, fact: AbsorbInFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.claimed);
  writer.u8(CLAIM_ENDS.indexOf(fact.end));
  writer.number(fact.at);
  writer.u8((fact.state === undefined ? 0 : KNOWN) | (fact.isPerson ? PERSON : 0) | (fact.mixed ? MIXED : 0));
  if (fact.state !== undefined) {
    writer.block(encodeProfile(fact.state as Profile));
    writeOpenDispatches(writer, fact.dispatches);
  }
  if (fact.link === undefined) return;
  const { seq, index, claim, origin, before } = fact.link;
  writeCause(writer, { origin, link: { seq, index } });
  writer.number(claim);
  writer.block(encodeProfile(before as Profile));
}

export function readAbsorbInFact(reader: ByteReader): AbsorbInFact {
  const customer = readCustomerId(reader);
  const claimed = readIdentifierKey(reader);
  const end = CLAIM_ENDS[reader.u8()] ?? reader.fail('how a claim ended');
  const at = reader.number();
  const marks = reader.u8();
  const isKnown = (marks & KNOWN) !== 0;
  const state = isKnown ? decodeProfile(reader.block()) : undefined;
  const dispatches = isKnown ? readOpenDispatches(reader) : [];
  const over = {
    ...({ kind: 'absorb-in', customer, claimed, end, state, dispatches, at } as const),
    isPerson: (marks & PERSON) !== 0,
    mixed: (marks & MIXED) !== 0,
  };
  if (reader.left === 0) return over;
  const { origin, link = reader.fail('the link of a claim') } = readCause(reader);
  const claim = reader.number();
  return { ...over, link: { ...link, claim, origin, before: decodeProfile(reader.block()) } };
}

export function writeRedirectedFact(writer: ByteWriter, fact: RedirectedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.to);
  writer.number(fact.at);
}

export function readRedirectedFact(reader: ByteReader): RedirectedFact {
  const customer = readCustomerId(reader);
  return { kind: 'redirected', customer, to: readIdentifierKey(reader), at: reader.number() };
}
