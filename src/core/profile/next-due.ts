import { BOUNDS } from '../bounds.ts';
import type { CustomerFact } from '../fact/fact.ts';
import { firstStageDue } from '../outcome/awaited-stages.ts';
import { CONSIDER, type Profile } from './profile.ts';

/**
 * When this customer must be looked at next: the earliest timer or awaited outcome; 0: never. What is due at no instant wakes nobody.
 * Considerations are apart (`considerationDue`): nothing else may wait behind them.
 */
export function nextDue(profile: Profile): number {
  let due = 0;
  for (const timer of profile.timers) if (timer.kind !== CONSIDER) due = earlier(due, timer.due);
  const { pending } = profile;
  for (let i = 0; i < pending.length; i++) due = earlier(due, pending.dueAt(i));
  return due;
}

/** When the customer is considered next, 0: never. */
export function considerationDue(profile: Profile): number {
  for (const timer of profile.timers) if (timer.kind === CONSIDER) return earlier(0, timer.due);
  return 0;
}

/**
 * The earliest that `fact` makes due for the customer once it is folded, 0: nothing. Enough after a turn, because what was due before
 * has its wake-up already, and it touches nothing of the profile.
 */
export function dueOf(fact: CustomerFact): number {
  if (fact.kind === 'timer') return fact.op === 'set' && fact.timer !== CONSIDER ? earlier(0, fact.due) : 0;
  if (fact.kind === 'absorb-begin') return fact.at + BOUNDS.claimRetryMs;
  if (fact.kind === 'absorb-out') return fact.at + BOUNDS.estateMs;
  // What the other customer awaited is looked at without delay, and so is what each has for themselves again.
  if (fact.kind === 'absorb-in') return fact.state === undefined && fact.link === undefined ? 0 : fact.at;
  if (fact.kind === 'unlinked') return earlier(fact.at, fact.at + BOUNDS.claimRetryMs);
  if (fact.kind === 'restored') return earlier(0, fact.at);
  if (fact.kind !== 'decision') return 0;
  let due = 0;
  for (let i = 0; i < fact.choices.length; i++) {
    const choice = fact.choices[i];
    if (choice?.kind === 'later') due = earlier(due, choice.at);
    if (choice?.audience !== undefined) due = earlier(due, choice.notAfter);
    due = earlier(due, firstStageDue(fact, i));
  }
  return due;
}

/** The earlier of two times; 0, NaN or a negative one means no time. 0: neither is one. */
export function earlier(a: number, b: number): number {
  if (!(a > 0)) return b > 0 ? b : 0;
  return b > 0 && b < a ? b : a;
}
