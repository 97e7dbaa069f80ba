import type { AdoptedFact, FenceFact, LoanFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Stored codes: append only. */
const EDITIONS = ['policy', 'model', 'head', 'priors', 'core', 'pauses'] as const;

export function writeAdoptedFact(writer: ByteWriter, fact: AdoptedFact): void {
  writer.u8(EDITIONS.indexOf(fact.edition));
  writer.text(fact.version);
  writer.token(fact.sha256);
  writer.number(fact.at);
}

export function readAdoptedFact(reader: ByteReader): AdoptedFact {
  const edition = EDITIONS[reader.u8()] ?? reader.fail('a kind of edition');
  return { kind: 'adopted', edition, version: reader.word(), sha256: reader.text(), at: reader.number() };
}

export function writeFenceFact(writer: ByteWriter, fact: FenceFact): void {
  writer.text(fact.node);
  writer.number(fact.at);
}

export function readFenceFact(reader: ByteReader): FenceFact {
  return { kind: 'fence', node: reader.text(), at: reader.number() };
}

/** Stored codes: append only. */
export const LOAN_SIDES = ['lent', 'borrowed'] as const;

export function writeLoanFact(writer: ByteWriter, fact: LoanFact): void {
  writer.u8(LOAN_SIDES.indexOf(fact.side));
  writer.text(fact.budget);
  writer.number(fact.day);
  writer.number(fact.shard);
  writer.number(fact.total);
  writer.number(fact.at);
}

export function readLoanFact(reader: ByteReader): LoanFact {
  const side = LOAN_SIDES[reader.u8()] ?? reader.fail('a side of a loan');
  const [budget, day, shard] = [reader.word(), reader.number(), reader.number()];
  return { kind: 'loan', side, budget, day, shard, total: reader.number(), at: reader.number() };
}
