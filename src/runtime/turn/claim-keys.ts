import type { IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import { conflictingKind, explicitKind, haveRoom } from '../../core/identity/conflict.ts';
import { holdsKey, keyOf } from '../../core/identity/customer.ts';
import { isStranger } from '../../core/profile/absorb/strangers.ts';
import type { Actor } from '../shard/actor.ts';
import { crowdTold, strangerTold } from './odd-claims.ts';
import type { TurnScope } from './turn-scope.ts';

/** Claims every key of an event that the customer, who was met by one of them, does not have yet; what is odd about those that cannot be had. */
export function claimKeys(
  turn: TurnScope,
  actor: Actor,
  { identifiers }: EventInput,
  metBy: IdentifierKey,
): readonly EventWarning[] {
  if (identifiers.length === 1) return NONE;
  const { profile } = actor;
  const explicit = explicitKind(metBy, turn.identifierRules);
  let told: EventWarning[] | undefined;
  for (const one of identifiers) {
    if (holdsKey(profile, one)) continue;
    const key = keyOf(one);
    if (profile.claims.some((claimed) => claimed.key === key)) continue;
    const odd = whyNot(turn, actor, one, key);
    if (odd !== undefined) {
      told ??= [];
      told.push(odd);
      continue;
    }
    turn.apply(actor, {
      ...{ kind: 'absorb-begin', customer: profile.id, claimed: key, via: '', explicit, at: turn.now },
    });
  }
  return told ?? NONE;
}

const NONE: readonly EventWarning[] = [];

function whyNot(
  turn: TurnScope,
  { profile }: Actor,
  one: EventInput['identifiers'][number],
  key: IdentifierKey,
): EventWarning | undefined {
  const kind = conflictingKind(profile.identifiers, [one], turn.identifierRules);
  if (kind !== '') return strangerTold(key, kind);
  if (!haveRoom(profile.identifiers, [one]) || profile.claims.length >= BOUNDS.claims) return crowdTold(key);
  return isStranger(profile, key, turn.now) ? strangerTold(key, one.kind) : undefined;
}
