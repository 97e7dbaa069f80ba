import { BOUNDS } from '../bounds.ts';
import { SEEN_DECIDE_WIDTH, SEEN_WIDTH, type SeenDecides, type SeenIds } from './profile.ts';

const BODY = 1;
const AT = 2;
const SEQ = 3;
const INDEX = 4;

/** Where the row of an id seen within the window before `now` begins, -1: new. The newest are last, so the search runs backwards. */
export function findSeen(seen: SeenIds, id: number, now: number): number {
  return find(seen, SEEN_WIDTH, id, now);
}

/** Like findSeen, among decides. */
export function findDecide(seen: SeenDecides, id: number, now: number): number {
  return find(seen, SEEN_DECIDE_WIDTH, id, now);
}

/** The body's hash of the row at `row`. */
export function seenBody(seen: SeenIds | SeenDecides, row: number): number {
  return seen[row + BODY] ?? 0;
}

/** Where the decision of the row at `row` stands in the log. */
export function seenPlace(seen: SeenDecides, row: number): { readonly seq: number; readonly index: number } {
  return { seq: seen[row + SEQ] ?? 0, index: seen[row + INDEX] ?? 0 };
}

/** Remembers an id; forgets those older than the window, and the oldest beyond `max`. `at` is our clock, not the event's. */
export function rememberSeen(seen: SeenIds, max: number, id: number, body: number, at: number): void {
  forget(seen, SEEN_WIDTH, max, at);
  seen.push(id, body, at);
}

/** Like rememberSeen, with the decision's place in the log. */
export function rememberDecide(
  seen: SeenDecides,
  id: number,
  body: number,
  at: number,
  seq: number,
  index: number,
): void {
  forget(seen, SEEN_DECIDE_WIDTH, BOUNDS.seenDecides, at);
  seen.push(id, body, at, seq, index);
}

function find(rows: readonly number[], width: number, id: number, now: number): number {
  const oldest = now - BOUNDS.seenMs;
  for (let row = rows.length - width; row >= 0; row -= width) {
    if (rows[row] === id) return (rows[row + AT] ?? 0) >= oldest ? row : -1;
  }
  return -1;
}

function forget(rows: number[], width: number, max: number, at: number): void {
  const oldest = at - BOUNDS.seenMs;
  let drop = 0;
  while (drop < rows.length && (rows[drop + AT] ?? 0) < oldest) drop += width;
  // One place is needed for the newcomer.
  drop = Math.max(drop, rows.length + width - max * width);
  if (drop > 0) rows.splice(0, drop);
}
