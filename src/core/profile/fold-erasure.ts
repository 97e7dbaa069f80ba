import type { EventFact, SilencedFact } from '../fact/fact.ts';
import { consentAt } from './consent.ts';
import { emptyProfile } from './empty-profile.ts';
import type { Profile } from './profile.ts';

/** As if nothing was ever known: who comes by the key again begins anew. */
export function foldErased(profile: Profile): void {
  const { id, key, seq } = profile;
  Object.assign(profile, emptyProfile(id, key), { seq });
}

export function foldSilenced(profile: Profile, { since }: SilencedFact): void {
  if (since > profile.silencedAt && !hasAgreedSince(profile, since)) profile.silencedAt = since;
}

/**
 * After a word of consent was folded: a yes of the customer's own ends the silence. One that was imported from a list, that was said before, or
 * that waits for its confirmation does not.
 */
export function liftSilence(profile: Profile, { historical, consent, at, receivedAt }: EventFact): void {
  if (consent?.granted !== true || historical) return;
  // What an imported list says may be later than the customer's own word.
  const isOwnWordLater = Math.min(at, receivedAt) > profile.silencedAt;
  if (isOwnWordLater && hasAgreedSince(profile, profile.silencedAt)) profile.silencedAt = 0;
}

/** The later silence of two who are one, unless the one who may be contacted agreed since. */
export function uniteSilence(into: Profile, from: Profile): void {
  const later = Math.max(into.silencedAt, from.silencedAt);
  const isLifted =
    (into.silencedAt === 0 && hasAgreedSince(into, later)) ||
    (from.silencedAt === 0 && hasAgreedSince(from, later));
  into.silencedAt = isLifted ? 0 : later;
}

function hasAgreedSince({ consent }: Profile, since: number): boolean {
  return consent.some((word) => word > 0 && consentAt(word) > since);
}
