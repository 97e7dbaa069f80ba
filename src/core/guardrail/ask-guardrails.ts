/**
 * Asks the guardrails of the table about one candidate, in the table's order. They are called by name, because walking the
 * table, whose calls cannot be inlined, made a decision 11 to 15 % slower (decide.bench.ts). guardrails.test.ts compares the
 * calls of this file with the table.
 */
import type { CandidateContext } from '../candidate/candidate-context.ts';
import { absorbPending } from './absorb-pending.ts';
import { alreadyPlanned } from './already-planned.ts';
import { audienceKey } from './audience-key.ts';
import { backlog } from './backlog.ts';
import { budget } from './budget.ts';
import type { ChannelRefusals } from './channel-refusals.ts';
import { actionCondition, variantCondition } from './conditions.ts';
import { consent } from './consent.ts';
import { actionCap, channelCap, kindCap, totalCap } from './contact-caps.ts';
import { content, subjectFound } from './content.ts';
import { fullPrice } from './full-price.ts';
import { GUARDRAILS } from './guardrails.ts';
import { holdout } from './holdout.ts';
import { incentive } from './incentive.ts';
import { margin } from './margin.ts';
import { supportCase } from './open-case.ts';
import { optOut } from './opt-out.ts';
import { pausedAction, pausedChannel } from './paused.ts';
import { placementFit } from './placement-fit.ts';
import { purchase } from './purchase.ts';
import { quiet } from './quiet-hours.ts';
import { reachability } from './reachability.ts';
import { stageFit } from './stage-fit.ts';
import { stock } from './stock.ts';
import { triggerMismatch } from './trigger-mismatch.ts';
import type { Verdict } from './verdict.ts';

const ACTION_CAP = GUARDRAILS.indexOf(actionCap);

/** Whether the action is removed before any channel is looked at; the verdict then says why, as in the functions below. */
export function removesAction(verdict: Verdict, candidate: CandidateContext): boolean {
  return (
    triggerMismatch.check(verdict, candidate) ||
    actionCondition.check(verdict, candidate) ||
    holdout.check(verdict, candidate) ||
    absorbPending.check(verdict, candidate) ||
    supportCase.check(verdict, candidate) ||
    alreadyPlanned.check(verdict, candidate) ||
    pausedAction.check(verdict, candidate)
  );
}

/** Whether the action is removed for what it is about, or who the customer is, before any channel is looked at. */
export function removesSubject(verdict: Verdict, candidate: CandidateContext): boolean {
  return (
    purchase.check(verdict, candidate) ||
    incentive.check(verdict, candidate) ||
    fullPrice.check(verdict, candidate) ||
    stock.check(verdict, candidate) ||
    stageFit.check(verdict, candidate) ||
    margin.check(verdict, candidate) ||
    subjectFound.check(verdict, candidate)
  );
}

/** Whether the action is removed on the candidate's channel. */
export function removesOnChannel(
  verdict: Verdict,
  candidate: CandidateContext,
  refusals: ChannelRefusals,
): boolean {
  // A message that waits for an hour is asked about the quiet hours of that hour.
  const waits = candidate.sendMinute >= 0 && !candidate.inPlacement;
  if (!waits) {
    if (removesNow(verdict, candidate, refusals)) return true;
  } else if (
    consent.check(verdict, candidate) ||
    reachability.check(verdict, candidate) ||
    optOut.check(verdict, candidate) ||
    actionCap.check(verdict, candidate) ||
    channelCap.check(verdict, candidate) ||
    kindCap.check(verdict, candidate) ||
    totalCap.check(verdict, candidate) ||
    pausedChannel.check(verdict, candidate) ||
    quiet.check(verdict, candidate)
  ) {
    return true;
  }
  return placementFit.check(verdict, candidate) || audienceKey.check(verdict, candidate);
}

/** Whether the variant is removed. */
export function removesVariant(verdict: Verdict, candidate: CandidateContext): boolean {
  return (
    variantCondition.check(verdict, candidate) ||
    content.check(verdict, candidate) ||
    backlog.check(verdict, candidate) ||
    budget.check(verdict, candidate)
  );
}

/** From `consent` to `quiet` for what goes now: all candidates of a channel and purpose share the answer but for the action's cap. */
function removesNow(verdict: Verdict, candidate: CandidateContext, refusals: ChannelRefusals): boolean {
  const refused = refusals.place(candidate);
  if (refused > ACTION_CAP && actionCap.check(verdict, candidate)) return true;
  return refusals.copyTo(verdict, candidate);
}
