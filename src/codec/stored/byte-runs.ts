import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** First byte: the column follows byte by byte, else the number of runs, each a value and a length. */
const PLAIN = 0;
const RUNS_MAX = 127;

/** The first `count` (≥ 1) bytes of a column, short when neighbours are equal. */
export function writeByteRuns(writer: ByteWriter, column: Uint8Array, count: number): void {
  let runs = 1;
  for (let row = 1; row < count; row++) if (column[row] !== column[row - 1]) runs++;
  if (runs * 2 > count || runs > RUNS_MAX) {
    writer.u8(PLAIN);
    writer.rawBytes(column, count);
    return;
  }
  writer.u8(runs);
  let from = 0;
  for (let row = 1; row <= count; row++) {
    if (row < count && column[row] === column[from]) continue;
    writer.u8(column[from] as number);
    writer.varint(row - from);
    from = row;
  }
}

export function readByteRuns(reader: ByteReader, column: Uint8Array, count: number): void {
  const runs = reader.u8();
  if (runs === PLAIN) {
    reader.rawBytes(column, count);
    return;
  }
  let row = 0;
  for (let run = 0; run < runs; run++) {
    const value = reader.u8();
    const length = reader.varint();
    if (length > count - row) reader.fail(`a run of at most ${count - row}, not ${length}`);
    column.fill(value, row, row + length);
    row += length;
  }
  if (row !== count) reader.fail(`runs over ${count} rows, not ${row}`);
}
