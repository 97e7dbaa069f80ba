import type { IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import type { ClaimEnd, LinkRef } from '../../core/fact/fact.ts';
import { conflictingKind, explicitKind, haveRoom } from '../../core/identity/conflict.ts';
import { holdsKey, keyOf } from '../../core/identity/customer.ts';
import { isDeviceKind, isLater, type Sighting, sighter, sightingOf } from '../../core/identity/sighting.ts';
import { isKeptApart } from '../../core/profile/absorb/kept-apart.ts';
import { whyStranger } from '../../core/profile/absorb/strangers.ts';
import { lastSeen } from '../../core/profile/devices.ts';
import type { Actor } from '../shard/actor.ts';
import {
  apartTold,
  busyDayTold,
  crowdTold,
  type OddClaim,
  strangerTold,
  unreadableTold,
} from './odd-claims.ts';
import { makeRoom } from './release-key.ts';
import type { TurnScope } from './turn-scope.ts';

/** Claims every key of an event that the customer, who was met by one of them, does not have yet; what is odd about those that cannot be had. */
export function claimKeys(
  turn: TurnScope,
  actor: Actor,
  { identifiers }: EventInput,
  metBy: IdentifierKey,
  /** When they were seen together; undefined: nobody knows, and no device moves. */
  seenAt: number | undefined,
): readonly EventWarning[] {
  if (identifiers.length === 1) return NONE;
  const { profile } = actor;
  const by = sighter(identifiers, turn.identifierRules);
  const explicit = explicitKind(metBy, turn.identifierRules);
  let told: EventWarning[] | undefined;
  const tell = (odd: OddClaim): void => {
    told ??= [];
    told.push(odd.told);
    turn.refusedKey(odd.refusal);
  };
  for (const one of identifiers) {
    if (by !== undefined && isDeviceKind(one.kind, turn.identifierRules)) {
      const odd =
        one === by || seenAt === undefined
          ? undefined
          : seeDevice(turn, actor, one, sightingOf(seenAt, by), metBy);
      if (odd !== undefined) tell(odd);
      continue;
    }
    if (holdsKey(profile, one)) continue;
    const key = keyOf(one);
    if (profile.claims.some((claimed) => claimed.key === key)) continue;
    const odd = whyNot(turn, actor, one, key);
    if (odd !== undefined) {
      tell(odd);
      continue;
    }
    turn.apply(actor, {
      ...{ kind: 'absorb-begin', customer: profile.id, claimed: key, via: '', explicit, at: turn.now },
      ...(metBy !== profile.key && { origin: metBy }),
    });
  }
  return told ?? NONE;
}

const NONE: readonly EventWarning[] = [];

/** The customer was seen with a device: where it is not theirs it is claimed. Undefined: nothing is odd about it so far. */
export function seeDevice(
  turn: TurnScope,
  actor: Actor,
  one: IdentifierInput,
  seen: Sighting,
  metBy: IdentifierKey,
  declared?: LinkRef,
): OddClaim | undefined {
  const { profile } = actor;
  const { id: customer, claims } = profile;
  const device = keyOf(one);
  const origin = metBy === profile.key ? {} : { origin: metBy };
  const isClaimed = claims.some(({ key }) => key === device);
  if (!holdsKey(profile, one) && !isClaimed) {
    if (!haveRoom(profile.identifiers, [one])) makeRoom(turn, actor, seen);
    if (!haveRoom(profile.identifiers, [one]) || claims.length >= BOUNDS.claims) return crowdTold(device);
    turn.apply(actor, {
      ...{ kind: 'absorb-begin', customer, claimed: device, via: '', explicit: '', at: turn.now, ...origin },
      ...(declared !== undefined && { link: declared, isDeclared: true }),
    });
  }
  if (isLater(seen, lastSeen(profile, device)))
    turn.apply(actor, {
      ...{ kind: 'device-seen', customer, device, seenAt: seen.at, by: seen.by, at: turn.now, ...origin },
    });
  return undefined;
}

function whyNot(
  turn: TurnScope,
  { profile }: Actor,
  one: EventInput['identifiers'][number],
  key: IdentifierKey,
): OddClaim | undefined {
  const kind = conflictingKind(profile.identifiers, [one], turn.identifierRules);
  if (kind !== '') return strangerTold(key, kind, false);
  if (isKeptApart(profile, [key])) return apartTold(key);
  if (!haveRoom(profile.identifiers, [one]) || profile.claims.length >= BOUNDS.claims) return crowdTold(key);
  return toldAgain(key, whyStranger(profile, key, turn.now), one.kind);
}

/** Of a key that could not be had lately and is not asked for again. */
function toldAgain(key: IdentifierKey, why: ClaimEnd | undefined, kind: string): OddClaim | undefined {
  if (why === undefined || why === 'united') return undefined;
  if (why === 'busy-day') return busyDayTold(key);
  return why === 'unreadable' ? unreadableTold(key) : strangerTold(key, kind, false);
}
