import type { IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { LinkRef } from '../../core/fact/fact.ts';
import { conflictingKind, haveRoom } from '../../core/identity/conflict.ts';
import { holdsKey, keyOf, knownBy } from '../../core/identity/customer.ts';
import { isDeviceKind, sighter, sightingOf } from '../../core/identity/sighting.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Linked, Refusal } from '../../port/customers.ts';
import type { Actor } from '../shard/actor.ts';
import { seeDevice } from './claim-keys.ts';
import { metBy } from './handle-event.ts';
import { silenceNew } from './handle-forget.ts';
import { crowdTold } from './odd-claims.ts';
import { type LinkRequest, refusal } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** Somebody at a desk says that keys are one person's: those that the customer does not have are claimed. */
export function handleLink(turn: TurnScope, request: LinkRequest, actor: Actor): void {
  const { profile } = actor;
  const { identifiers, by, reason } = request.input;
  const missing = identifiers.filter((one) => !isHeld(profile, one));
  const claimed = missing.filter((one) => !profile.claims.some(({ key }) => key === keyOf(one)));
  const fault = claimed.length === 0 ? undefined : whyNot(turn, profile, claimed);
  if (fault !== undefined) return turn.reply(request, fault);
  const link = claimed.length === 0 ? knownLink(profile, identifiers.map(keyOf)) : begin();
  const outcome: Linked = {
    kind: 'linked',
    customer: profile.id,
    link: link && turn.linkPlace(link),
  };
  if (missing.length === 0) turn.reply(request, outcome);
  else turn.replyWhenLinked(request, outcome, profile.id);

  function begin(): LinkRef {
    const { id: customer, key } = profile;
    const at = turn.now;
    const keys = identifiers.map(keyOf);
    silenceNew(turn, request, actor);
    const index = turn.apply(actor, { kind: 'linked', customer, key, identifiers: keys, by, reason, at });
    const met = metBy(request);
    const named: LinkRef = { seq: turn.sequence, index };
    const sees = sighter(identifiers, turn.identifierRules) as IdentifierInput;
    for (const one of identifiers)
      if (one !== sees && isDeviceKind(one.kind, turn.identifierRules))
        seeDevice(turn, actor, one, sightingOf(at, sees), met, named);
    for (const one of claimed.filter(({ kind }) => !isDeviceKind(kind, turn.identifierRules)))
      turn.apply(actor, {
        ...{ kind: 'absorb-begin', customer, claimed: keyOf(one), via: '', explicit: '', at },
        ...{ link: named, isDeclared: true, ...(met !== key && { origin: met }) },
      });
    return named;
  }
}

function isHeld(profile: Profile, one: IdentifierInput): boolean {
  return keyOf(one) === profile.key || holdsKey(profile, one);
}

/** The link that brought one of the keys, or is about to: saying it again changes nothing. */
function knownLink({ claims, links }: Profile, keys: readonly IdentifierKey[]): LinkRef | undefined {
  const pending = claims.find(({ key }) => keys.includes(key));
  return pending?.link ?? links.findLast(({ key, isUndone }) => !isUndone && keys.includes(key));
}

/** Not even somebody at a desk gives one person more keys of a kind than one may have. */
function whyNot(turn: TurnScope, profile: Profile, claimed: readonly IdentifierInput[]): Refusal | undefined {
  const { claims } = profile;
  const own = knownBy(profile);
  const identifierKind =
    conflictingKind(own, claimed, turn.identifierRules) ||
    conflictingKind(claimed, claimed, turn.identifierRules);
  if (identifierKind !== '') return refusal('precondition', conflictText(identifierKind));
  const isCrowded = !haveRoom(own, claimed) || claims.length + claimed.length > BOUNDS.claims;
  return isCrowded
    ? refusal('precondition', crowdTold(keyOf(claimed[0] as IdentifierInput)).told.message)
    : undefined;
}

export function conflictText(identifierKind: string): string {
  return `the identifiers are of two people: together they have more keys of kind "${identifierKind}" than one person may have (the policy's people); nobody was united`;
}
