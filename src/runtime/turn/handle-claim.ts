import type { IdentifierKey } from '../../base/brand.ts';
import { decodeEstate, encodeEstate } from '../../codec/stored/estate-codec.ts';
import { absorbConsequences, keyConsequences } from '../../core/event/consequences.ts';
import type { ChoiceRef, ClaimEnd, CustomerFact, JoinedBy, OpenDispatch } from '../../core/fact/fact.ts';
import { conflictingKind, explicitKind, haveRoom } from '../../core/identity/conflict.ts';
import { addresseeOfKey, holdsKey, keyOf } from '../../core/identity/customer.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import { isLater } from '../../core/identity/sighting.ts';
import { NO_ESTATE } from '../../core/profile/absorb/fold-absorb.ts';
import { isKeptApart } from '../../core/profile/absorb/kept-apart.ts';
import { isOtherArm } from '../../core/profile/absorb/other-arm.ts';
import { rehome } from '../../core/profile/absorb/rehome.ts';
import { isPerson, unionsLately } from '../../core/profile/absorb/unions.ts';
import { isDeviceClaimed, lastSeen } from '../../core/profile/devices.ts';
import type { Claimed, Profile } from '../../core/profile/profile.ts';
import type { ClaimAnswer } from '../../port/peers.ts';
import type { Actor } from '../shard/actor.ts';
import { enrol } from './enrol.ts';
import { handleDeviceClaim, moveDevice } from './handle-device-claim.ts';
import { silenceJoined } from './handle-forget.ts';
import { leaveAudiences } from './leave-audiences.ts';
import {
  apartTold,
  busyDayTold,
  crowdTold,
  deviceTold,
  kindOfKey,
  type OddClaim,
  strangerTold,
  unreadableTold,
} from './odd-claims.ts';
import { leastSeenGo } from './release-key.ts';
import { type ClaimedRequest, type ClaimRequest, type RedirectRequest, refusal } from './request.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

const SEEN_AGAIN = refusal(
  'unavailable',
  'the device was seen with the customer again; it is asked for anew',
);

/** Another customer asks for this key: it is let go, with all that it stands for, unless they are two people. */
export function handleClaim(turn: TurnScope, request: ClaimRequest, actor: Actor): void {
  const { profile } = actor;
  const { by, claim, identifiers, isDeclared, device } = request.claim;
  if (device !== undefined) return handleDeviceClaim(turn, request, actor, device);
  const { moved } = profile;
  const explicit = isDeclared
    ? ''
    : request.claim.explicit || explicitKind(profile.key, turn.identifierRules);
  if (moved !== undefined) {
    if (moved.to !== by && explicit !== '')
      return turn.reply(request, { kind: 'conflict', identifierKind: explicit });
    // What was given by an earlier claim is theirs, or was until an Unlink of which this key has not heard yet.
    const answer: ClaimAnswer =
      moved.to !== by || moved.claim !== claim
        ? { kind: 'elsewhere', key: moved.to }
        : { kind: 'released', estate: moved.estate, shard: turn.shard };
    return turn.reply(request, answer);
  }
  const isNobody = profile.version === 0;
  const isFree = profile.partings.length === 0 && turn.claims.isFree(profile);
  if (!isNobody && !isFree) return turn.reply(request, { kind: 'busy' });
  if (!isDeclared && isKeptApart(profile, [by, ...identifiers.map(keyOf)]))
    return turn.reply(request, { kind: 'apart' });
  const kind = kindOfKey(profile.key);
  const theirs = isNobody ? [{ kind, value: profile.key.slice(kind.length + 1) }] : profile.identifiers;
  const identifierKind =
    (isNobody ? '' : explicit) || conflictingKind(identifiers, theirs, turn.identifierRules);
  if (identifierKind !== '') return turn.reply(request, { kind: 'conflict', identifierKind });
  if (!haveRoom(identifiers, theirs)) return turn.reply(request, { kind: 'crowded' });
  // Both are people already, and each has taken in some.
  const people = unionsLately(profile, turn.now) + request.claim.unions + 2;
  if (!isDeclared && !isNobody && isPerson(theirs, turn.identifierRules) && people > turn.peoplePerDayMax)
    return turn.reply(request, { kind: 'busy-day' });
  const dispatches = turn.outbox.of(profile.id);
  const estate = isNobody ? NO_ESTATE : encodeEstate({ profile, dispatches });
  const { id: customer, key } = profile;
  turn.apply(actor, { kind: 'absorb-out', customer, key, to: by, claim, estate, at: turn.now });
  turn.reply(request, { kind: 'released', estate, shard: turn.shard });
}

