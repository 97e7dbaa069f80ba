/**
 * A decision's candidates: the rows first (`candidate-rows-codec.ts`), then column by column what was computed for those
 * that were scored (`candidate-terms-codec.ts`). What no reader needs is not stored, and comes back as a new column's
 * value: value and limit only where there is a reason; score row, terms of the expected value and propensity only of rows
 * that were scored or chosen.
 */
import { assert } from '../../base/assert.ts';
import { CandidateColumns } from '../../core/decide/candidate-columns.ts';
import type { Choice } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CANDIDATE_ROWS_MAX, readRows, type ScoredRows, writeRows } from './candidate-rows-codec.ts';
import { readTerms, writeTerms } from './candidate-terms-codec.ts';

// Scratch of one call: encoding and decoding are synchronous and never nest.
const scored: ScoredRows = { rows: new Uint16Array(CANDIDATE_ROWS_MAX), count: 0 };

/** `choices`: of the same decision, stored before it. What they say already is not said again. */
export function writeCandidateColumns(
  writer: ByteWriter,
  columns: CandidateColumns,
  choices: readonly Choice[],
): void {
  const count = columns.count;
  assert(count <= CANDIDATE_ROWS_MAX, 'too many candidates for a record');
  writer.varint(count);
  writeRows(writer, columns, choices, scored);
  writeTerms(writer, columns, choices, scored);
}

export function readCandidateColumns(reader: ByteReader, choices: readonly Choice[]): CandidateColumns {
  const count = reader.varint();
  if (count > CANDIDATE_ROWS_MAX) reader.fail(`at most ${CANDIDATE_ROWS_MAX} candidates, not ${count}`);
  const columns = new CandidateColumns(count);
  columns.count = count;
  readRows(reader, columns, choices, scored);
  readTerms(reader, columns, choices, scored);
  return columns;
}
