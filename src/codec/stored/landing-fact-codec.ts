import type { ProvisionalFact, TokenSpentFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

export function writeProvisionalFact(writer: ByteWriter, fact: ProvisionalFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writeCustomerId(writer, fact.to);
  writer.number(fact.at);
  writer.near(fact.until, fact.at);
}

export function readProvisionalFact(reader: ByteReader): ProvisionalFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const to = readCustomerId(reader);
  const at = reader.number();
  return { kind: 'provisional', customer, key, to, at, until: reader.near(at) };
}

export function writeTokenSpentFact(writer: ByteWriter, fact: TokenSpentFact): void {
  writeCustomerId(writer, fact.customer);
  writeChoiceRef(writer, fact.ref);
  writer.number(fact.browser);
  writer.number(fact.at);
}

export function readTokenSpentFact(reader: ByteReader): TokenSpentFact {
  const customer = readCustomerId(reader);
  return {
    kind: 'token-spent',
    customer,
    ref: readChoiceRef(reader),
    browser: reader.number(),
    at: reader.number(),
  };
}
