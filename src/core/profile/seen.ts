import { BOUNDS } from '../bounds.ts';
import type { SeenDecides, SeenIds } from './profile.ts';

/** Place of an id seen within the window before `now`, -1: new. The newest are last, so the search runs backwards. */
export function findSeen(seen: SeenIds, id: number, now: number): number {
  const oldest = now - BOUNDS.seenMs;
  for (let i = seen.id.length - 1; i >= 0; i--) {
    if (seen.id[i] === id) return (seen.at[i] ?? 0) >= oldest ? i : -1;
  }
  return -1;
}

/** Remembers an id; forgets those older than the window, and the oldest beyond `max`. `at` is our clock, not the event's. */
export function rememberSeen(seen: SeenIds, max: number, id: number, body: number, at: number): void {
  const drop = outdated(seen, max, at);
  if (drop > 0) {
    seen.id.splice(0, drop);
    seen.body.splice(0, drop);
    seen.at.splice(0, drop);
  }
  seen.id.push(id);
  seen.body.push(body);
  seen.at.push(at);
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
  const drop = outdated(seen, BOUNDS.seenDecides, at);
  rememberSeen(seen, BOUNDS.seenDecides, id, body, at);
  if (drop > 0) {
    seen.seq.splice(0, drop);
    seen.index.splice(0, drop);
  }
  seen.seq.push(seq);
  seen.index.push(index);
}

function outdated(seen: SeenIds, max: number, at: number): number {
  const oldest = at - BOUNDS.seenMs;
  let drop = 0;
  while (drop < seen.at.length && (seen.at[drop] ?? 0) < oldest) drop++;
  // One place is needed for the newcomer.
  return Math.max(drop, seen.id.length + 1 - max);
}
