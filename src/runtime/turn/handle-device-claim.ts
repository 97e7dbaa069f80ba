/** Claims of the keys of devices, asked of the actor of the key. */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { encodeEstate } from '../../codec/stored/estate-codec.ts';
import { addresseeOfKey, keyOf } from '../../core/identity/customer.ts';
import { isDeviceKind, isLater, type Sighting, weakestKind } from '../../core/identity/sighting.ts';
import { NO_ESTATE } from '../../core/profile/absorb/fold-absorb.ts';
import { isKeptApart } from '../../core/profile/absorb/kept-apart.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ClaimAnswer, DevicePlace, DeviceSeen } from '../../port/peers.ts';
import type { Actor } from '../shard/actor.ts';
import type { ClaimRequest } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/**
 * A customer was seen with the device of this key. It moves to them, unless it was seen with somebody else since; whose it is, is asked first.
 * Whoever was known by it alone is the customer, as by any new key.
 */
export function handleDeviceClaim(
  turn: TurnScope,
  request: ClaimRequest,
  actor: Actor,
  device: DeviceSeen,
): void {
  const { profile } = actor;
  const owner = ownerOf(profile);
  const answer =
    owner === undefined
      ? whyNotLife(turn, profile, request.claim.by, request.claim.isDeclared)
      : whyNotFrom(owner, addresseeOfKey(request.claim.by).id, device);
  if (answer !== undefined) return turn.reply(request, answer);
  turn.reply(request, { kind: 'released', estate: give(turn, request, actor, device), shard: turn.shard });
}

/** Whose the key is. A key that an earlier version moved says nothing of when it was seen. */
function ownerOf({ deviceOf, moved }: Profile): (DevicePlace & Partial<Sighting>) | undefined {
  if (deviceOf !== undefined) return deviceOf;
  return moved === undefined ? undefined : { to: addresseeOfKey(moved.to).id, claim: moved.claim };
}

function whyNotFrom(
  { to, claim, at = 0, by = 0 }: DevicePlace & Partial<Sighting>,
  asks: CustomerId,
  device: DeviceSeen,
): ClaimAnswer | undefined {
  if (to === asks) return undefined;
  // At the same time it may have been the one who has become this customer.
  if (isLater({ at, by }, device)) return { kind: 'seen-later' };
  const isLetGo = device.from?.to === to && device.from.claim === claim;
  return isLetGo ? undefined : { kind: 'owned', place: { to, claim } };
}

/** Who is known by the key, and by more than devices and a browser, is a person: a device unites nobody with them. */
function whyNotLife(
  turn: TurnScope,
  profile: Profile,
  by: IdentifierKey,
  isDeclared: boolean,
): ClaimAnswer | undefined {
  if (profile.version === 0) return undefined;
  if (profile.partings.length > 0 || !turn.claims.isFree(profile)) return { kind: 'busy' };
  if (!isDeclared && isKeptApart(profile, [by])) return { kind: 'apart' };
  const rules = turn.identifierRules;
  const weakest = weakestKind(rules);
  const isPersons = ({ kind }: { readonly kind: string }): boolean =>
    kind !== weakest && !isDeviceKind(kind, rules);
  const own = profile.identifiers.find((one) => isPersons(one) && keyOf(one) !== profile.key);
  return own === undefined ? undefined : { kind: 'conflict', identifierKind: own.kind };
}

/** What the key stood for, as often as it is asked for by the same claim. */
function give(turn: TurnScope, { claim }: ClaimRequest, actor: Actor, { at, by }: DeviceSeen): Uint8Array {
  const { profile } = actor;
  const { id: customer, key, moved, deviceOf } = profile;
  const to = addresseeOfKey(claim.by).id;
  const isLife = moved === undefined && deviceOf === undefined && profile.version > 0;
  let estate: Uint8Array = NO_ESTATE;
  if (isLife) {
    estate = encodeEstate({ profile, dispatches: turn.outbox.of(customer) });
    turn.apply(actor, {
      ...{ kind: 'absorb-out', customer, key, to: claim.by, claim: claim.claim, estate, at: turn.now },
    });
  } else if (moved !== undefined && moved.to === claim.by && moved.claim === claim.claim)
    estate = moved.estate;
  if (deviceOf?.to !== to || deviceOf.claim !== claim.claim)
    turn.apply(actor, {
      ...{ kind: 'device-moved', customer, key, to, claim: claim.claim },
      ...{ seenAt: at, by, at: turn.now },
    });
  return estate;
}

/** The customer whose the device was is somebody else now, or nobody: `to` is the key's own customer. */
export function moveDevice(turn: TurnScope, actor: Actor, to: CustomerId): void {
  const { id: customer, key, deviceOf } = actor.profile;
  if (deviceOf === undefined || deviceOf.to === to) return;
  const { claim, at: seenAt, by } = deviceOf;
  turn.apply(actor, { kind: 'device-moved', customer, key, to, claim, seenAt, by, at: turn.now });
}
