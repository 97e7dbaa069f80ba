/**
 * Which links of a customer can be undone, and the trail of records that were folded since: what to read to undo one. Changed by the fold.
 *
 * I1  The trail begins with the record in which the oldest link's customer was taken in, and has every record folded since, once.
 * I2  A link that is 30 days old, or for whose records there is no room, is forgotten: it cannot be undone any more.
 * I3  A link that was undone stays as long as a younger one that can be undone needs to know who was who in between.
 */
import { BOUNDS } from '../../bounds.ts';
import { NO_LINKS, NO_TRAIL } from '../empty-profile.ts';
import type { Link } from '../link.ts';
import { type Profile, TIMER_KINDS } from '../profile.ts';
import { setTimer } from '../timers.ts';

const ESTATE = TIMER_KINDS.indexOf('estate');

/** Of a profile with links: a fact of record `seq` is folded. */
export function noteTrail(profile: Profile, seq: number): void {
  const { trail } = profile;
  if (trail[trail.length - 1] === seq) return;
  if (trail === NO_TRAIL) profile.trail = [seq];
  else trail.push(seq);
  // I2
  while (profile.trail.length > BOUNDS.trail) setLinks(profile, profile.links.slice(1));
}

/** Somebody was taken in by record `seq`. */
export function addLink(profile: Profile, link: Link, seq: number): void {
  profile.links = [...profile.links, link];
  noteTrail(profile, seq);
  if (profile.links.length > BOUNDS.links) setLinks(profile, profile.links.slice(1));
  armLinks(profile);
}

/** Wakes the customer when the oldest link is over. */
export function armLinks(profile: Profile): void {
  const [oldest] = profile.links;
  if (oldest === undefined) return;
  const due = oldest.at + BOUNDS.estateMs;
  const timer = profile.timers.find(({ kind }) => kind === ESTATE);
  if (timer === undefined || timer.due > due) setTimer(profile, ESTATE, '', due);
}

/** I2: those that are over at `now`. */
export function endLinks(profile: Profile, now: number): void {
  const left = profile.links.filter(({ at }) => at + BOUNDS.estateMs > now);
  if (left.length < profile.links.length) setLinks(profile, left);
}

/** Drops of the trail what was before the oldest of `links`. An undone link that no other needs is kept, so that it is not undone twice. */
export function setLinks(profile: Profile, links: readonly Link[]): void {
  profile.links = links.length === 0 ? NO_LINKS : links;
  const [oldest] = links;
  if (oldest === undefined) {
    profile.trail = NO_TRAIL;
    return;
  }
  const from = profile.trail.indexOf(oldest.inSeq);
  if (from > 0) profile.trail = profile.trail.slice(from);
}

/**
 * The links of both, and one trail: what `from` went through was before they came here. Two who were one before, and were parted, have records of that
 * time in common.
 */
export function uniteLinks(into: Profile, from: Profile): void {
  if (from.links.length === 0) return;
  into.trail = interleaved(from.trail, into.trail);
  const places = new Map(into.trail.map((seq, place) => [seq, place]));
  const rows = new Map<string, Link>();
  for (const link of [...from.links, ...into.links]) {
    const name = `${link.inSeq} ${link.key}`;
    rows.set(name, { ...link, isUndone: link.isUndone || rows.get(name)?.isUndone === true });
  }
  into.links = [...rows.values()].sort((a, b) => (places.get(a.inSeq) ?? 0) - (places.get(b.inSeq) ?? 0));
  while (into.links.length > BOUNDS.links) setLinks(into, into.links.slice(1));
  while (into.trail.length > BOUNDS.trail) setLinks(into, into.links.slice(1));
  armLinks(into);
}

/** Both in their order, what they have in common once. */
function interleaved(first: readonly number[], second: readonly number[]): number[] {
  const places = new Map(second.map((seq, place) => [seq, place]));
  const all: number[] = [];
  let next = 0;
  for (const seq of first) {
    const place = places.get(seq);
    if (place === undefined) all.push(seq);
    else for (; next <= place; next++) all.push(second[next] as number);
  }
  return [...all, ...second.slice(next)];
}
