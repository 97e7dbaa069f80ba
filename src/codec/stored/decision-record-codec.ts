import { CandidateColumns } from '../../core/decide/candidate-columns.ts';
import type { Choice, DecisionRecord } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCandidateColumns, writeCandidateColumns } from './candidate-columns-codec.ts';
import { readFloatRows, writeFloatRows } from './float-rows-codec.ts';

/** Two masks of channels share a number: mostly both are 0. There are fewer channels than this for good. */
const CHANNEL_BITS = 15;

/** What a decision has when its record was left unread. Shared: never write to it. */
export const EMPTY_DECISION_RECORD: DecisionRecord = {
  columns: new CandidateColumns(0),
  features: new Float32Array(0),
  logits: new Float32Array(0),
  scoreRows: 0,
  scoreChannel: new Uint8Array(0),
  budgetUsed: new Float64Array(0),
  rowP0: new Float32Array(0),
  rowReach: new Float32Array(0),
  unserved: 0,
  failing: 0,
};

/**
 * The features and logits are stored whole: pass subarrays of pooled ones. Of the channels, `scoreRows` are. `choices`:
 * those of the decision, stored before.
 */
export function writeDecisionRecord(
  writer: ByteWriter,
  record: DecisionRecord,
  choices: readonly Choice[],
): void {
  const { scoreRows, features, logits } = record;
  writer.varint(scoreRows);
  writer.varint(features.length);
  writer.varint(logits.length);
  writer.rawBytes(record.scoreChannel, scoreRows);
  writeFloatRows(writer, features, scoreRows);
  writer.rawFloats(logits, logits.length);
  writeBudgetUsed(writer, record.budgetUsed);
  writeRates(writer, record);
  writer.varint(record.unserved | (record.failing << CHANNEL_BITS));
  writeCandidateColumns(writer, record.columns, choices);
}

export function readDecisionRecord(reader: ByteReader, choices: readonly Choice[]): DecisionRecord {
  const scoreRows = reader.count(1, 'score rows');
  const featureCount = reader.count(1 / 8, 'features');
  const logitCount = reader.count(4, 'logits');
  const scoreChannel = new Uint8Array(scoreRows);
  reader.rawBytes(scoreChannel, scoreRows);
  const features = readFloatRows(reader, featureCount, scoreRows);
  const logits = reader.rawFloats(logitCount);
  const budgetUsed = readBudgetUsed(reader);
  const rowP0 = new Float32Array(scoreRows);
  const rowReach = new Float32Array(scoreRows);
  // Before format 4 they were not kept.
  for (let row = 0; row < scoreRows && reader.format >= 4; row++) {
    rowP0[row] = reader.f32();
    rowReach[row] = reader.f32();
  }
  const masks = reader.format >= 4 ? reader.varint() : 0;
  const unserved = masks & ((1 << CHANNEL_BITS) - 1);
  const failing = masks >> CHANNEL_BITS;
  const columns = readCandidateColumns(reader, choices);
  return {
    scoreRows,
    scoreChannel,
    features,
    logits,
    budgetUsed,
    rowP0,
    rowReach,
    unserved,
    failing,
    columns,
  };
}

function writeRates(writer: ByteWriter, { scoreRows, rowP0, rowReach }: DecisionRecord): void {
  for (let row = 0; row < scoreRows; row++) {
    writer.f32(rowP0[row] as number);
    writer.f32(rowReach[row] as number);
  }
}

/** Up to the last budget that was asked for: mostly there is none. */
function writeBudgetUsed(writer: ByteWriter, used: Float64Array): void {
  let count = used.length;
  while (count > 0 && used[count - 1] === 0) count--;
  writer.varint(count);
  for (let i = 0; i < count; i++) writer.number(used[i] as number);
}

function readBudgetUsed(reader: ByteReader): Float64Array {
  const used = new Float64Array(reader.count(1, 'budgets'));
  for (let i = 0; i < used.length; i++) used[i] = reader.number();
  return used;
}
