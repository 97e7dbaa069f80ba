/**
 * The fold: the one place where a profile changes. Pure but for the profile it is given, total (no fact of any history
 * makes it throw), and a function of the facts alone: no clock, policy or catalogue.
 */
import { unreachable } from '../../base/assert.ts';
import type { CustomerFact } from '../fact/fact.ts';
import { foldAbsorbBegin, foldAbsorbIn, foldAbsorbOut, foldRedirected } from './absorb/fold-absorb.ts';
import { foldLinked, foldParted, foldRestored, foldUnlinked } from './absorb/fold-link.ts';
import { noteTrail } from './absorb/links.ts';
import { foldAudienceLeft } from './audiences.ts';
import { foldDeviceMoved, foldDeviceSeen } from './devices.ts';
import { foldKeyReleased, foldReaddressed } from './fold-address.ts';
import { foldDecision } from './fold-decision.ts';
import { foldDelivery, foldHanded, foldWithdraw } from './fold-delivery.ts';
import { foldErased, foldSilenced } from './fold-erasure.ts';
import { foldEvent } from './fold-event.ts';
import { foldFeedback } from './fold-feedback.ts';
import { foldOutcome, foldPlanDropped, foldTimer, foldTimerFired, foldTriggered } from './fold-timer.ts';
import { foldProvisional, foldTokenSpent } from './landing.ts';
import type { Profile } from './profile.ts';

/**
 * Folds the fact at (`seq`, `index`) of the customer's shard. The caller skips records that the profile has already
 * (`seq <= profile.seq` of a loaded snapshot).
 */
export function fold(profile: Profile, fact: CustomerFact, seq: number, index: number): void {
  if (profile.createdAt === 0) profile.createdAt = createdBy(fact);
  profile.version++;
  profile.seq = seq;
  if (profile.links.length > 0) noteTrail(profile, seq);
  switch (fact.kind) {
    case 'event':
      return foldEvent(profile, fact);
    case 'decision':
      return foldDecision(profile, fact, seq, index);
    case 'handed':
      return foldHanded(profile, fact);
    case 'delivery':
      return foldDelivery(profile, fact);
    case 'withdraw':
      return foldWithdraw(profile, fact);
    case 'audience-left':
      return foldAudienceLeft(profile, fact);
    case 'feedback':
      return foldFeedback(profile, fact);
    case 'readdressed':
      return foldReaddressed(profile, fact);
    case 'key-released':
      return foldKeyReleased(profile, fact);
    case 'device-seen':
      return foldDeviceSeen(profile, fact);
    case 'device-moved':
      return foldDeviceMoved(profile, fact);
    case 'plan-dropped':
      return foldPlanDropped(profile, fact);
    case 'timer':
      return foldTimer(profile, fact);
    case 'timer-fired':
      return foldTimerFired(profile, fact);
    case 'triggered':
      return foldTriggered(profile, fact);
    case 'outcome':
      return foldOutcome(profile, fact);
    case 'absorb-begin':
      return foldAbsorbBegin(profile, fact, seq, index);
    case 'absorb-out':
      return foldAbsorbOut(profile, fact);
    case 'absorb-in':
      return foldAbsorbIn(profile, fact, seq);
    case 'redirected':
      return foldRedirected(profile, fact);
    case 'linked':
      return foldLinked(profile, fact);
    case 'unlinked':
      return foldUnlinked(profile, fact);
    case 'restored':
      return foldRestored(profile, fact);
    case 'parted':
      return foldParted(profile, fact);
    case 'provisional':
      return foldProvisional(profile, fact);
    case 'token-spent':
      return foldTokenSpent(profile, fact);
    case 'erased':
      return foldErased(profile);
    case 'silenced':
      return foldSilenced(profile, fact);
    default:
      return unreachable(fact);
  }
}

/** When the customer came to be known: our clock at their first fact. */
function createdBy(fact: CustomerFact): number {
  if (fact.kind === 'event' || fact.kind === 'feedback') return fact.receivedAt;
  return 'at' in fact ? fact.at : 0;
}
