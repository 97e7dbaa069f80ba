/** Memberships of audiences that end: with what withdrew their dispatch, with what made their ad untrue, with their time. */
import { nextAudienceVersion } from '../../core/audience/audience-version.ts';
import { type WhyLeft, whyLeft } from '../../core/audience/why-left.ts';
import type { ChoiceRef, CustomerFact, DecisionFact } from '../../core/fact/fact.ts';
import type { Membership } from '../../core/profile/membership.ts';
import { reasonCode } from '../../core/reason.ts';
import type { Actor } from '../shard/actor.ts';
import type { TurnScope } from './turn-scope.ts';

function isSameRef(a: ChoiceRef, b: ChoiceRef): boolean {
  return a.seq === b.seq && a.index === b.index && a.choice === b.choice;
}

/** Looks at every audience that the customer is in: after each turn that may have changed what is true of them. */
export function leaveAudiences(turn: TurnScope, actor: Actor): void {
  const { profile } = actor;
  if (profile.audiences.length === 0) return;
  const setting = { now: turn.now, env: turn.env, pauses: turn.runtime.pauses };
  for (const row of profile.audiences) {
    const why = whyLeft(profile, row, setting);
    if (why === undefined) continue;
    // What no channel system has taken for good is withdrawn, and the membership ends with that.
    if (turn.outbox.get(row.ref) !== undefined)
      turn.apply(actor, { kind: 'withdraw', customer: profile.id, ref: row.ref, ...why, at: turn.now });
    else leave(turn, actor, row, why);
  }
}

/** A dispatch that was withdrawn, or that the channel system refused for good, is no membership. */
export function leaveWith(turn: TurnScope, actor: Actor, fact: CustomerFact): void {
  if (fact.kind !== 'withdraw' && fact.kind !== 'delivery') return;
  const { audiences } = actor.profile;
  if (audiences.length === 0) return;
  const row = audiences.find(({ ref, choice }) => choice !== undefined && isSameRef(ref, fact.ref));
  if (row === undefined) return;
  if (fact.kind === 'withdraw') {
    const { reason, note } = fact;
    leave(turn, actor, row, note === undefined ? { reason } : { reason, note });
  } else if (fact.state === 'expired') leave(turn, actor, row, { reason: reasonCode('EXPIRED') });
  else if (fact.state === 'rejected' && !fact.retryable)
    leave(turn, actor, row, { reason: reasonCode('DISPATCH_REJECTED') });
}

/** What waits to put the customer into the audiences that a decision puts them into as well; asked before its fact is folded. */
export function replacedBy(turn: TurnScope, actor: Actor, { choices }: DecisionFact): readonly ChoiceRef[] {
  const replaced: ChoiceRef[] = [];
  for (const { audience } of choices) {
    const entry = audience && turn.outbox.entering(actor.profile.id, audience.name);
    if (entry !== undefined) replaced.push(entry.ref);
  }
  return replaced;
}

function leave(turn: TurnScope, actor: Actor, row: Membership, { reason, note }: WhyLeft): void {
  const { choice, member, ref, audience: name, version: last } = row;
  if (choice?.audience === undefined) return;
  const { profile } = actor;
  const version =
    member === profile.id ? nextAudienceVersion(profile, name, turn.now) : Math.max(turn.now, last + 1);
  turn.leaveAudience(actor, {
    kind: 'audience-left',
    customer: profile.id,
    level: { name, kinds: choice.audience.kinds, version, left: { member, reason } },
    ref,
    action: choice.action,
    channel: choice.channel,
    at: turn.now,
    ...(note !== undefined && { note }),
  });
}
