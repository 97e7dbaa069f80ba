import { BOUNDS } from '../../core/bounds.ts';
import type { DecideAsk } from '../../core/decide/decide-env.ts';
import { causeAbout, causeName, causeText } from '../../core/event/cause.ts';
import { momentOver } from '../../core/event/moment-over.ts';
import { hasFired, MOMENT } from '../../core/event/moments.ts';
import { plannedFor } from '../../core/event/planned-for.ts';
import { mature, stagesDue } from '../../core/outcome/mature.ts';
import type { Action, Policy } from '../../core/policy/policy.ts';
import {
  AUDIENCE,
  CONSIDER,
  type Plan,
  type Profile,
  TIMER_KINDS,
  type Timer,
} from '../../core/profile/profile.ts';
import { PURPOSE_RULES } from '../../core/purpose.ts';
import { refKey } from '../delivery/outbox.ts';
import type { Actor } from '../shard/actor.ts';
import { decideUnasked } from './decide-unasked.ts';
import { leaveAudiences } from './leave-audiences.ts';
import type { TimerRequest } from './request.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const LINK = TIMER_KINDS.indexOf('link');
const ESTATE = TIMER_KINDS.indexOf('estate');
/** What is due of these follows from the facts that end it. */
const OF_THEIR_OWN: readonly number[] = [CONSIDER, LINK, AUDIENCE];

/** Timers of a customer are due: awaited outcomes mature, timers fire, and a decision follows where one is due. Considerations come apart. */
export function handleTimer(turn: TurnScope, request: TimerRequest, actor: Actor): void {
  const profile = actor.profile;
  actor.timerAt = 0;
  const missing = [];
  for (const pending of profile.pending.dueBy(turn.now)) {
    const key = refKey(pending);
    if (!request.loaded.has(key)) missing.push(pending);
    else
      for (const stage of stagesDue(pending, turn.now))
        turn.apply(actor, mature(profile, pending, stage, request.loaded.get(key), turn.now));
  }
  askAgain(turn, actor);
  leaveAudiences(turn, actor);
  const due = profile.timers
    .filter(({ kind, due }) => !OF_THEIR_OWN.includes(kind) && due <= turn.now)
    .sort((a, b) => a.due - b.due);
  for (const timer of due) {
    if (turn.isDeciding(actor)) {
      // One decision a turn: the rest is due again at once.
      break;
    }
    fire(turn, request, actor, timer);
  }
  if (missing.length > 0) {
    void turn.decisions.load(missing, request);
    return;
  }
  if (!turn.isDeciding(actor)) turn.reply(request, accepted);
}

/** Claims that nobody answered are made again: the commit of this very fact does. */
function askAgain(turn: TurnScope, actor: Actor): void {
  const { profile } = actor;
  const timer = profile.timers.find(({ kind }) => kind === LINK);
  if (timer === undefined || timer.due > turn.now) return;
  const { key } = timer;
  const due = turn.now + BOUNDS.claimRetryMs;
  turn.apply(actor, { kind: 'timer', customer: profile.id, op: 'set', timer: LINK, key, due });
}

function fire(turn: TurnScope, request: TimerRequest, actor: Actor, timer: Timer): void {
  const profile = actor.profile;
  const { policy } = turn.runtime;
  const customer = profile.id;
  const plan = timer.kind === PLAN ? profile.plans.find((entry) => entry.id === timer.key) : undefined;
  const meant = plan === undefined ? 0 : plannedFor(plan, profile, turn.runtime.zones);
  if (meant > turn.now) {
    turn.apply(actor, { kind: 'timer', customer, op: 'set', timer: timer.kind, key: timer.key, due: meant });
    return;
  }
  const moment = plan === undefined || plan.trigger === '' ? undefined : plan;
  const over =
    moment === undefined || policy === undefined ? 0 : momentOver(moment, profile, policy, turn.now);
  if (moment !== undefined && over !== 0) {
    turn.apply(actor, { kind: 'plan-dropped', customer, plan: moment.id, reason: over, at: turn.now });
    return;
  }
  if (waitsForKeys(timer, plan, profile, policy)) {
    const later = turn.now + BOUNDS.claimRetryMs;
    turn.apply(actor, { kind: 'timer', customer, op: 'set', timer: timer.kind, key: timer.key, due: later });
    return;
  }
  turn.apply(actor, {
    kind: 'timer-fired',
    customer,
    timer: timer.kind,
    key: timer.key,
    due: timer.due,
    at: turn.now,
  });
  if (timer.kind === ESTATE) {
    const [oldest] = profile.links;
    if (oldest === undefined) return;
    const due = oldest.at + BOUNDS.estateMs;
    turn.apply(actor, { kind: 'timer', customer, op: 'set', timer: ESTATE, key: timer.key, due });
    return;
  }
  if (timer.kind === PLAN) {
    if (plan !== undefined && policy !== undefined)
      decideUnasked(turn, request, actor, {
        cause: causeText(plan.id, causeAbout(plan.trigger)),
        ...triggerOf(plan, profile, policy),
        plan,
      });
    return;
  }
  const trigger = policy?.triggers.find((entry) => entry.id === causeName(timer.key));
  if (trigger === undefined || trigger.kind !== (timer.kind === MOMENT ? 'event' : 'checkout_exit')) return;
  const isLeft = profile.checkout !== undefined && profile.checkout.exitedAt === 0;
  if (trigger.kind === 'checkout_exit' && !isLeft) return;
  if (hasFired(profile, timer.key, trigger.cooldownMs, turn.now)) return;
  const friction = trigger.kind === 'checkout_exit' ? (profile.checkout?.friction ?? 0) : 0;
  turn.apply(actor, { kind: 'triggered', customer, trigger: timer.key, friction, at: turn.now });
  decideUnasked(turn, request, actor, {
    cause: timer.key,
    trigger: trigger.index,
    friction,
    plan: undefined,
  });
}

/**
 * Nothing promotional is decided while keys are on their way to the customer (guardrail/absorb-pending.ts): what would come to nothing
 * waits. News that something of service tells does not.
 */
function waitsForKeys(
  { kind, key }: Timer,
  plan: Plan | undefined,
  { claims }: Profile,
  policy: Policy | undefined,
): boolean {
  if (claims.length === 0 || kind === ESTATE) return false;
  const isGated = (action: Action | undefined): boolean =>
    action === undefined || action.promotion || PURPOSE_RULES[action.purpose].isHeldOut;
  if (kind === MOMENT) {
    const trigger = policy?.triggers.find(({ id }) => id === causeName(key));
    return trigger?.actions.every((index) => isGated(policy?.actions[index])) ?? false;
  }
  return isGated(policy?.actions.find(({ id }) => id === plan?.action));
}

/** What a moment that has waited is asked with again; of any other plan nothing. */
function triggerOf(plan: Plan, profile: Profile, policy: Policy): Pick<DecideAsk, 'trigger' | 'friction'> {
  const trigger = policy.triggers.find(({ id }) => id === causeName(plan.trigger));
  if (trigger === undefined) return { trigger: -1, friction: 0 };
  const friction = trigger.kind === 'checkout_exit' ? (profile.checkout?.friction ?? 0) : 0;
  return { trigger: trigger.index, friction };
}
