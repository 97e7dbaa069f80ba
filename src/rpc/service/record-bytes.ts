import { encodeRecord } from '../../codec/stored/record-codec.ts';
import type { DecisionFact } from '../../core/fact/fact.ts';

const NO_HEADER = { generation: 0, epoch: 0, batch: '', at: 0 };
const EMPTY_BYTES = encodeRecord(NO_HEADER, []).length;

/** Bytes that a decision takes in the log. */
export function recordBytesOf(fact: DecisionFact): number {
  return encodeRecord(NO_HEADER, [fact]).length - EMPTY_BYTES;
}
