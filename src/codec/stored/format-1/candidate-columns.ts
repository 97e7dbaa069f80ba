/** A decision's candidates as format 1 of the log record stored them. Only read, to upgrade them: never change it. */
import { CandidateColumns, ROW_SCORED } from '../../../core/decide/candidate-columns.ts';
import type { ByteReader } from '../byte-reader.ts';

const CANDIDATE_ROWS_MAX = 4096;

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

// Scratch of one call.
const termColumns = new Array<Float32Array>(TERMS).fill(new Float32Array(0));
const above = new Float32Array(TERMS);
const seen = new Array<string>(SEEN_MAX).fill('');
let seenCount = 0;

export function readColumnsV1(reader: ByteReader): CandidateColumns {
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

function readDetails(reader: ByteReader, columns: CandidateColumns, row: number): void {
  const details = reader.u8();
  if (details & COMPARED) {
    columns.value[row] = reader.number();
    columns.limit[row] = reader.number();
  }
  if (details & REF) columns.ref[row] = readSeen(reader);
  if (details & PRODUCT) columns.product[row] = readSeen(reader);
}

function readSeen(reader: ByteReader): string {
  const place = reader.u8() - 1;
  if (place >= seenCount) reader.fail('a text that was seen above');
  if (place >= 0) return seen[place] as string;
  const text = reader.word();
  if (seenCount < SEEN_MAX) seen[seenCount++] = text;
  return text;
}

/** A mask of the terms that differ from the scored row above, then those. */
function readTerms(reader: ByteReader, columns: CandidateColumns, row: number): void {
  columns.scoreRow[row] = reader.number();
  columns.propensity[row] = reader.f64();
  const mask = reader.u16();
  for (let term = 0; term < TERMS; term++) {
    if ((mask & (1 << term)) !== 0) above[term] = reader.f32();
    (termColumns[term] as Float32Array)[row] = above[term] as number;
  }
}
