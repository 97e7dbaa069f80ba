/**
 * Rows of a ledger stand in chunks of so many: what grows by a chunk copies nothing and leaves nothing behind, where an
 * array that grows as a whole is copied again and again, each copy old enough to be tenured (measured: a third of the
 * garbage collection of a service under load).
 *
 * No element is touched here: V8 turns arrays of doubles into arrays of boxes where one line of code meets both numbers
 * and texts.
 */
export const CHUNK_SHIFT = 1;
export const CHUNK_ROWS = 1 << CHUNK_SHIFT;
/** A slot's place in its chunk. */
export const CHUNK_MASK = CHUNK_ROWS - 1;

/** Chunks for `rows` rows, each a copy of `blank`. */
export function chunksFor<T>(rows: number, blank: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows / CHUNK_ROWS) }, () => blank.slice());
}

/** `chunks` and one more. A copy, since `push` would make room for 17, and most customers need one. */
export function withChunk<T>(chunks: T[][], blank: readonly T[]): T[][] {
  return chunks.concat([blank.slice()]);
}

/** As many as the longest column of a profile. V8 keeps them as doubles, since they once were no whole numbers. */
const ZEROS: number[] = Array.from({ length: 64 }, () => 0.5);
// One by one: `fill` would make it an array of small whole numbers.
for (let i = 0; i < ZEROS.length; i++) ZEROS[i] = 0;

/**
 * `length` (≤ 64) zeros for a column of a profile. A plain array: each typed array would cost as much again as it holds, and
 * the garbage collector a list of its buffers.
 */
export function zeroDoubles(length: number): number[] {
  return ZEROS.slice(0, length);
}
