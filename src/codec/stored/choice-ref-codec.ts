import type { ChoiceRef } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export function writeChoiceRef(writer: ByteWriter, ref: ChoiceRef): void {
  writer.number(ref.seq);
  writer.number(ref.index);
  writer.number(ref.choice);
}

export function readChoiceRef(reader: ByteReader): ChoiceRef {
  return { seq: reader.number(), index: reader.number(), choice: reader.number() };
}
