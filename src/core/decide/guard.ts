/**
 * The guardrails in their order, as far as they do not depend on the variant. Each fills the verdict and says whether it
 * blocks; the order is DESIGN's, and it decides which reason a candidate bears.
 */
import { discountOf } from '../arbitration/expected-value.ts';
import { orderMarginOf, orderValueOf } from '../candidate/order-value.ts';
import type { Subject } from '../candidate/subject.ts';
import { PURPOSES } from '../channel.ts';
import { fullPriceBuyer, incentiveLive, marginBroken, stageMismatch } from '../guardrail/promotion.ts';
import { quietHours, sendInstant } from '../guardrail/quiet-hours.ts';
import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Action, ChannelPolicy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { PROPOSERS } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';
import type { PolicyIndex } from './policy-index.ts';
import { sendMinute } from './send-minute.ts';

const reason = codes('HELD_OUT', 'PLACEMENT_MISMATCH', 'TRIGGER_MISMATCH', 'SUPERSEDED');
const BY_TRIGGER = PROPOSERS.indexOf('trigger');
const MARKETING = PURPOSES.indexOf('marketing');
const SERVICE = PURPOSES.indexOf('service');

/** One decision's inputs, handed from step to step. */
export interface Step {
  readonly draft: DecisionDraft;
  readonly env: DecideEnv;
  readonly profile: Profile;
  readonly ask: DecideAsk;
  readonly index: PolicyIndex;
}

/** What removes an action whatever the channel, before any channel is asked. */
export function beforeChannels(verdict: Verdict, step: Step, action: Action, proposer: number): boolean {
  const { draft, profile, ask, index } = step;
  if (proposer === BY_TRIGGER && (action.frictionMask & (1 << ask.friction)) === 0) {
    return verdict.block(reason.TRIGGER_MISMATCH, ask.friction, action.frictionMask, ask.cause);
  }
  const when = action.when;
  if (when !== undefined && !draft.conditions.holds(when, draft.traits, index)) {
    return draft.conditions.blame(verdict, when);
  }
  const promotional = action.promotion || action.purpose === 'marketing';
  if (promotional && draft.heldOut) return verdict.block(reason.HELD_OUT, 0, step.env.policy.holdout, '');
  if (profile.plans.length === 0 || sendMinute(step.env.policy, ask, action, proposer) < 0) return false;
  for (const plan of profile.plans) {
    if (plan.action === action.id) return verdict.block(reason.SUPERSEDED, plan.at, 0, plan.id);
  }
  return false;
}

/** Consent, reachability, refusals, quiet hours, caps. */
export function channelRefuses(
  verdict: Verdict,
  step: Step,
  action: Action,
  proposer: number,
  channel: ChannelPolicy,
  inPlacement: boolean,
): boolean {
  const { draft, profile, env, index } = step;
  const purpose = action.purpose === 'marketing' ? MARKETING : SERVICE;
  const minute = inPlacement ? -1 : sendMinute(env.policy, step.ask, action, proposer);
  const hasHour = minute >= 0;
  // What is the same for every candidate of a channel is asked once; most of them then pay for one look.
  const place = channel.index * PURPOSES.length + purpose;
  if (!hasHour && draft.clear[place] === 1) {
    return draft.caps.action(verdict, action.index, channel.index, profile, index, env.now);
  }
  const gate = draft.gate.ask(channel.index, purpose, profile, env.policy);
  if (gate.code !== 0) return take(verdict, gate);
  if (channel.push && channel.quietHours) {
    if (hasHour) {
      const goes = sendInstant(env, draft.offsetMin, minute);
      if (quietHours(verdict, env, draft.offsetMin, goes)) return true;
    } else if (draft.quiet.code !== 0) return take(verdict, draft.quiet);
  }
  const channelCap = draft.caps.channel(channel.index, profile, index, env.now);
  if (channelCap.code !== 0) return take(verdict, channelCap);
  if (draft.caps.action(verdict, action.index, channel.index, profile, index, env.now)) return true;
  const totalCap = draft.caps.total(channel.index, profile, index, env.now);
  if (totalCap.code !== 0) return take(verdict, totalCap);
  if (!hasHour) draft.clear[place] = 1;
  return false;
}

/** Purchases, incentives, stock, stage, margin. */
export function promotionRefuses(verdict: Verdict, step: Step, action: Action, subject: Subject): boolean {
  const { draft, profile, env } = step;
  const policy = env.policy;
  if (action.promotion && subject.purchase.code !== 0) return take(verdict, subject.purchase);
  if (incentiveLive(verdict, action, profile, policy, env.now)) return true;
  if (fullPriceBuyer(verdict, action, profile, policy)) return true;
  if (action.promotion && subject.sold.code !== 0) return take(verdict, subject.sold);
  if (stageMismatch(verdict, action, draft.stage)) return true;
  if (action.offer === undefined) return false;
  const value = orderValueOf(action, subject);
  return marginBroken(
    verdict,
    action,
    policy,
    value,
    orderMarginOf(action, subject, value),
    discountOf(action.offer, value),
  );
}

/** The action is not for the placement's channel. Compared: the channel, the action's mask. */
export function placementMismatch(verdict: Verdict, action: Action, channel: ChannelPolicy): boolean {
  if (channel.declared && (action.channelMask & (1 << channel.index)) !== 0) return false;
  return verdict.block(reason.PLACEMENT_MISMATCH, channel.index, action.channelMask, channel.id);
}

function take(verdict: Verdict, found: Verdict): true {
  verdict.copy(found);
  return true;
}