/** What became of a claim of this customer; late news of one that is over changes nothing. */
export function handleClaimed(turn: TurnScope, request: ClaimedRequest, actor: Actor): void {
  const { claimed, seen, answer } = request;
  const isOpen = actor.profile.claims.some(
    ({ key, claim }) => key === claimed.key && claim === claimed.claim,
  );
  // An event has named it with the customer while it was asked for.
  const isStale = answer.kind === 'seen-later' && isLater(lastSeen(actor.profile, claimed.key), seen);
  if (isOpen && isStale) return turn.reply(request, SEEN_AGAIN);
  if (isOpen) endClaim(turn, actor, claimed, answer);
  turn.reply(request, accepted);
}

function endClaim(turn: TurnScope, actor: Actor, claimed: Claimed, answer: ClaimAnswer): void {
  const { profile } = actor;
  switch (answer.kind) {
    case 'released': {
      const estate = cameBefore(profile, claimed) ? NO_ESTATE : answer.estate;
      return unite(turn, actor, claimed, estate, answer.shard);
    }
    case 'elsewhere': {
      const isOwn = answer.key === profile.key || keysHeld(profile).includes(answer.key);
      const parted = isOwn ? profile.keptApart.find(({ key }) => key === claimed.key) : undefined;
      // It led to somebody who is this customer by now.
      if (isOwn && parted === undefined) {
        turn.redirect(claimed.key, profile.key, addresseeOfKey(answer.key).id);
        return end(turn, actor, claimed, 'united');
      }
      turn.apply(actor, {
        ...{
          kind: 'absorb-begin',
          customer: profile.id,
          // It has not heard yet with whom it was parted from this customer.
          claimed: parted?.person ?? answer.key,
          via: claimed.key,
          explicit: claimed.explicit,
          at: turn.now,
          link: claimed.link,
          ...(claimed.origin !== undefined && { origin: claimed.origin }),
          ...(claimed.isDeclared && { isDeclared: true }),
        },
      });
      return;
    }
    case 'conflict':
      return endOddly(
        turn,
        actor,
        claimed,
        'conflict',
        conflictTold(turn, claimed.key, answer.identifierKind),
      );
    case 'crowded':
      return endOddly(turn, actor, claimed, 'crowded', crowdTold(claimed.key));
    case 'busy-day':
      return endOddly(turn, actor, claimed, 'busy-day', busyDayTold(claimed.key));
    case 'unreadable':
      return endOddly(turn, actor, claimed, 'unreadable', unreadableTold(claimed.key));
    case 'apart':
      return endOddly(turn, actor, claimed, 'apart', apartTold(claimed.key));
    case 'seen-later':
      return endOddly(turn, actor, claimed, 'seen-later', deviceTold(claimed.key));
    case 'busy':
    case 'owned':
      return;
  }
}

function conflictTold({ identifierRules }: TurnScope, key: IdentifierKey, kind: string): OddClaim {
  const rule = identifierRules.find((one) => one.kind === kind);
  return strangerTold(key, kind, rule?.isExplicit === true);
}

/** Nobody is united, and whoever waits for the claim hears why. */
export function endOddly(
  turn: TurnScope,
  actor: Actor,
  claimed: Claimed,
  how: ClaimEnd,
  odd: OddClaim,
): void {
  turn.claims.tell(actor.profile.id, odd.told);
  turn.refusedKey(odd.refusal);
  end(turn, actor, claimed, how);
}

