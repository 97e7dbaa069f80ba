import type { IdentifierKey } from '../../base/brand.ts';
import { releaseConsequences } from '../../core/event/consequences.ts';
import { keyOf } from '../../core/identity/customer.ts';
import type { Actor } from '../shard/actor.ts';
import type { TurnScope } from './turn-scope.ts';

/** Takes a key from a customer who is not reached by it any more, and back what can reach them on no channel now. One that they have not is no fault. */
export function releaseKey(turn: TurnScope, actor: Actor, released: IdentifierKey): void {
  const { profile } = actor;
  if (!profile.identifiers.some((one) => keyOf(one) === released)) return;
  turn.apply(actor, { kind: 'key-released', customer: profile.id, released, at: turn.now });
  if (turn.env !== undefined) releaseConsequences(profile, turn.env, (fact) => void turn.apply(actor, fact));
}
