import { BOUNDS } from '../../bounds.ts';
import type { LinkedFact, PartedFact, RestoredFact, UnlinkedFact } from '../../fact/fact.ts';
import { NO_PARTINGS } from '../empty-profile.ts';
import { type Profile, TIMER_KINDS } from '../profile.ts';
import { removeTimer, setTimer } from '../timers.ts';
import { copyProfile } from './copy-profile.ts';
import { addKey } from './fold-absorb.ts';
import { noteTrail } from './links.ts';

const LINK = TIMER_KINDS.indexOf('link');

/** The keys are claimed by the facts that follow. */
export function foldLinked(profile: Profile, fact: LinkedFact): void {
  addKey(profile, fact.key);
}

/** The customer is as the fact says; those who were parted hear it later. */
export function foldUnlinked(profile: Profile, fact: UnlinkedFact): void {
  become(profile, fact.own as Profile);
  profile.partings = [...profile.partings, ...fact.parted.map((one) => ({ ...one, at: fact.at }))];
  setTimer(profile, LINK, '', fact.at + BOUNDS.claimRetryMs);
}

export function foldRestored(profile: Profile, fact: RestoredFact): void {
  become(profile, fact.state as Profile);
}

export function foldParted(profile: Profile, fact: PartedFact): void {
  const left = profile.partings.filter(({ key }) => key !== fact.key);
  profile.partings = left.length === 0 ? NO_PARTINGS : left;
  if (left.length === 0 && profile.claims.length === 0) removeTimer(profile, LINK, '');
}

/** Everything but the count of what this actor has folded. */
function become(profile: Profile, state: Profile): void {
  const { id, key, version, seq } = profile;
  Object.assign(profile, copyProfile(state), { id, key, version, seq });
  // A later Unlink must read that this one was.
  if (profile.links.length > 0) noteTrail(profile, seq);
}
