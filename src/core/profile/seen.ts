import { BOUNDS } from '../bounds.ts';
import { SEEN_DECIDE_WIDTH, SEEN_WIDTH, type SeenDecides, type SeenIds } from './profile.ts';

const BODY = 1;
const AT = 2;
const SEQ = 3;
const INDEX = 4;
/** Rows beyond the bound that may gather before they are dropped in one go. They are forgotten all the same. */
const SLACK = 16;

/** Where the row of an id seen within the window before `now` begins, -1: new. The newest are last, so the search runs backwards. */
export function findSeen(seen: SeenIds, max: number, id: number, now: number): number {
  return find(seen, SEEN_WIDTH, max, id, now);
}

/** Like findSeen, among decides. */
export function findDecide(seen: SeenDecides, id: number, now: number): number {
  return find(seen, SEEN_DECIDE_WIDTH, BOUNDS.seenDecides, id, now);
}

/** Whether the row at `row` is of the same body: of its hash, or of the one that version 0.2.0 gave it. */
export function isSeenBody(
  seen: SeenIds | SeenDecides,
  row: number,
  { bodyHash, olderBodyHash }: { readonly bodyHash: number; readonly olderBodyHash?: number | undefined },
): boolean {
  const known = seen[row + BODY] ?? 0;
  return known === bodyHash || known === olderBodyHash;
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

/** Where the rows begin that are remembered: the last `max`. What stands before them is only not dropped yet. */
export function seenFrom(seen: readonly number[], width: number, max: number): number {
  return Math.max(0, seen.length - max * width);
}

function find(rows: readonly number[], width: number, max: number, id: number, now: number): number {
  const oldest = now - BOUNDS.seenMs;
  const from = seenFrom(rows, width, max);
  for (let row = rows.length - width; row >= from; row -= width) {
    if (rows[row] === id) return (rows[row + AT] ?? 0) >= oldest ? row : -1;
  }
  return -1;
}

function forget(rows: number[], width: number, max: number, at: number): void {
  const oldest = at - BOUNDS.seenMs;
  const from = seenFrom(rows, width, max);
  let drop = from;
  while (drop < rows.length && (rows[drop + AT] ?? 0) < oldest) drop += width;
  // To move the rest by one row for every newcomer would cost more than all else that is done with it.
  if (drop > from || rows.length >= (max + SLACK) * width) rows.splice(0, drop);
}
