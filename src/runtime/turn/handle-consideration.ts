import { INTERVALS } from '../../config/limits.ts';
import {
  cancel,
  considerTimer,
  enrolment,
  retiming,
  timerAfter,
} from '../../core/consideration/consider-timer.ts';
import { couldReach } from '../../core/consideration/could-reach.ts';
import { considerCause, readSlotKey } from '../../core/consideration/slot.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { CONSIDER, type Timer } from '../../core/profile/profile.ts';
import type { Actor } from '../shard/actor.ts';
import { decideUnasked } from './decide-unasked.ts';
import { type ConsiderRequest, refusal } from './request.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

const KEYS_ON_THEIR_WAY = refusal(
  'unavailable',
  'keys are on their way to the customer, who is considered once they are there',
  INTERVALS.timerRetryMs,
);

/**
 * The customer's consideration is set as policy and clock have it today, and where its slot has come the service asks itself. The slot's
 * end and the next one's timer stand in one record with the decision, so no slot is considered twice.
 */
export function handleConsideration(turn: TurnScope, request: ConsiderRequest, actor: Actor): void {
  actor.considerAt = 0;
  const { policy } = turn.runtime;
  if (actor.profile.moved !== undefined || actor.profile.deviceOf !== undefined)
    return turn.reply(request, accepted);
  if (policy === undefined || policy.consider.length === 0) stopConsidering(turn, actor);
  else {
    setRight(turn, actor, policy);
    const timer = considerTimer(actor.profile);
    const isDue = timer !== undefined && timer.due <= turn.now;
    // Nothing promotional is decided meanwhile (guardrail/absorb-pending.ts): the slot waits.
    if (isDue && actor.profile.claims.length > 0) return turn.reply(request, KEYS_ON_THEIR_WAY);
    if (isDue && consider(turn, request, actor, policy, timer)) return;
  }
  turn.reply(request, accepted);
}

function setRight(turn: TurnScope, actor: Actor, policy: Policy): void {
  const { zones } = turn.runtime;
  for (const fact of retiming(policy, actor.profile, zones, turn.now)) turn.apply(actor, fact);
  const first = enrolment(policy, actor.profile, zones, turn.now);
  if (first !== undefined) turn.apply(actor, first);
}

/** True when a decision is in the making. Whom nothing can reach any more has no next consideration; an event may bring it back. */
function consider(
  turn: TurnScope,
  request: ConsiderRequest,
  actor: Actor,
  policy: Policy,
  timer: Timer,
): boolean {
  const { profile } = actor;
  const { key, due } = timer;
  const { slot } = readSlotKey(key);
  turn.apply(actor, { kind: 'timer-fired', customer: profile.id, timer: CONSIDER, key, due, at: turn.now });
  if (!couldReach(policy, profile)) return false;
  const next = timerAfter(policy, profile, turn.runtime.zones, turn.now, slot);
  if (next !== undefined) turn.apply(actor, next);
  decideUnasked(turn, request, actor, {
    ...{ cause: considerCause(slot), trigger: -1, friction: 0, plan: undefined },
  });
  return true;
}

/** The policy has no times any more: what a former one set is of no use once it is due. */
function stopConsidering(turn: TurnScope, actor: Actor): void {
  const timer = considerTimer(actor.profile);
  if (timer !== undefined && timer.due <= turn.now) turn.apply(actor, cancel(actor.profile, timer));
}
