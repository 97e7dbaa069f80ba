/**
 * A copy of `rows`, which are flat and `width` wide, with room for more: one row where there are few, half as many again
 * where there are many. `blank` is as long as they may get.
 *
 * No element is touched here: V8 turns arrays of doubles into arrays of boxes where one line of code meets both numbers
 * and texts.
 */
export function withMoreRows<T>(rows: readonly T[], width: number, blank: readonly T[]): T[] {
  const more = Math.max(1, (rows.length / width) >> 1);
  return rows.concat(blank.slice(rows.length, rows.length + more * width));
}