/** `link`: that of a key which can be given back. */
function end(turn: TurnScope, actor: Actor, claimed: Claimed, how: ClaimEnd, link?: JoinedBy): void {
  turn.apply(actor, {
    ...{ kind: 'absorb-in', customer: actor.profile.id, claimed: claimed.key, end: how },
    ...{ state: undefined, dispatches: [], isPerson: false, mixed: false, at: turn.now },
    ...(link !== undefined && { link }),
  });
}

function joinedBy(before: Profile, { link, claim, origin }: Claimed): JoinedBy {
  return { ...link, claim, origin, before };
}

/**
 * The key came with its customer, who was taken in since it was claimed, and what it had stood for came with them. Its actor says where it leads, and by which claim it
 * moved; that one was its former customer's, of whose shard the number is, and may have the number of this one.
 */
function cameBefore(profile: Profile, { key }: Claimed): boolean {
  return keysHeld(profile).includes(key) && !isDeviceClaimed(profile, key);
}

/** Takes in what the claimed key stood for. Keys that led to it lead here from now on. */
function unite(turn: TurnScope, actor: Actor, claimed: Claimed, estate: Uint8Array, from: number): void {
  const { profile } = actor;
  const { policy } = turn.runtime;
  const emit = (fact: CustomerFact): void => void turn.apply(actor, fact);
  if (estate.length === 0) {
    // A key that was nobody's brought nothing that could be given back, but for one that somebody at a desk gave them. One that they have by
    // now came with its customer.
    const isGiven = claimed.isDeclared && !keysHeld(profile).includes(claimed.key);
    end(turn, actor, claimed, 'united', isGiven ? joinedBy(profile, claimed) : undefined);
    silenceJoined(turn, actor, claimed.key);
    keyConsequences(profile, kindOfKey(claimed.key), policy, turn.now, emit);
    leastSeenGo(turn, actor);
    return enrol(turn, actor);
  }
  const { profile: state, dispatches } = decodeEstate(estate);
  const keys = keysHeld(state).filter((key) => key !== state.key && key !== profile.key);
  rehome(state, from, turn.shard);
  turn.apply(actor, {
    ...{ kind: 'absorb-in', customer: profile.id, claimed: claimed.key, end: 'united', at: turn.now },
    ...{ state, dispatches: dispatches.map((entry) => movedDispatch(entry, profile, from, turn.shard)) },
    isPerson: isPerson(state.identifiers, turn.identifierRules),
    mixed: isOtherArm(policy, profile, state),
    link: joinedBy(profile, claimed),
  });
  turn.absorbed();
  const isUnsent = (ref: ChoiceRef): boolean => turn.outbox.get(ref)?.attempt === 0;
  if (turn.env !== undefined) absorbConsequences(profile, turn.env, isUnsent, emit);
  leaveAudiences(turn, actor);
  enrol(turn, actor);
  for (const key of keys) turn.redirect(key, profile.key, state.id);
  leastSeenGo(turn, actor);
}

/** Keys that lead to them. What they were only seen with may be another person's. */
function keysHeld(profile: Profile): readonly IdentifierKey[] {
  return profile.identifiers.filter((one) => holdsKey(profile, one)).map(keyOf);
}

function movedDispatch(entry: OpenDispatch, { id }: Profile, from: number, to: number): OpenDispatch {
  return { ...entry, customer: id, ref: { ...entry.ref, seq: movedSeq(entry.ref.seq, from, to) } };
}

/** The customer to whom this key leads has moved on. */
export function handleRedirect(turn: TurnScope, request: RedirectRequest, actor: Actor): void {
  const { id: customer, key, moved, deviceOf } = actor.profile;
  if (deviceOf !== undefined) {
    if (deviceOf.to === request.from) moveDevice(turn, actor, addresseeOfKey(request.leadsTo).id);
    return turn.reply(request, accepted);
  }
  if (moved !== undefined && moved.to !== request.leadsTo && request.leadsTo !== key)
    turn.apply(actor, { kind: 'redirected', customer, to: request.leadsTo, at: turn.now });
  turn.reply(request, accepted);
}
