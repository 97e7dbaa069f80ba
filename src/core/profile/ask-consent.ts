/** What a yes that needs a confirmation, its confirmation and a refusal make of a profile: see consent-request.ts for the rules. */
import { consentAt, wordAfter } from './consent.ts';
import { type ConsentTelling, plainTelling, proofAt, proofsOf, withProof } from './consent-proof.ts';
import { orderedRequests, withRequest } from './consent-request.ts';
import type { Profile } from './profile.ts';

/**
 * After a yes, or the confirmation of one, for `places` where a yes needs it within `waitMs`: what waits, and what came to stand. Returns the
 * places at which a yes stands now.
 */
export function askConsent(
  profile: Profile,
  places: readonly number[],
  asked: { readonly telling: ConsentTelling; readonly confirms: boolean; readonly waitMs: number },
): number {
  const telling = plainTelling(asked.telling);
  const at = Math.min(telling.at, telling.heardAt);
  let granted = 0;
  for (const place of places) {
    const row = { place, confirms: asked.confirms, from: at, at, until: at + asked.waitMs, telling };
    profile.consentRequests = withRequest(profile.consentRequests, row, telling.heardAt);
    dropRefused(profile, place, profile.consent[place] ?? 0);
    if (confirm(profile, place)) granted |= 1 << place;
  }
  return granted;
}

/** After a refusal at `place` said at `at`: whether it ends a yes that was asked for before it and confirmed after it. */
export function endsConfirmed(profile: Profile, place: number, at: number): boolean {
  if ((profile.consent[place] ?? 0) <= 0) return false;
  const proof = proofAt(proofsOf(profile.consentProofs), place);
  return proof?.confirmed !== undefined && proof.at <= at;
}

/** Requests up to a refusal are over; of several that wait together the last one is left, where it is later. `word`: the consent's; anything else than a refusal ends nothing. */
export function dropRefused(profile: Profile, place: number, word: number): void {
  if (word >= 0 || profile.consentRequests.length === 0) return;
  const no = consentAt(word);
  profile.consentRequests = orderedRequests(
    profile.consentRequests.flatMap((row) => {
      if (row.place !== place || row.confirms || row.from > no) return [row];
      return row.at <= no ? [] : [{ ...row, from: row.at }];
    }),
  );
}

/** What waits of two who are one, after their words were united. Symmetric. */
export function uniteRequests(into: Profile, from: Profile): void {
  if (into.consentRequests.length === 0 && from.consentRequests.length === 0) return;
  for (const row of from.consentRequests) into.consentRequests = withRequest(into.consentRequests, row, 0);
  for (const place of new Set(into.consentRequests.map((row) => row.place))) {
    dropRefused(into, place, into.consent[place] ?? 0);
    confirm(into, place);
  }
}

/** Where a confirmation falls into the time of a request the yes stands, from then on; whether it does so anew. */
function confirm(profile: Profile, place: number): boolean {
  const request = profile.consentRequests.find((row) => row.place === place && !row.confirms);
  const answer = profile.consentRequests.find((row) => row.place === place && row.confirms);
  if (request === undefined || answer === undefined) return false;
  if (answer.at < request.from || answer.at > request.until) return false;
  const before = profile.consent[place] as number;
  const word = wordAfter(before, true, answer.at, answer.telling.heardAt);
  if (word === before) return false;
  profile.consent[place] = word;
  const { telling } = request;
  profile.consentProofs = withProof(profile.consentProofs, {
    ...telling,
    // Of several yeses the last one before the confirmation is not known when a later one stands: a refusal after the first ends it.
    at: telling.at <= answer.at ? telling.at : request.from,
    places: 1 << place,
    way: 'event',
    confirmed: answer.telling,
  });
  return true;
}
