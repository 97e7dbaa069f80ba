import type { ErasedFact, RedirectFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

/** Stored codes: append only. */
const STEPS = ['begin', 'out', 'in', 'done'] as const;

export function writeErasedFact(writer: ByteWriter, fact: ErasedFact): void {
  writeCustomerId(writer, fact.customer);
  writer.number(fact.at);
}

export function readErasedFact(reader: ByteReader): ErasedFact {
  return { kind: 'erased', customer: readCustomerId(reader), at: reader.number() };
}

export function writeRedirectFact(writer: ByteWriter, fact: RedirectFact): void {
  writeCustomerId(writer, fact.customer);
  writeCustomerId(writer, fact.to);
  writer.u8(STEPS.indexOf(fact.step));
  writer.block(fact.state);
  writer.number(fact.at);
}

export function readRedirectFact(reader: ByteReader): RedirectFact {
  const customer = readCustomerId(reader);
  const to = readCustomerId(reader);
  const step = STEPS[reader.u8()] ?? reader.fail('a step of absorbing');
  return { kind: 'redirect', customer, to, step, state: reader.block(), at: reader.number() };
}
