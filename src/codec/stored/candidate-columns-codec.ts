/**
 * A decision's candidates. Neighbouring rows are much alike, so each row says in one byte what differs from the row
 * above, and rows that continue the pattern cost nothing but a count. What no reader needs is not stored, and comes back
 * as a new column's value: value and limit only where there is a reason; score row, terms of the expected value and
 * propensity only of rows that were scored or chosen.
 */
import { assert } from '../../base/assert.ts';
import { CandidateColumns, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isZero } from './same-number.ts';

/** More rows than any request can propose; keeps a damaged count from asking for much memory. */
export const CANDIDATE_ROWS_MAX = 4096;

// What differs from the row above; 0 is followed by the number of rows that all continue it.
const ACTION = 1;
const PLACEMENT = 2;
const VARIANT = 4;
const CHANNEL = 8;
const PROPOSER = 16;
const STAGE = 32;
const REASON = 64;
const DETAILS = 128;

// Details of a row.
const COMPARED = 1;
const REF = 2;
const PRODUCT = 4;

/** Texts remembered within one decision; a repeated one is named by its place. */
const SEEN_MAX = 16;

/** The float32 terms; one bit each in a row's mask. */
const TERMS = 14;

// Scratch of one call: encoding and decoding are synchronous and never nest.
/** The terms' columns in stored order, and their values in the scored row above. */
const termColumns = new Array<Float32Array>(TERMS).fill(new Float32Array(0));
const above = new Float32Array(TERMS);
const aboveBits = new Int32Array(above.buffer);
const changed = new Float32Array(TERMS + 1);
const changedBits = new Int32Array(changed.buffer);
const seen = new Array<string>(SEEN_MAX).fill('');
/** Of each text seen, for a quick no. */
const seenMarks = new Int32Array(SEEN_MAX);
let seenCount = 0;

export function writeCandidateColumns(writer: ByteWriter, columns: CandidateColumns): void {
  const count = columns.count;
  assert(count <= CANDIDATE_ROWS_MAX, 'too many candidates for a record');
  writer.varint(count);
  begin(columns);
  const { reason, stage, value, limit, ref, product } = columns;
  const { action: actions, placement, variant, channel, proposer } = columns;
  let alike = 0;
  let lastAction = 0;
  let lastOrigin = 0;
  let lastFate = 0;
  for (let row = 0; row < count; row++) {
    // NOTHING counts as 0, the row before the first action.
    const action = ((actions[row] as number) + 1) & 0xffff;
    const rowStage = stage[row] as number;
    const rowReason = reason[row] as number;
    const origin =
      (placement[row] as number) |
      ((variant[row] as number) << 8) |
      ((channel[row] as number) << 16) |
      ((proposer[row] as number) << 24);
    const fate = rowStage | (rowReason << 8);
    let details = 0;
    if (rowReason !== 0 && !(isZero(value[row] as number) && isZero(limit[row] as number)))
      details = COMPARED;
    if ((ref[row] as string).length !== 0) details |= REF;
    if ((product[row] as string).length !== 0) details |= PRODUCT;
    const next = action === lastAction + 1;
    lastAction = action;
    if (next && details === 0 && origin === lastOrigin && fate === lastFate) {
      alike++;
      if (rowStage >= ROW_SCORED) {
        writeAlike(writer, alike);
        alike = 0;
        writeTerms(writer, columns, row);
      }
      continue;
    }
    if (alike !== 0) {
      writeAlike(writer, alike);
      alike = 0;
    }
    const changed = origin ^ lastOrigin;
    const mask =
      (next ? 0 : ACTION) |
      ((changed & 0xff) === 0 ? 0 : PLACEMENT) |
      ((changed & 0xff00) === 0 ? 0 : VARIANT) |
      ((changed & 0xff0000) === 0 ? 0 : CHANNEL) |
      (changed >>> 24 === 0 ? 0 : PROPOSER) |
      (rowStage === (lastFate & 0xff) ? 0 : STAGE) |
      (rowReason === lastFate >>> 8 ? 0 : REASON) |
      (details === 0 ? 0 : DETAILS);
    lastOrigin = origin;
    lastFate = fate;
    writer.u8(mask);
    if (mask & ACTION) writer.varint(action);
    if (mask & PLACEMENT) writer.u8(placement[row] as number);
    if (mask & VARIANT) writer.u8(variant[row] as number);
    if (mask & CHANNEL) writer.u8(channel[row] as number);
    if (mask & PROPOSER) writer.u8(proposer[row] as number);
    if (mask & STAGE) writer.u8(rowStage);
    if (mask & REASON) writer.u8(rowReason);
    if (details !== 0) writeDetails(writer, columns, row, details);
    if (rowStage >= ROW_SCORED) writeTerms(writer, columns, row);
  }
  if (alike !== 0) writeAlike(writer, alike);
}

function writeAlike(writer: ByteWriter, rows: number): void {
  writer.u8(0);
  writer.varint(rows);
}

