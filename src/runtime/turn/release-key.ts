import type { IdentifierKey } from '../../base/brand.ts';
import { recallFrom, releaseConsequences } from '../../core/event/released-key.ts';
import type { ChoiceRef, CustomerFact } from '../../core/fact/fact.ts';
import { keyOf } from '../../core/identity/customer.ts';
import { isLater, type Sighting } from '../../core/identity/sighting.ts';
import { lastSeen } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Actor } from '../shard/actor.ts';
import { leaveAudiences } from './leave-audiences.ts';
import { kindOfKey } from './odd-claims.ts';
import type { TurnScope } from './turn-scope.ts';

/** Takes a device from a customer with whom it was not seen last. What a channel may be sending to it is asked back. */
export function releaseDevice(turn: TurnScope, actor: Actor, released: IdentifierKey): void {
  const { profile } = actor;
  releaseKey(turn, actor, released);
  const isHanded = (ref: ChoiceRef): boolean => turn.outbox.get(ref)?.attempt !== 0;
  const emit = (fact: CustomerFact): void => void turn.apply(actor, fact);
  if (turn.env !== undefined) recallFrom(profile, kindOfKey(released), turn.env, isHanded, emit);
  leaveAudiences(turn, actor);
}

/** Of the keys of devices of one kind beyond as many as a person may have, those that were seen least lately reach the customer no more. */
export function leastSeenGo(turn: TurnScope, actor: Actor): void {
  for (const { kind, max, isDevice } of turn.identifierRules) {
    if (!isDevice) continue;
    for (let left = keysOfKind(actor.profile, kind); left.length > max; left = left.slice(1))
      releaseDevice(turn, actor, left[0] as IdentifierKey);
  }
}

/** The one that was seen least lately of all kinds, where that was before `seen`: it makes room. */
export function makeRoom(turn: TurnScope, actor: Actor, seen: Sighting): void {
  const { profile } = actor;
  const devices = turn.identifierRules.filter(({ isDevice }) => isDevice);
  const [least] = bySighting(
    profile,
    devices.flatMap(({ kind }) => keysOfKind(profile, kind)),
  );
  if (least !== undefined && isLater(seen, lastSeen(profile, least))) releaseDevice(turn, actor, least);
}

/** Seen least lately first. */
function keysOfKind(profile: Profile, kind: string): readonly IdentifierKey[] {
  return bySighting(profile, profile.identifiers.filter((one) => one.kind === kind).map(keyOf));
}

function bySighting(profile: Profile, keys: readonly IdentifierKey[]): readonly IdentifierKey[] {
  return keys.toSorted((a, b) => {
    if (a === b) return 0;
    const [one, other] = [lastSeen(profile, a), lastSeen(profile, b)];
    return isLater(one, other) ? 1 : isLater(other, one) || a < b ? -1 : 1;
  });
}

/** Takes a key from a customer who is not reached by it any more, and back what can reach them on no channel now. One that they have not is no fault. */
export function releaseKey(turn: TurnScope, actor: Actor, released: IdentifierKey): void {
  const { profile } = actor;
  if (!profile.identifiers.some((one) => keyOf(one) === released)) return;
  turn.apply(actor, { kind: 'key-released', customer: profile.id, released, at: turn.now });
  if (turn.env !== undefined) releaseConsequences(profile, turn.env, (fact) => void turn.apply(actor, fact));
}
