import type { IdentifierKey } from '../../base/brand.ts';
import { keyOf } from '../../core/identity/customer.ts';
import { isLater } from '../../core/identity/sighting.ts';
import { keysHeld } from '../../core/profile/absorb/kept-apart.ts';
import { lastSeen } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { YieldAnswer } from '../../port/peers.ts';
import type { Actor } from '../shard/actor.ts';
import { releaseDevice } from './release-key.ts';
import type { YieldRequest } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** Somebody was seen with a device of this customer: the customer lets go of it, unless they were seen with it later. */
export function handleYield(turn: TurnScope, request: YieldRequest, actor: Actor): void {
  const { profile } = actor;
  const { key, seen, by } = request.asked;
  const answer = answerTo(profile, key, by);
  if (answer !== undefined) return turn.reply(request, answer);
  const own = lastSeen(profile, key);
  if (!isLater(seen, own)) return turn.reply(request, { kind: 'seen-later' });
  releaseDevice(turn, actor, key);
  turn.reply(request, { kind: 'yielded' });
}

/** Undefined: the customer holds the key. */
function answerTo(profile: Profile, key: IdentifierKey, by: IdentifierKey): YieldAnswer | undefined {
  // Who asks has become this customer.
  if (keysHeld(profile).includes(by)) return { kind: 'yielded' };
  // The key may have been given to them without their having heard it.
  if (profile.claims.some((claimed) => claimed.key === key)) return { kind: 'busy' };
  if (profile.identifiers.some((one) => keyOf(one) === key)) return undefined;
  const apart = profile.keptApart.find((row) => row.key === key);
  if (apart === undefined) return { kind: 'yielded' };
  const isOnItsWay = profile.partings.some((parting) => parting.key === apart.person);
  return isOnItsWay ? { kind: 'busy' } : { kind: 'elsewhere', key: apart.person };
}
