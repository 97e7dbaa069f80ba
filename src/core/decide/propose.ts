/** propose → guard: fills a draft's columns with every candidate and what removed it, and the features of those left. */

import { goesOut } from '../audience/joins-audience.ts';
import { findsNothing } from '../consideration/finds-nothing.ts';
import { causeAbout } from '../event/cause.ts';
import { isOrderNews } from '../event/news.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import { writeFeatures, writeFeaturesLike } from '../feature/write-features.ts';
import {
  removesAction,
  removesOnChannel,
  removesSubject,
  removesVariant,
} from '../guardrail/ask-guardrails.ts';
import { COMMON, type ContactLimits, limitsOf, SERVICE } from '../guardrail/contact-limits.ts';
import { isHeldOut } from '../guardrail/holdout.ts';
import { quietHours } from '../guardrail/quiet-hours.ts';
import type { Verdict } from '../guardrail/verdict.ts';
import type { Action, ChannelPolicy, Placement, Policy, Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { ACTION_PURPOSES, PURPOSE_RULES } from '../purpose.ts';
import { computeTraits } from '../trait/compute-traits.ts';
import { addNothing, addRemoved, addRow, clearScores } from './add-row.ts';
import { ANY_CHANNEL, NOTHING, PROPOSERS } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';
import { type PolicyIndex, policyIndex } from './policy-index.ts';
import { preferServed } from './prefer-served.ts';
import { minuteOn, nightMinute, sendMinute } from './send-minute.ts';
import { shortlist } from './shortlist.ts';

const BY_PLACEMENT = PROPOSERS.indexOf('placement');
const BY_PROACTIVE = PROPOSERS.indexOf('proactive');
const BY_TRIGGER = PROPOSERS.indexOf('trigger');
const BY_PLAN = PROPOSERS.indexOf('plan');
const HOURS: readonly ContactLimits[] = [COMMON, SERVICE];

/** One decision's inputs, handed from step to step. */
interface Step {
  readonly draft: DecisionDraft;
  readonly env: DecideEnv;
  readonly profile: Profile;
  readonly ask: DecideAsk;
  readonly index: PolicyIndex;
}

/**
 * Fills `draft.columns` and, for each channel with a candidate left, one row of `draft.features`. An unknown placement
 * has only "do nothing".
 */
export function propose(draft: DecisionDraft, env: DecideEnv, profile: Profile, ask: DecideAsk): void {
  const index = policyIndex(env.policy);
  begin(draft, env, profile, ask, index);
  const step: Step = { draft, env, profile, ask, index };
  if (ask.placements.length === 0) proposeOutbound(step);
  else for (let i = 0; i < ask.placements.length; i++) proposePlacement(step, i, ask.placements[i] as string);
  preferServed(draft, env, ask);
  shortlist(draft, Math.max(1, ask.placements.length));
  fillFeatures(draft, env, profile);
  if (draft.scoreRows === 0 && !findsNothing(draft, ask))
    addScoreRow(draft, env, profile, quietChannel(step));
}

function begin(
  draft: DecisionDraft,
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  index: PolicyIndex,
): void {
  clearScores(draft.columns);
  draft.columns.count = 0;
  draft.dropped = 0;
  draft.eligibleCount = 0;
  draft.scoreRows = 0;
  draft.index = index;
  draft.catalogSequence = env.catalog.sequence;
  draft.about = {
    policy: env.policy,
    catalog: env.catalog,
    now: env.now,
    friction: ask.friction,
    order: orderOf(env.policy, ask),
  };
  draft.clock.begin(env.zones, ask.zone === '' ? profile.zone : ask.zone, env.now, ask.recorded);
  const { offsetMin } = draft.clock;
  draft.locale = ask.locale === '' ? profile.locale : ask.locale;
  draft.conditions.reset(env.policy.conditions.length);
  draft.subjects.reset();
  draft.caps.reset();
  draft.budgets.reset();
  draft.refusals.reset();
  draft.heldOut = isHeldOut(env.policy, profile.id);
  draft.stage = computeTraits(
    draft.traits,
    profile,
    {
      now: env.now,
      rules: env.policy.stages,
      catalog: env.catalog,
      contextChannel: ask.contextChannel,
      offsetMin,
      device: ask.device,
      locale: draft.locale,
    },
    index.needs,
  );
  const { candidate } = draft;
  candidate.env = env;
  candidate.profile = profile;
  candidate.ask = ask;
  candidate.index = index;
  candidate.heldOut = draft.heldOut;
  candidate.stage = draft.stage;
  findQuietHours(candidate.quietNow, env, offsetMin);
}

/** The order whose news the decision is about, '' for none. */
function orderOf({ triggers }: Policy, { trigger, cause }: DecideAsk): string {
  const on = triggers[trigger]?.on;
  return on === undefined || !isOrderNews(on) ? '' : causeAbout(cause);
}

/** Whether it is quiet now, by the hours of each of ContactLimits. */
function findQuietHours(quietNow: readonly Verdict[], env: DecideEnv, offsetMin: number): void {
  for (const limits of HOURS) {
    const verdict = quietNow[limits] as Verdict;
    verdict.pass();
    if (limits === COMMON || env.policy.service !== undefined)
      quietHours(verdict, env, limits, offsetMin, env.now);
  }
}

function proposePlacement(step: Step, place: number, name: string): void {
  step.draft.room = step.draft.columns.capacity - (step.ask.placements.length - 1 - place);
  addNothing(step.draft, place);
  const policy = step.env.policy;
  const placement = policy.placements[policy.placementByName.get(name) ?? -1];
  if (placement === undefined) return;
  for (let i = 0; i < placement.actions.length; i++) {
    const action = policy.actions[placement.actions[i] as number] as Action;
    proposeAction(step, place, action, BY_PLACEMENT, placement);
  }
}

function proposeOutbound(step: Step): void {
  const { draft, env, ask } = step;
  const policy = env.policy;
  draft.room = draft.columns.capacity;
  addNothing(draft, 0);
  const planned = ask.plan === undefined ? -1 : (step.index.actionByName.get(ask.plan.action) ?? -1);
  const trigger = policy.triggers[ask.trigger];
  if (trigger !== undefined) {
    for (const index of trigger.actions) {
      const action = policy.actions[index] as Action;
      // As below: at the plan's hour nothing else may be put off.
      const waits = sendMinute(policy, ask, action, BY_TRIGGER) >= 0;
      if (ask.plan !== undefined && index !== planned && waits) continue;
      proposeAction(step, 0, action, index === planned ? BY_PLAN : BY_TRIGGER, undefined);
    }
    return;
  }
  if (planned >= 0) proposeAction(step, 0, policy.actions[planned] as Action, BY_PLAN, undefined);
  for (let i = 0; i < policy.proactive.length; i++) {
    const action = policy.actions[policy.proactive[i] as number] as Action;
    // At a plan's hour nothing else may be put off again, or two plans could wait for each other for ever.
    if (action.index === planned || (ask.plan !== undefined && action.sendAtMinute >= 0)) continue;
    proposeAction(step, 0, action, BY_PROACTIVE, undefined);
  }
}

function proposeAction(
  step: Step,
  place: number,
  action: Action,
  proposer: number,
  placement: Placement | undefined,
): void {
  const { draft, env } = step;
  const { candidate } = draft;
  candidate.action = action;
  candidate.proposer = proposer;
  candidate.inPlacement = placement !== undefined;
  const own = sendMinute(env.policy, step.ask, action, proposer);
  candidate.purpose = ACTION_PURPOSES.indexOf(action.purpose);
  candidate.rules = PURPOSE_RULES[action.purpose];
  candidate.limits = limitsOf(env.policy, action.purpose);
  const isQuiet = (candidate.quietNow[candidate.limits] as Verdict).code !== 0;
  candidate.sendMinute = own;
  candidate.nightMinute = nightMinute(env.policy, step.ask, action, proposer, isQuiet);
  if (removesAction(draft.verdict, candidate)) {
    addRemoved(draft, place, action, proposer, ANY_CHANNEL, '');
    return;
  }
  candidate.subject = draft.subjectOf(action, step.profile);
  if (removesSubject(draft.verdict, candidate)) {
    addRemoved(draft, place, action, proposer, ANY_CHANNEL, candidate.subject.product);
    return;
  }
  if (placement !== undefined) {
    onChannel(step, place, env.policy.channels[placement.channel] as ChannelPolicy);
    return;
  }
  for (let mask = action.channelMask; mask !== 0; mask &= mask - 1) {
    const channel = env.policy.channels[31 - Math.clz32(mask & -mask)] as ChannelPolicy;
    if (!goesOut(action, channel)) continue;
    candidate.sendMinute = minuteOn(channel, own, candidate.nightMinute);
    onChannel(step, place, channel);
  }
}

/** The candidate's action on one channel: a row for each variant, or one row for what removed all of them. */
function onChannel({ draft }: Step, place: number, channel: ChannelPolicy): void {
  const { candidate, verdict } = draft;
  const { action, proposer, subject } = candidate;
  candidate.channel = channel;
  if (removesOnChannel(verdict, candidate, draft.refusals)) {
    addRemoved(draft, place, action, proposer, channel.index, subject.product);
    return;
  }
  const variants = action.variants;
  for (let i = 0; i < variants.length; i++) {
    candidate.variant = variants[i] as Variant;
    if (!removesVariant(verdict, candidate)) verdict.pass();
    addRow(draft, place, action.index, i, channel.index, proposer, verdict, subject.product);
  }
}

/** One row of features per channel that still has a candidate, in order of first use. */
function fillFeatures(draft: DecisionDraft, env: DecideEnv, profile: Profile): void {
  const { columns, eligible, rowOfChannel } = draft;
  for (let i = 0; i < rowOfChannel.length; i++) rowOfChannel[i] = -1;
  for (let i = 0; i < draft.eligibleCount; i++) {
    const row = eligible[i] as number;
    if (columns.action[row] === NOTHING) continue;
    const channel = columns.channel[row] as number;
    let scoreRow = rowOfChannel[channel] as number;
    if (scoreRow < 0) {
      scoreRow = addScoreRow(draft, env, profile, channel);
      rowOfChannel[channel] = scoreRow;
    }
    columns.scoreRow[row] = scoreRow;
  }
}

function addScoreRow(draft: DecisionDraft, env: DecideEnv, profile: Profile, channel: number): number {
  const row = draft.scoreRows++;
  draft.scoreChannel[row] = channel;
  if (row === 0) {
    const context = { now: env.now, stage: draft.stage, offsetMin: draft.clock.offsetMin };
    writeFeatures(draft.features, 0, profile, context, channel);
  } else writeFeaturesLike(draft.features, row * FEATURE_COUNT, 0, profile, env.now, channel);
  return row;
}

/**
 * The channel whose features are kept when no candidate is left: what becomes of a customer who is told nothing (in the
 * holdout above all) is what the learner compares everything else with.
 */
function quietChannel({ env, ask, profile }: Step): number {
  const placement = env.policy.placements[env.policy.placementByName.get(ask.placements[0] ?? '') ?? -1];
  if (placement !== undefined) return placement.channel;
  return Math.max(0, ask.contextChannel >= 0 ? ask.contextChannel : profile.session.channel);
}
