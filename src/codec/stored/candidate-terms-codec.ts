/**
 * What was computed for the rows that were scored: propensities, then each term of the expected value as a column. Rows
 * of one channel and one product share most terms, so a column is the bits by which each row's term differs from that of
 * the scored row above.
 */
import { type CandidateColumns, ROW_CHOSEN } from '../../core/decide/candidate-columns.ts';
import type { Choice } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CANDIDATE_ROWS_MAX, type ScoredRows } from './candidate-rows-codec.ts';
import { NAN_BITS } from './float-bits.ts';
import { isSame } from './same-number.ts';

// Again here, because the engine folds a file's own constants, and imported ones not.
const NAN = NAN_BITS;
const CHOSEN = ROW_CHOSEN;

/** The float32 terms, in stored order. */
const TERMS = 14;
const MARGIN = 3;
const MARGIN_0 = 5;
/** A place that no term has: never filled. */
const FREE = 11;

// How a term's column is stored; two bits each.
const ZEROS = 0;
const CHANGED = 1;
/** Without a lift in margin both margins are one. */
const AS_MARGIN = 2;

// Whether the propensities of chosen rows are left out.
const ALL = 0;
/** A chosen row's is its choice's, where there is one that names the row. */
const BUT_CHOSEN = 1;

// Scratch of one call.
const terms = new Array<Float32Array>(TERMS).fill(new Float32Array(0));
const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);
const changed = new Int32Array(CANDIDATE_ROWS_MAX);

export function writeTerms(
  writer: ByteWriter,
  columns: CandidateColumns,
  choices: readonly Choice[],
  { rows, count }: ScoredRows,
): void {
  if (count === 0) return;
  writePropensities(writer, columns, choices, rows, count);
  begin(columns);
  const formsAt = writer.size;
  writer.u32(0);
  let forms = 0;
  for (let term = 0; term < TERMS; term++) {
    if (term === MARGIN_0 && isMargin(rows, count)) {
      forms |= AS_MARGIN << (term * 2);
      continue;
    }
    if (term !== FREE && compare(terms[term] as Float32Array, rows, count)) {
      forms |= CHANGED << (term * 2);
      writer.sparseWords(changed, count);
    }
  }
  writer.u32At(formsAt, forms);
}

export function readTerms(
  reader: ByteReader,
  columns: CandidateColumns,
  choices: readonly Choice[],
  { rows, count }: ScoredRows,
): void {
  if (count === 0) return;
  readPropensities(reader, columns, choices, rows, count);
  begin(columns);
  const forms = reader.u32();
  for (let term = 0; term < TERMS; term++) {
    const form = (forms >>> (term * 2)) & 3;
    if (form === ZEROS) continue;
    if (term === FREE) reader.fail('a column of terms');
    const into = terms[term] as Float32Array;
    if (form === CHANGED) {
      reader.sparseWords(changed, count);
      let bits = 0;
      for (let i = 0; i < count; i++) {
        bits ^= changed[i] as number;
        floatBits[0] = bits;
        into[rows[i] as number] = float[0] as number;
      }
    } else if (form === AS_MARGIN && term > MARGIN) {
      const margin = terms[MARGIN] as Float32Array;
      for (let i = 0; i < count; i++) into[rows[i] as number] = margin[rows[i] as number] as number;
    } else reader.fail('a column of terms');
  }
}

function begin(columns: CandidateColumns): void {
  terms[0] = columns.p0;
  terms[1] = columns.tau;
  terms[2] = columns.tauSd;
  terms[MARGIN] = columns.margin;
  terms[4] = columns.discount;
  terms[MARGIN_0] = columns.margin0;
  terms[6] = columns.engage;
  terms[7] = columns.engageValue;
  terms[8] = columns.unsubscribe;
  terms[9] = columns.unsubscribeCost;
  terms[10] = columns.channelCost;
  terms[12] = columns.ev;
  terms[13] = columns.evSd;
}

/**
 * Into `changed`: of each scored row the bits that differ from the row above. False when none does. Bits tell −0 from 0
 * and know NaN, of which one form is as good as another.
 */
function compare(term: Float32Array, rows: Uint16Array, count: number): boolean {
  let any = 0;
  let above = 0;
  for (let i = 0; i < count; i++) {
    const value = term[rows[i] as number] as number;
    float[0] = value;
    const bits = Number.isNaN(value) ? NAN : (floatBits[0] as number);
    const differs = bits ^ above;
    changed[i] = differs;
    any |= differs;
    above = bits;
  }
  return any !== 0;
}

/** True when the margin's column would say the same and says anything. */
function isMargin(rows: Uint16Array, count: number): boolean {
  const margin = terms[MARGIN] as Float32Array;
  const margin0 = terms[MARGIN_0] as Float32Array;
  let any = false;
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    const value = margin[row] as number;
    if (!isSame(value, margin0[row] as number)) return false;
    if (value !== 0) any = true;
  }
  return any;
}

function writePropensities(
  writer: ByteWriter,
  columns: CandidateColumns,
  choices: readonly Choice[],
  rows: Uint16Array,
  count: number,
): void {
  const { stage, propensity } = columns;
  let form = BUT_CHOSEN;
  for (let i = 0; i < choices.length; i++) {
    const { row, propensity: chosen } = choices[i] as Choice;
    if (row < columns.count && stage[row] === CHOSEN && !isSame(propensity[row] as number, chosen))
      form = ALL;
  }
  writer.u8(form);
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    if (form === BUT_CHOSEN && stage[row] === CHOSEN && choiceOf(choices, row) !== undefined) continue;
    writer.f64(propensity[row] as number);
  }
}

function readPropensities(
  reader: ByteReader,
  { stage, propensity }: CandidateColumns,
  choices: readonly Choice[],
  rows: Uint16Array,
  count: number,
): void {
  const form = reader.code(2, 'a form of propensities');
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    const choice = form === BUT_CHOSEN && stage[row] === CHOSEN ? choiceOf(choices, row) : undefined;
    propensity[row] = choice === undefined ? reader.f64() : choice.propensity;
  }
}

function choiceOf(choices: readonly Choice[], row: number): Choice | undefined {
  for (let i = 0; i < choices.length; i++) {
    const choice = choices[i] as Choice;
    if (choice.row === row) return choice;
  }
  return undefined;
}
