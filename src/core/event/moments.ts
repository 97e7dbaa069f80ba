/** Triggers that wait for news of an order, a support case or a consent: which of them an event fires, and what is said of those it cannot. */
import { BOUNDS } from '../bounds.ts';
import type { EventFact, TimerFact } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';
import { type Profile, TIMER_KINDS } from '../profile/profile.ts';
import { causeText } from './cause.ts';
import { consentAbout } from './consent-news.ts';
import { type EventWarning, warning } from './event-warning.ts';
import { isCaseNews } from './news.ts';

export const MOMENT = TIMER_KINDS.indexOf('moment');

/**
 * Id of the order or case that an event is news of; of a consent the channels on which it waits for its confirmation now, or was
 * confirmed by it. '' for none. After `fact` was folded.
 */
export function newsAbout(profile: Profile, fact: EventFact): string {
  if (fact.consent !== undefined) return consentAbout(profile, fact);
  return (isCaseNews(fact.name) ? fact.supportCase : fact.order?.orderId) ?? '';
}

/**
 * After `fact` was folded: a timer that is due at once for each trigger that it fires, which is fresh news, of an order or case about which
 * the trigger does not rest. Warns of those for which too much waits for the customer already.
 */
export function moments(
  profile: Profile,
  fact: EventFact,
  policy: Policy,
  now: number,
  emit: (fact: TimerFact) => void,
): readonly EventWarning[] | undefined {
  let warnings: EventWarning[] | undefined;
  for (const { id, kind, on, cooldownMs } of policy.triggers) {
    if (kind !== 'event' || on !== fact.name) continue;
    const about = newsAbout(profile, fact);
    if (about === '' || fact.historical || now - fact.at > BOUNDS.freshMs) continue;
    const key = causeText(id, about);
    if (rests(profile, key, cooldownMs, now)) continue;
    if (profile.timers.length < BOUNDS.timers && waiting(profile) < BOUNDS.moments) {
      emit({ kind: 'timer', customer: profile.id, op: 'set', timer: MOMENT, key, due: now });
      continue;
    }
    warnings ??= [];
    const sentence = `does not fire the trigger "${id}": too much waits for this customer at this moment`;
    warnings.push(warning('name', 'event.moment', fact.name, `\`name\` ${sentence}.`));
  }
  return warnings;
}

/** Whether a trigger has fired about the same thing not long ago, or is about to. */
function rests(profile: Profile, key: string, cooldownMs: number, now: number): boolean {
  if (profile.timers.some((timer) => timer.kind === MOMENT && timer.key === key)) return true;
  return hasFired(profile, key, cooldownMs, now);
}

/** Whether it is within `cooldownMs` of the last time. */
export function hasFired(profile: Profile, key: string, cooldownMs: number, now: number): boolean {
  const last = profile.triggered.find((entry) => entry.trigger === key)?.at ?? 0;
  return last > 0 && last + cooldownMs > now;
}

/** Whether news fired a trigger whose decision is still to come. */
export function hasMoment(profile: Profile): boolean {
  return waiting(profile) > 0;
}

function waiting({ timers }: Profile): number {
  let count = 0;
  for (const timer of timers) if (timer.kind === MOMENT) count++;
  return count;
}
