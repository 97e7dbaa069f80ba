import { branded, type CustomerId } from '../../base/brand.ts';
import type { OpenDispatch } from '../../core/fact/fact.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoice, writeChoice } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

export function writeOpenDispatches(writer: ByteWriter, dispatches: readonly OpenDispatch[]): void {
  writer.varint(dispatches.length);
  for (const entry of dispatches) {
    writeCustomerId(writer, branded<CustomerId>(entry.customer));
    writeChoiceRef(writer, entry.ref);
    writeChoice(writer, entry.choice, 0);
    writer.number(entry.attempt);
    writer.number(entry.nextAt);
    writer.number(entry.handedAt);
  }
}

export function readOpenDispatches(reader: ByteReader): OutboxEntry[] {
  const dispatches: OutboxEntry[] = [];
  for (let left = reader.count(40, 'open dispatches'); left > 0; left--) {
    dispatches.push({
      customer: readCustomerId(reader),
      ref: readChoiceRef(reader),
      choice: readChoice(reader, 0),
      attempt: reader.number(),
      nextAt: reader.number(),
      handedAt: reader.number(),
    });
  }
  return dispatches;
}
