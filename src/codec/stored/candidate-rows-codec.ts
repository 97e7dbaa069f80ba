// Long because the engine folds constants only within a file: imported ones made writing rows a sixth slower.
/**
 * The rows of a decision's candidates, but for what scoring computed. A row's kind (placement, variant, channel, proposer,
 * stage, reason, score row) is one of a few in a decision: written when it comes first, then named by its place. A row
 * whose action is the next one, and whose details go on as those of the last row of its kind did, is nothing but that
 * place; more such rows in a row are a number.
 */
import { type CandidateColumns, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import type { Choice } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { NUMBER_MAX, nameOf, numberOfName } from './numbered-name.ts';
import { isSame } from './same-number.ts';
import { SeenTexts } from './seen-texts.ts';

/** More rows than any request can propose; keeps a damaged count from asking for much memory. */
export const CANDIDATE_ROWS_MAX = 4096;

/** Again here, to be folded. */
const SCORED = ROW_SCORED;

/** Rows that were scored or chosen, in order. */
export interface ScoredRows {
  readonly rows: Uint16Array;
  count: number;
}

// The first byte of a row. Low five bits: the place of its kind, or one of two others.
const KINDS_MAX = 30;
const KIND_NEW = 30;
/** The upper three bits, or, when they are 0, eight and what follows: how many rows go on as the one above. */
const ALIKE = 31;
const ALIKE_MAX = 7;
const KIND_BITS = 31;
/** Follows: an action that is not the next one. */
const ACTION = 32;
/** Follows: details, not of the form that the last row of this kind had. */
const DETAILS = 64;
/** Follows: a limit other than the last one. It changes so often that it gets a bit here. */
const LIMIT = 128;

// A kind that comes first: what differs from the kind before.
const PLACEMENT = 1;
const VARIANT = 2;
const CHANNEL = 4;
const PROPOSER = 8;
const STAGE = 16;
const REASON = 32;
const SCORE_ROW = 64;

// Details. Low three bits: what the row refers to.
const REF_BITS = 7;
/** Conditions are named `#7` by their number. */
const REF_NEXT_NUMBER = 1;
const REF_SAME_NUMBER = 2;
const REF_NUMBER = 3;
const REF_SAME_TEXT = 4;
const REF_TEXT = 5;
const PRODUCT_BITS = 24;
const PRODUCT_SAME = 8;
const PRODUCT_TEXT = 16;
/** Follows: a value other than the last one. */
const VALUE = 32;

/** How details most likely go on in the next row of the kind: what was given once is then the same, a number the next. */
const GOES_ON = Uint8Array.from({ length: 64 }, (_, details) => {
  const ref = details & REF_BITS;
  const goesOn = ref === REF_NUMBER ? REF_NEXT_NUMBER : ref === REF_TEXT ? REF_SAME_TEXT : ref;
  return goesOn | ((details & PRODUCT_BITS) === 0 ? 0 : PRODUCT_SAME);
});

/** Stage, reason and score row of a row that was not scored: the score row is −1. */
const UNSCORED = -1 << 16;

// Scratch of one call.
/** Of each kind: placement, variant, channel, proposer; stage, reason, score row (16 bits); the details expected next. */
const origins = new Int32Array(KINDS_MAX + 1);
const fates = new Int32Array(KINDS_MAX + 1);
const expected = new Uint8Array(KINDS_MAX + 1);
const texts = new SeenTexts();

/** The rows, but for what `writeTerms` writes; says which were scored. */
export function writeRows(
  writer: ByteWriter,
  columns: CandidateColumns,
  choices: readonly Choice[],
  scored: ScoredRows,
): void {
  const { count, reason, stage, value, limit, ref, product, scoreRow } = columns;
  const { action: actions, placement, variant, channel, proposer } = columns;
  texts.begin();
  let lastProduct = firstProduct(choices);
  let lastText = '';
  let lastNumber = -1;
  let lastValue = 0;
  let lastLimit = 0;
  let lastAction = 0;
  let kinds = 0;
  let kind = KIND_NEW;
  let origin = 0;
  let fate = UNSCORED;
  let alike = 0;
  let scoredCount = 0;
  for (let row = 0; row < count; row++) {
    // NOTHING counts as 0, the row before the first action.
    const action = ((actions[row] as number) + 1) & 0xffff;
    const rowReason = reason[row] as number;
    const rowStage = stage[row] as number;
    const rowOrigin =
      (placement[row] as number) |
      ((variant[row] as number) << 8) |
      ((channel[row] as number) << 16) |
      ((proposer[row] as number) << 24);
    let rowFate = rowStage | (rowReason << 8);
    if (rowStage >= SCORED) {
      rowFate |= (scoreRow[row] as number) << 16;
      scored.rows[scoredCount++] = row;
    } else rowFate |= UNSCORED;

    let head = action === lastAction + 1 ? 0 : ACTION;
    lastAction = action;
    let details = 0;
    if (rowReason !== 0) {
      if (!isSame(value[row] as number, lastValue)) details = VALUE;
      if (!isSame(limit[row] as number, lastLimit)) head |= LIMIT;
    }
    const rowRef = ref[row] as string;
    if (rowRef.length !== 0) {
      const number = numberOfName(rowRef);
      if (number < 0) details |= rowRef === lastText ? REF_SAME_TEXT : REF_TEXT;
      else {
        details |=
          number === lastNumber + 1 ? REF_NEXT_NUMBER : number === lastNumber ? REF_SAME_NUMBER : REF_NUMBER;
        lastNumber = number;
      }
    }
    const rowProduct = product[row] as string;
    if (rowProduct.length !== 0) details |= rowProduct === lastProduct ? PRODUCT_SAME : PRODUCT_TEXT;

    const sameKind = rowOrigin === origin && rowFate === fate && kind < KIND_NEW;
    if (sameKind && head === 0 && details === expected[kind]) {
      alike++;
      continue;
    }
    if (alike !== 0) {
      writeAlike(writer, alike);
      alike = 0;
    }
    const lastOrigin = origin;
    const lastFate = fate;
    if (!sameKind) {
      origin = rowOrigin;
      fate = rowFate;
      kind = 0;
      while (kind < kinds && (origins[kind] !== origin || fates[kind] !== fate)) kind++;
      if (kind === kinds) {
        kind = KIND_NEW;
        expected[KIND_NEW] = 0;
      }
    }
    head |= kind;
    if (details !== expected[kind]) head |= DETAILS;
    writer.u8(head);
    if (kind === KIND_NEW) {
      writeKind(writer, origin, fate, lastOrigin, lastFate);
      if (kinds < KINDS_MAX) {
        kind = kinds++;
        origins[kind] = origin;
        fates[kind] = fate;
      }
    }
    expected[kind] = GOES_ON[details] as number;
    if (head & ACTION) writer.varint(action);
    if (head & DETAILS) writer.u8(details);
    if (details & VALUE) {
      lastValue = value[row] as number;
      writer.number(lastValue);
    }
    if (head & LIMIT) {
      lastLimit = limit[row] as number;
      writer.number(lastLimit);
    }
    if ((details & REF_BITS) === REF_NUMBER) writer.varint(lastNumber);
    else if ((details & REF_BITS) === REF_TEXT) {
      lastText = rowRef;
      texts.write(writer, rowRef);
    }
    if (details & PRODUCT_TEXT) {
      lastProduct = rowProduct;
      texts.write(writer, rowProduct);
    }
  }
  if (alike !== 0) writeAlike(writer, alike);
  scored.count = scoredCount;
}

/** Into the first `columns.count` rows what `writeRows` wrote. */
export function readRows(
  reader: ByteReader,
  columns: CandidateColumns,
  choices: readonly Choice[],
  scored: ScoredRows,
): void {
  const { count } = columns;
  texts.begin();
  let lastProduct = firstProduct(choices);
  let lastText = '';
  let lastNumber = -1;
  let lastValue = 0;
  let lastLimit = 0;
  let action = 0;
  let kinds = 0;
  let kind = KIND_NEW;
  let origin = 0;
  let fate = UNSCORED;
  let alike = 0;
  scored.count = 0;
  for (let row = 0; row < count; row++) {
    let head = kind;
    if (alike > 0) alike--;
    else {
      head = reader.u8();
      if ((head & KIND_BITS) === ALIKE) {
        alike = (head >>> 5 === 0 ? reader.varint() + ALIKE_MAX + 1 : head >>> 5) - 1;
        if (alike >= count - row) reader.fail(`at most ${count - row} candidates alike`);
        if (kind === KIND_NEW) reader.fail('a kind of candidate');
        head = kind;
      } else {
        kind = head & KIND_BITS;
        if (kind === KIND_NEW) {
          const changed = reader.u8();
          origin = readOrigin(reader, origin, changed);
          fate = readFate(reader, fate, changed);
          expected[KIND_NEW] = 0;
          if (kinds < KINDS_MAX) {
            kind = kinds++;
            origins[kind] = origin;
            fates[kind] = fate;
            expected[kind] = 0;
          }
        } else {
          if (kind >= kinds) reader.fail(`a kind of candidate below ${kinds}, not ${kind}`);
          origin = origins[kind] as number;
          fate = fates[kind] as number;
        }
      }
    }
    action = head & ACTION ? reader.varint() : action + 1;
    if (action > 0xffff) reader.fail(`an action, not ${action}`);
    const details = head & DETAILS ? reader.code(GOES_ON.length, 'details') : (expected[kind] as number);
    expected[kind] = GOES_ON[details] as number;
    if (details & VALUE) lastValue = reader.number();
    if (head & LIMIT) lastLimit = reader.number();
    const rowReason = (fate >>> 8) & 0xff;
    if (rowReason !== 0) {
      columns.value[row] = lastValue;
      columns.limit[row] = lastLimit;
    }
    switch (details & REF_BITS) {
      case 0:
        break;
      case REF_NEXT_NUMBER:
      case REF_SAME_NUMBER:
      case REF_NUMBER:
        if ((details & REF_BITS) === REF_NEXT_NUMBER) lastNumber++;
        else if ((details & REF_BITS) === REF_NUMBER) lastNumber = reader.varint();
        if (lastNumber < 0 || lastNumber > NUMBER_MAX)
          reader.fail(`a number of a condition, not ${lastNumber}`);
        columns.ref[row] = nameOf(lastNumber);
        break;
      case REF_TEXT:
        lastText = texts.read(reader);
        columns.ref[row] = lastText;
        break;
      case REF_SAME_TEXT:
        columns.ref[row] = lastText;
        break;
      default:
        reader.fail('what a candidate refers to');
    }
    if (details & PRODUCT_TEXT) lastProduct = texts.read(reader);
    if (details & PRODUCT_BITS) columns.product[row] = lastProduct;
    columns.action[row] = action - 1;
    columns.placement[row] = origin & 0xff;
    columns.variant[row] = (origin >>> 8) & 0xff;
    columns.channel[row] = (origin >>> 16) & 0xff;
    columns.proposer[row] = origin >>> 24;
    columns.stage[row] = fate & 0xff;
    columns.reason[row] = rowReason;
    columns.scoreRow[row] = fate >> 16;
    if ((fate & 0xff) >= SCORED) scored.rows[scored.count++] = row;
  }
}

/** Most rows that promote something promote what was chosen. */

function firstProduct(choices: readonly Choice[]): string {
  for (let i = 0; i < choices.length; i++) {
    const { product } = choices[i] as Choice;
    if (product.length !== 0) return product;
  }
  return '';
}

function writeAlike(writer: ByteWriter, rows: number): void {
  if (rows <= ALIKE_MAX) writer.u8(ALIKE | (rows << 5));
  else {
    writer.u8(ALIKE);
    writer.varint(rows - ALIKE_MAX - 1);
  }
}

function writeKind(
  writer: ByteWriter,
  origin: number,
  fate: number,
  lastOrigin: number,
  lastFate: number,
): void {
  const byOrigin = origin ^ lastOrigin;
  const byFate = fate ^ lastFate;
  const changed =
    ((byOrigin & 0xff) === 0 ? 0 : PLACEMENT) |
    ((byOrigin & 0xff00) === 0 ? 0 : VARIANT) |
    ((byOrigin & 0xff0000) === 0 ? 0 : CHANNEL) |
    (byOrigin >>> 24 === 0 ? 0 : PROPOSER) |
    ((byFate & 0xff) === 0 ? 0 : STAGE) |
    ((byFate & 0xff00) === 0 ? 0 : REASON) |
    (byFate >>> 16 === 0 ? 0 : SCORE_ROW);
  writer.u8(changed);
  if (changed & PLACEMENT) writer.u8(origin & 0xff);
  if (changed & VARIANT) writer.u8((origin >>> 8) & 0xff);
  if (changed & CHANNEL) writer.u8((origin >>> 16) & 0xff);
  if (changed & PROPOSER) writer.u8(origin >>> 24);
  if (changed & STAGE) writer.u8(fate & 0xff);
  if (changed & REASON) writer.u8((fate >>> 8) & 0xff);
  // From −1 on, so that a byte holds it.
  if (changed & SCORE_ROW) writer.varint(((fate >> 16) + 1) & 0xffff);
}

function readOrigin(reader: ByteReader, last: number, changed: number): number {
  const placement = changed & PLACEMENT ? reader.u8() : last & 0xff;
  const variant = changed & VARIANT ? reader.u8() : (last >>> 8) & 0xff;
  const channel = changed & CHANNEL ? reader.u8() : (last >>> 16) & 0xff;
  const proposer = changed & PROPOSER ? reader.u8() : last >>> 24;
  return placement | (variant << 8) | (channel << 16) | (proposer << 24);
}

function readFate(reader: ByteReader, last: number, changed: number): number {
  const stage = changed & STAGE ? reader.u8() : last & 0xff;
  const reason = changed & REASON ? reader.u8() : (last >>> 8) & 0xff;
  const scoreRow = changed & SCORE_ROW ? reader.varint() - 1 : last >> 16;
  if (scoreRow > 0xffff) reader.fail(`a score row, not ${scoreRow}`);
  return stage | (reason << 8) | (scoreRow << 16);
}
