import type { IdentifierKey } from '../../base/brand.ts';
import { keyOf } from '../../core/identity/customer.ts';
import { isLater } from '../../core/identity/sighting.ts';
import { keysHeld } from '../../core/profile/absorb/kept-apart.ts';
import { lastSeen } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { YieldAnswer } from '../../port/peers.ts';
import type { Actor } from '../shard/actor.ts';
import { endOddly } from './handle-claim.ts';
import { deviceTold } from './odd-claims.ts';
import { releaseDevice } from './release-key.ts';
import type { YieldRequest } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** Somebody was seen with a device of this customer: the customer lets go of it, unless they were seen with it later. */
export function handleYield(turn: TurnScope, request: YieldRequest, actor: Actor): void {
  const { profile } = actor;
  const { key, seen, by } = request.asked;
  // Who asks has become this customer.
  if (keysHeld(profile).includes(by)) return turn.reply(request, { kind: 'yielded' });
  const place = profile.claims.findIndex((claimed) => claimed.key === key);
  const isHeld = profile.identifiers.some((one) => keyOf(one) === key);
  if (!isHeld && place < 0) return turn.reply(request, elsewhere(profile, key));
  if (!isLater(seen, lastSeen(profile, key))) return turn.reply(request, { kind: 'seen-later' });
  // What is asked for now may be theirs without their having heard it; what waits behind it was not asked for.
  if (place === 0) return turn.reply(request, { kind: 'busy' });
  const waiting = profile.claims[place];
  if (waiting !== undefined) endOddly(turn, actor, waiting, 'seen-later', deviceTold(key));
  if (isHeld) releaseDevice(turn, actor, key);
  turn.reply(request, { kind: 'yielded' });
}

/** Of a key that the customer neither holds nor claims. */
function elsewhere(profile: Profile, key: IdentifierKey): YieldAnswer {
  const apart = profile.keptApart.find((row) => row.key === key);
  if (apart === undefined) return { kind: 'yielded' };
  const isOnItsWay = profile.partings.some((parting) => parting.key === apart.person);
  return isOnItsWay ? { kind: 'busy' } : { kind: 'elsewhere', key: apart.person };
}
