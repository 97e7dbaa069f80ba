import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { CandidateColumns, NOTHING, ROW_REMOVED, ROW_SCORED } from '../../core/decide/candidate-columns.ts';
import { arbColumns } from './arbitrary-facts.fixture.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readCandidateColumns, writeCandidateColumns } from './candidate-columns-codec.ts';
import { CANDIDATE_ROWS_MAX } from './candidate-rows-codec.ts';
import { encodeProfile } from './profile-codec.ts';
import { encodeRecord } from './record-codec.ts';
import { sampleDecision, sampleProfile } from './sample-values.fixture.ts';

function stored(columns: CandidateColumns): Buffer {
  const writer = new ByteWriter();
  writeCandidateColumns(writer, columns, []);
  return writer.copy();
}

/** `columns` in a pool's columns, where other decisions left their values behind. */
function pooled(columns: CandidateColumns): CandidateColumns {
  const pool = new CandidateColumns(columns.count + 7);
  for (const column of Object.values(pool)) {
    if (Array.isArray(column)) column.fill('left behind');
    else if (ArrayBuffer.isView(column)) (column as Uint8Array).fill(9);
  }
  pool.count = columns.count;
  for (let row = 0; row < columns.count; row++) {
    const stage = columns.stage[row] as number;
    for (const name of [
      'placement',
      'action',
      'variant',
      'channel',
      'proposer',
      'stage',
      'reason',
    ] as const) {
      pool[name][row] = columns[name][row] as number;
    }
    pool.ref[row] = columns.ref[row] as string;
    pool.product[row] = columns.product[row] as string;
    if (columns.reason[row] !== 0) {
      pool.value[row] = columns.value[row] as number;
      pool.limit[row] = columns.limit[row] as number;
    }
    if (stage < ROW_SCORED) continue;
    for (const [name, column] of Object.entries(columns)) {
      if (column instanceof Float32Array || name === 'scoreRow' || name === 'propensity') {
        (pool as unknown as Record<string, Float32Array>)[name]?.set([column[row] as number], row);
      }
    }
  }
  return pool;
}

test('what other decisions left in pooled columns is never stored', () => {
  fc.assert(
    fc.property(arbColumns, (columns) => {
      const bytes = stored(pooled(columns));
      expect(Buffer.compare(bytes, stored(columns))).toBe(0);
      expect(isDeepStrictEqual(readCandidateColumns(new ByteReader(bytes), []), columns)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it('stores a long row of candidates that failed alike in a few bytes', () => {
  const columns = new CandidateColumns(CANDIDATE_ROWS_MAX);
  columns.count = CANDIDATE_ROWS_MAX;
  for (let row = 0; row < columns.count; row++) {
    columns.action[row] = row === 0 ? NOTHING : row - 1;
    columns.scoreRow[row] = -1;
    columns.stage[row] = ROW_REMOVED;
    columns.reason[row] = 23;
  }
  const bytes = stored(columns);
  expect(bytes.length).toBeLessThan(16);
  expect(isDeepStrictEqual(readCandidateColumns(new ByteReader(bytes), []), columns)).toBe(true);
});

it('stores rows of more kinds than it has places for, and of those that have one again', () => {
  const columns = new CandidateColumns(200);
  columns.count = 200;
  for (let row = 0; row < columns.count; row++) {
    columns.action[row] = row >> 1;
    columns.channel[row] = (row >> 1) % 50;
    columns.scoreRow[row] = -1;
    columns.stage[row] = ROW_REMOVED;
    columns.reason[row] = 23;
    columns.ref[row] = `#${row >> 2}`;
  }
  const back = readCandidateColumns(new ByteReader(stored(columns)), []);
  expect(isDeepStrictEqual(back, columns)).toBe(true);
});

it('refuses a kind that was not seen, more rows alike than there are, and a reference of no form', () => {
  // One row of the first kind with nothing about it, then what is wrong.
  const kind = [30, 0];
  const read = (...bytes: number[]) => readCandidateColumns(new ByteReader(Uint8Array.from(bytes)), []);
  expect(read(2, ...kind, 31 | (1 << 5)).count).toBe(2);
  expect(() => read(2, ...kind, 1)).toThrow('a kind of candidate below 1, not 1');
  expect(() => read(2, 31 | (1 << 5))).toThrow('a kind of candidate');
  expect(() => read(2, ...kind, 31 | (2 << 5))).toThrow('at most 1 candidates alike');
  expect(() => read(2, ...kind, 64, 6)).toThrow('what a candidate refers to');
  expect(() => read(2, ...kind, 64, 64)).toThrow('details below 64');
  expect(() => read(2, ...kind, 64, 2)).toThrow('a number of a condition, not -1');
  expect(() => read(2, ...kind, 64, 3, 0xff, 0x7f)).toThrow('a number of a condition, not 16383');
});

it('refuses more candidates than a record may hold, on both sides', () => {
  const columns = new CandidateColumns(1);
  columns.count = CANDIDATE_ROWS_MAX + 1;
  expect(() => stored(columns)).toThrow('too many candidates');
  const writer = new ByteWriter();
  writer.varint(2 ** 40);
  expect(() => readCandidateColumns(new ByteReader(writer.copy()), [])).toThrow('at most 4096 candidates');
});

it('keeps the budgets: a decision over 100 actions in 1.5 KB, a busy customer in 900 bytes', () => {
  const header = { generation: 1, epoch: 1, batch: 'b', at: 0 };
  const alone = encodeRecord(header, [sampleDecision()]).length - encodeRecord(header, []).length;
  expect(alone).toBeLessThan(1536);
  expect(encodeProfile(sampleProfile()).length).toBeLessThan(900);
});
