import { BOUNDS } from '../bounds.ts';
import { causeAbout } from '../event/cause.ts';
import {
  OUTCOME_STAGES,
  type OutcomeFact,
  type PlanDroppedFact,
  type TimerFact,
  type TimerFiredFact,
  type TriggeredFact,
} from '../fact/fact.ts';
import { NO_ESTATE } from './absorb/fold-absorb.ts';
import { endLinks } from './absorb/links.ts';
import { type Profile, TIMER_KINDS } from './profile.ts';
import { removeTimer, setTimer } from './timers.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const ESTATE = TIMER_KINDS.indexOf('estate');

export function foldTimer(profile: Profile, fact: TimerFact): void {
  if (fact.op === 'set') setTimer(profile, fact.timer, fact.key, fact.due);
  else removeTimer(profile, fact.timer, fact.key);
}

/** A fired timer is gone; a fired plan is used up (the decision made at its hour follows in the log). */
export function foldTimerFired(profile: Profile, fact: TimerFiredFact): void {
  removeTimer(profile, fact.timer, fact.key);
  if (fact.timer === PLAN) removePlan(profile, fact.key);
  if (fact.timer !== ESTATE) return;
  if (profile.moved !== undefined) profile.moved = { ...profile.moved, estate: NO_ESTATE };
  endLinks(profile, fact.at);
}

export function foldPlanDropped(profile: Profile, fact: PlanDroppedFact): void {
  removePlan(profile, fact.plan);
  removeTimer(profile, PLAN, fact.plan);
}

function removePlan(profile: Profile, id: string): void {
  const found = profile.plans.findIndex((plan) => plan.id === id);
  if (found >= 0) profile.plans.splice(found, 1);
}

/** The trigger rests for its cooldown. One that is about no order or case waited for the checkout, which counts as left. */
export function foldTriggered(profile: Profile, fact: TriggeredFact): void {
  const found = profile.triggered.find((entry) => entry.trigger === fact.trigger);
  if (found !== undefined) found.at = fact.at;
  else {
    if (profile.triggered.length >= BOUNDS.triggered) profile.triggered.shift();
    profile.triggered.push({ trigger: fact.trigger, at: fact.at });
  }
  if (profile.checkout !== undefined && causeAbout(fact.trigger) === '') profile.checkout.exitedAt = fact.at;
}

/** A stage has matured: it is awaited no more. */
export function foldOutcome(profile: Profile, fact: OutcomeFact): void {
  profile.pending.mature(profile.pending.find(fact.ref), OUTCOME_STAGES.indexOf(fact.stage));
}
