import type { IdentifierKey } from '../../../base/brand.ts';
import { BOUNDS } from '../../bounds.ts';
import type { AbsorbBeginFact, AbsorbInFact, AbsorbOutFact, RedirectedFact } from '../../fact/fact.ts';
import { addresseeOfKey, keyOf } from '../../identity/customer.ts';
import { dropDevice, isDeviceClaimed, noteLife } from '../devices.ts';
import { emptyProfile, NO_CLAIMS } from '../empty-profile.ts';
import { type Claimed, type Profile, TIMER_KINDS } from '../profile.ts';
import { removeTimer, setTimer } from '../timers.ts';
import { absorbProfile } from './absorb-profile.ts';
import { addLink, noteTrail } from './links.ts';
import { rememberStranger } from './strangers.ts';
import { uniteUnions } from './unions.ts';

const LINK = TIMER_KINDS.indexOf('link');
const ESTATE = TIMER_KINDS.indexOf('estate');
export const NO_ESTATE = new Uint8Array(0);

/** A key that led to another one waits behind that one. */
export function foldAbsorbBegin(profile: Profile, fact: AbsorbBeginFact, seq: number, index: number): void {
  const known = profile.claims.find(({ key }) => key === fact.claimed);
  if (known !== undefined && fact.via === '') return;
  const claim = known ?? {
    ...{ key: fact.claimed, via: fact.via, explicit: fact.explicit, at: fact.at, claim: seq },
    ...{ link: fact.link ?? { seq, index }, origin: fact.origin, isDeclared: fact.isDeclared === true },
  };
  const others = profile.claims.filter((one) => one !== known);
  const place = others.findIndex(({ key }) => key === fact.via);
  profile.claims = place < 0 ? [...others, claim] : others.toSpliced(place, 0, { ...claim, via: fact.via });
  if (profile.claims.length > BOUNDS.claims) profile.claims = profile.claims.slice(0, BOUNDS.claims);
  setTimer(profile, LINK, '', fact.at + BOUNDS.claimRetryMs);
}

/** Nothing of the customer is left here but the way to where they are. */
export function foldAbsorbOut(profile: Profile, fact: AbsorbOutFact): void {
  const { version, seq, createdAt } = profile;
  Object.assign(profile, emptyProfile(profile.id, profile.key), { version, seq, createdAt });
  profile.moved = { to: fact.to, claim: fact.claim, at: fact.at, estate: fact.estate };
  if (fact.estate.length > 0) setTimer(profile, ESTATE, '', fact.at + BOUNDS.estateMs);
}

export function foldAbsorbIn(profile: Profile, fact: AbsorbInFact, seq: number): void {
  const ended = profile.claims.find(({ key }) => key === fact.claimed);
  const isDevice = isDeviceClaimed(profile, fact.claimed);
  let claims: readonly Claimed[] = profile.claims.filter((claim) => claim !== ended);
  if (fact.end === 'united') {
    if (fact.state !== undefined) {
      profile.claims = claims;
      const state = fact.state as Profile;
      absorbProfile(profile, state);
      uniteUnions(profile, state, fact.at, fact.isPerson);
      profile.isMixed ||= state.isMixed || fact.mixed;
      ({ claims } = profile);
    }
    addKey(profile, fact.claimed);
    if (fact.state !== undefined) noteLife(profile, fact.claimed);
    profile.keptApart = profile.keptApart.filter(
      ({ key, person }) => key !== fact.claimed && person !== fact.claimed,
    );
    if (fact.link !== undefined) {
      const { link, claimed: key, at } = fact;
      addLink(profile, { key, seq: link.seq, index: link.index, inSeq: seq, at, isUndone: false }, seq);
    } else if (profile.links.length > 0) noteTrail(profile, seq);
  } else if (isDevice) {
    // The next sighting may be later than any: it is claimed anew. It may have come with somebody who was taken in meanwhile.
    if (!profile.identifiers.some((one) => keyOf(one) === fact.claimed)) dropDevice(profile, fact.claimed);
  } else {
    rememberStranger(profile, fact.claimed, fact.end, fact.at);
    // The keys that led here, one to the next, are the stranger's too.
    for (let via = ended?.via ?? ''; via !== ''; ) {
      const key = via;
      rememberStranger(profile, key, fact.end, fact.at);
      via = claims.find((claim) => claim.key === key)?.via ?? '';
      claims = claims.filter((claim) => claim.key !== key);
    }
  }
  profile.claims = claims.length === 0 ? NO_CLAIMS : claims;
  if (claims.length === 0 && profile.partings.length === 0) removeTimer(profile, LINK, '');
}

export function foldRedirected(profile: Profile, fact: RedirectedFact): void {
  const { moved, provisional } = profile;
  if (moved !== undefined) profile.moved = { ...moved, to: fact.to };
  else if (provisional !== undefined)
    profile.provisional = { ...provisional, to: addresseeOfKey(fact.to).id };
}

/** The key leads to the customer. */
export function addKey(profile: Profile, key: IdentifierKey): void {
  const colon = key.indexOf(':');
  const [kind, value] = [key.slice(0, colon), key.slice(colon + 1)];
  const place = profile.identifiers.findIndex((one) => one.kind === kind && one.value === value);
  if (place >= 0) profile.identifiers[place] = { kind, value, origin: key };
  else if (profile.identifiers.length < BOUNDS.identifiers)
    profile.identifiers.push({ kind, value, origin: key });
}