export function readCandidateColumns(reader: ByteReader): CandidateColumns {
  const count = reader.varint();
  if (count > CANDIDATE_ROWS_MAX) reader.fail(`at most ${CANDIDATE_ROWS_MAX} candidates, not ${count}`);
  const columns = new CandidateColumns(count);
  columns.count = count;
  begin(columns);
  let alike = 0;
  let action = 0;
  let placement = 0;
  let variant = 0;
  let channel = 0;
  let proposer = 0;
  let stage = 0;
  let reason = 0;
  for (let row = 0; row < count; row++) {
    let mask = 0;
    if (alike > 0) alike--;
    else {
      mask = reader.u8();
      if (mask === 0) {
        alike = reader.varint() - 1;
        if (alike < 0 || alike >= count - row) reader.fail('a number of candidates alike');
      }
    }
    action = mask & ACTION ? reader.varint() : action + 1;
    if (action > 0xffff) reader.fail(`an action, not ${action}`);
    if (mask & PLACEMENT) placement = reader.u8();
    if (mask & VARIANT) variant = reader.u8();
    if (mask & CHANNEL) channel = reader.u8();
    if (mask & PROPOSER) proposer = reader.u8();
    if (mask & STAGE) stage = reader.u8();
    if (mask & REASON) reason = reader.u8();
    columns.action[row] = action - 1;
    columns.placement[row] = placement;
    columns.variant[row] = variant;
    columns.channel[row] = channel;
    columns.proposer[row] = proposer;
    columns.stage[row] = stage;
    columns.reason[row] = reason;
    columns.scoreRow[row] = -1;
    if (mask & DETAILS) readDetails(reader, columns, row);
    if (stage >= ROW_SCORED) readTerms(reader, columns, row);
  }
  return columns;
}

function begin(columns: CandidateColumns): void {
  seenCount = 0;
  above.fill(0);
  termColumns[0] = columns.p0;
  termColumns[1] = columns.tau;
  termColumns[2] = columns.tauSd;
  termColumns[3] = columns.margin;
  termColumns[4] = columns.discount;
  termColumns[5] = columns.margin0;
  termColumns[6] = columns.engage;
  termColumns[7] = columns.engageValue;
  termColumns[8] = columns.unsubscribe;
  termColumns[9] = columns.unsubscribeCost;
  termColumns[10] = columns.channelCost;
  termColumns[11] = columns.budgetCost;
  termColumns[12] = columns.ev;
  termColumns[13] = columns.evSd;
}

function writeDetails(writer: ByteWriter, columns: CandidateColumns, row: number, details: number): void {
  writer.u8(details);
  if (details & COMPARED) {
    writer.number(columns.value[row] as number);
    writer.number(columns.limit[row] as number);
  }
  if (details & REF) writeSeen(writer, columns.ref[row] as string);
  if (details & PRODUCT) writeSeen(writer, columns.product[row] as string);
}

function readDetails(reader: ByteReader, columns: CandidateColumns, row: number): void {
  const details = reader.u8();
  if (details & COMPARED) {
    columns.value[row] = reader.number();
    columns.limit[row] = reader.number();
  }
  if (details & REF) columns.ref[row] = readSeen(reader);
  if (details & PRODUCT) columns.product[row] = readSeen(reader);
}

function writeSeen(writer: ByteWriter, text: string): void {
  const mark = markOf(text);
  for (let place = 0; place < seenCount; place++) {
    if (seenMarks[place] === mark && seen[place] === text) {
      writer.u8(place + 1);
      return;
    }
  }
  writer.u8(0);
  writer.text(text);
  if (seenCount < SEEN_MAX) {
    seenMarks[seenCount] = mark;
    seen[seenCount++] = text;
  }
}

/** Tells most texts apart by one number: ids of a shop are alike in length and beginning, and comparing them is dear. */
function markOf(text: string): number {
  const { length } = text;
  return (length << 16) ^ (text.charCodeAt(length - 1) << 8) ^ text.charCodeAt(length >> 1);
}

function readSeen(reader: ByteReader): string {
  const place = reader.u8() - 1;
  if (place >= seenCount) reader.fail('a text that was seen above');
  if (place >= 0) return seen[place] as string;
  const text = reader.word();
  if (seenCount < SEEN_MAX) seen[seenCount++] = text;
  return text;
}

/** A mask of the terms that differ from the scored row above, then those; rows of one channel share most of them. */
function writeTerms(writer: ByteWriter, columns: CandidateColumns, row: number): void {
  writer.number(columns.scoreRow[row] as number);
  writer.f64(columns.propensity[row] as number);
  let mask = 0;
  let count = 0;
  for (let term = 0; term < TERMS; term++) {
    const value = (termColumns[term] as Float32Array)[row] as number;
    // Bits tell −0 from 0 and know NaN, of which one form is as good as another.
    changed[count] = Number.isNaN(value) ? Number.NaN : value;
    const bits = changedBits[count] as number;
    if (bits === aboveBits[term]) continue;
    aboveBits[term] = bits;
    mask |= 1 << term;
    count++;
  }
  writer.u16(mask);
  writer.rawFloats(changed, count);
}

function readTerms(reader: ByteReader, columns: CandidateColumns, row: number): void {
  columns.scoreRow[row] = reader.number();
  columns.propensity[row] = reader.f64();
  const mask = reader.u16();
  for (let term = 0; term < TERMS; term++) {
    if ((mask & (1 << term)) !== 0) above[term] = reader.f32();
    (termColumns[term] as Float32Array)[row] = above[term] as number;
  }
}
