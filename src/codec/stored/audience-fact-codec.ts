import type { AudienceLeftFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readLevel, writeLevel } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

export function writeAudienceLeftFact(writer: ByteWriter, fact: AudienceLeftFact): void {
  writeCustomerId(writer, fact.customer);
  writer.number(fact.at);
  writeLevel(writer, fact.level, fact.at);
  writeChoiceRef(writer, fact.ref);
  writer.text(fact.action);
  writer.number(fact.channel);
  if (fact.note !== undefined) writer.text(fact.note);
}

export function readAudienceLeftFact(reader: ByteReader): AudienceLeftFact {
  const customer = readCustomerId(reader);
  const at = reader.number();
  const { left, ...entered } = readLevel(reader, at);
  if (left === undefined) return reader.fail('a level that was left');
  const fact: AudienceLeftFact = {
    kind: 'audience-left',
    customer,
    level: { ...entered, left },
    ref: readChoiceRef(reader),
    action: reader.word(),
    channel: reader.number(),
    at,
  };
  return reader.left === 0 ? fact : { ...fact, note: reader.text() };
}
