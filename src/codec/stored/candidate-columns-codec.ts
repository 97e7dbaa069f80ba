/**
 * A decision's candidates, column by column. What no reader needs is not stored, and comes back as a new column's
 * value: a value and limit only where there is a reason, score row, EV terms and propensity only of rows that were
 * scored or chosen.
 */
import { assert } from '../../base/assert.ts';
import { CandidateColumns, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import { readByteRuns, writeByteRuns } from './byte-runs.ts';
import type { ByteWriter } from './byte-writer.ts';

/** More rows than any request can propose; keeps a damaged count from asking for much memory. */
export const CANDIDATE_ROWS_MAX = 4096;

/** The float32 terms in stored order; one bit each in a row's mask. At most 16. */
const TERMS = [
  'p0',
  'tau',
  'tauSd',
  'margin',
  'discount',
  'margin0',
  'engage',
  'engageValue',
  'unsubscribe',
  'unsubscribeCost',
  'channelCost',
  'budgetCost',
  'ev',
  'evSd',
] as const satisfies readonly (keyof CandidateColumns)[];

export function writeCandidateColumns(writer: ByteWriter, columns: CandidateColumns): void {
  const count = columns.count;
  assert(count <= CANDIDATE_ROWS_MAX, 'too many candidates for a record');
  writer.varint(count);
  if (count === 0) return;
  writeByteRuns(writer, columns.placement, count);
  writeActions(writer, columns.action, count);
  writeByteRuns(writer, columns.variant, count);
  writeByteRuns(writer, columns.channel, count);
  writeByteRuns(writer, columns.proposer, count);
  writeByteRuns(writer, columns.stage, count);
  writeByteRuns(writer, columns.reason, count);
  writeCompared(writer, columns, count);
  writeSparseTexts(writer, columns.ref, count);
  writeSparseTexts(writer, columns.product, count);
  writeTerms(writer, columns, count);
}

export function readCandidateColumns(reader: ByteReader): CandidateColumns {
  const count = reader.varint();
  if (count > CANDIDATE_ROWS_MAX) reader.fail(`at most ${CANDIDATE_ROWS_MAX} candidates, not ${count}`);
  const columns = new CandidateColumns(count);
  if (count === 0) return columns;
  columns.count = count;
  readByteRuns(reader, columns.placement, count);
  readActions(reader, columns.action, count);
  readByteRuns(reader, columns.variant, count);
  readByteRuns(reader, columns.channel, count);
  readByteRuns(reader, columns.proposer, count);
  readByteRuns(reader, columns.stage, count);
  readByteRuns(reader, columns.reason, count);
  readCompared(reader, columns);
  readSparseTexts(reader, columns.ref, count);
  readSparseTexts(reader, columns.product, count);
  readTerms(reader, columns);
  return columns;
}

/** Proposals come in the policy's order, so the difference to the row above is mostly one byte; NOTHING counts as −1. */
function writeActions(writer: ByteWriter, actions: Uint16Array, count: number): void {
  let above = 0;
  for (let row = 0; row < count; row++) {
    const action = ((actions[row] as number) + 1) & 0xffff;
    const delta = action - above;
    writer.varint(delta >= 0 ? delta * 2 : -delta * 2 - 1);
    above = action;
  }
}

function readActions(reader: ByteReader, actions: Uint16Array, count: number): void {
  let above = 0;
  for (let row = 0; row < count; row++) {
    const code = reader.varint();
    above = (above + ((code & 1) === 0 ? code / 2 : -(code + 1) / 2)) & 0xffff;
    actions[row] = above - 1;
  }
}

function writeCompared(writer: ByteWriter, columns: CandidateColumns, count: number): void {
  const { reason, value, limit } = columns;
  let next = 0;
  for (let row = 0; row < count; row++) {
    if (reason[row] === 0) continue;
    const found = value[row] as number;
    const bound = limit[row] as number;
    if (Object.is(found, 0) && Object.is(bound, 0)) continue;
    writer.varint(row - next + 1);
    writer.number(found);
    writer.number(bound);
    next = row + 1;
  }
  writer.varint(0);
}

function readCompared(reader: ByteReader, columns: CandidateColumns): void {
  let row = -1;
  for (let step = reader.varint(); step !== 0; step = reader.varint()) {
    row += step;
    if (row >= columns.count) reader.fail('a row of the candidates');
    columns.value[row] = reader.number();
    columns.limit[row] = reader.number();
  }
}

/** Rows with a text, each as a step down and the text; 0 steps end it. A text seen above is named by its place. */
function writeSparseTexts(writer: ByteWriter, texts: readonly string[], count: number): void {
  let next = 0;
  let seenCount = 0;
  for (let row = 0; row < count; row++) {
    const text = texts[row] as string;
    if (text === '') continue;
    writer.varint(row - next + 1);
    next = row + 1;
    const known = seenBefore(text, seenCount);
    writer.u8(known + 1);
    if (known >= 0) continue;
    writer.text(text);
    if (seenCount < SEEN_MAX) seen[seenCount++] = text;
  }
  writer.varint(0);
}

function readSparseTexts(reader: ByteReader, texts: string[], count: number): void {
  let row = -1;
  let seenCount = 0;
  for (let step = reader.varint(); step !== 0; step = reader.varint()) {
    row += step;
    if (row >= count) reader.fail('a row of the candidates');
    const known = reader.u8() - 1;
    if (known >= seenCount) reader.fail('a text that was seen above');
    if (known >= 0) {
      texts[row] = seen[known] as string;
      continue;
    }
    const text = reader.word();
    texts[row] = text;
    if (seenCount < SEEN_MAX) seen[seenCount++] = text;
  }
}

/** Scratch of one call; both sides fill it in the same order. */
const SEEN_MAX = 16;
const seen: string[] = new Array<string>(SEEN_MAX).fill('');

function seenBefore(text: string, seenCount: number): number {
  for (let i = 0; i < seenCount; i++) if (seen[i] === text) return i;
  return -1;
}

/** A mask of the terms that differ from the scored row above, then those; rows of one channel share most of them. */
function writeTerms(writer: ByteWriter, columns: CandidateColumns, count: number): void {
  const { stage, scoreRow, propensity } = columns;
  const above = freshTerms();
  for (let row = 0; row < count; row++) {
    if ((stage[row] as number) < ROW_SCORED) continue;
    writer.number(scoreRow[row] as number);
    writer.f64(propensity[row] as number);
    const maskAt = writer.size;
    writer.u16(0);
    let mask = 0;
    for (let term = 0; term < TERMS.length; term++) {
      const value = columns[TERMS[term] as (typeof TERMS)[number]][row] as number;
      if (Object.is(value, above[term])) continue;
      above[term] = value;
      mask |= 1 << term;
      writer.f32(value);
    }
    writer.u16At(maskAt, mask);
  }
}

function readTerms(reader: ByteReader, columns: CandidateColumns): void {
  const { stage, scoreRow, propensity, count } = columns;
  const above = freshTerms();
  for (let row = 0; row < count; row++) {
    if ((stage[row] as number) < ROW_SCORED) {
      scoreRow[row] = -1;
      continue;
    }
    scoreRow[row] = reader.number();
    propensity[row] = reader.f64();
    const mask = reader.u16();
    for (let term = 0; term < TERMS.length; term++) {
      if ((mask & (1 << term)) !== 0) above[term] = reader.f32();
      columns[TERMS[term] as (typeof TERMS)[number]][row] = above[term] as number;
    }
  }
}

/** Scratch of one call. */
const terms = new Float64Array(TERMS.length);

function freshTerms(): Float64Array {
  return terms.fill(0);
}
