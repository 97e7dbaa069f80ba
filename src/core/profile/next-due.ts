import type { CustomerFact } from '../fact/fact.ts';
import type { Profile } from './profile.ts';

/** When this customer must be looked at next: her earliest timer or awaited outcome; 0: never. */
export function nextDue(profile: Profile): number {
  let due = 0;
  for (const timer of profile.timers) if (due === 0 || timer.due < due) due = timer.due;
  const { pending } = profile;
  for (let i = 0; i < pending.length; i++) {
    const at = pending.dueAt(i);
    if (due === 0 || at < due) due = at;
  }
  return due;
}

/**
 * The earliest that `fact` makes due of her once it is folded, 0: nothing. Enough after a turn, because what was due before
 * has its wake-up already, and it touches nothing of the profile.
 */
export function dueOf(fact: CustomerFact): number {
  if (fact.kind === 'timer') return fact.op === 'set' ? fact.due : 0;
  if (fact.kind !== 'decision') return 0;
  let due = 0;
  for (let i = 0; i < fact.choices.length; i++) {
    const choice = fact.choices[i];
    if (choice?.kind === 'later') due = earlier(due, choice.at);
    due = earlier(due, fact.outcomeDue[i] ?? 0);
  }
  return due;
}

/** Of two times, of which 0 (and whatever else is no instant) is none. */
export function earlier(a: number, b: number): number {
  if (!(a > 0)) return b > 0 ? b : 0;
  return b > 0 && b < a ? b : a;
}
