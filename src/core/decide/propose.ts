/** propose → guard: fills a draft's columns with every candidate and what removed it, and the features of those left. */
import { discountOf } from '../arbitration/expected-value.ts';
import type { Subject } from '../candidate/subject.ts';
import { PURPOSES } from '../channel.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import { writeFeatures, writeFeaturesLike } from '../feature/write-features.ts';
import { budgetExhausted, channelBacklog } from '../guardrail/capacity.ts';
import { contentUnfillable, subjectMissing } from '../guardrail/content.ts';
import { isHeldOut } from '../guardrail/holdout.ts';
import { fullPriceBuyer, incentiveLive, marginBroken, stageMismatch } from '../guardrail/promotion.ts';
import { quietHours, sendInstant } from '../guardrail/quiet-hours.ts';
import { codes, type Verdict } from '../guardrail/verdict.ts';
import type { Action, ChannelPolicy, Placement, Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { computeTraits } from '../trait/compute-traits.ts';
import {
  ANY_CHANNEL,
  ANY_VARIANT,
  type CandidateColumns,
  NOTHING,
  PROPOSERS,
  ROW_PROPOSED,
  ROW_REMOVED,
} from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';
import { type PolicyIndex, policyIndex } from './policy-index.ts';

const reason = codes(
  'ERASED',
  'HELD_OUT',
  'ABSORB_PENDING',
  'PLACEMENT_MISMATCH',
  'TRIGGER_MISMATCH',
  'SUPERSEDED',
  'OUTRANKED',
);
const BY_PLACEMENT = PROPOSERS.indexOf('placement');
const BY_PROACTIVE = PROPOSERS.indexOf('proactive');
const BY_TRIGGER = PROPOSERS.indexOf('trigger');
const BY_PLAN = PROPOSERS.indexOf('plan');
const BY_NOTHING = PROPOSERS.indexOf('nothing');
const MARKETING = PURPOSES.indexOf('marketing');
const SERVICE = PURPOSES.indexOf('service');
/** A placement's least share of the candidates that are scored. */
const SCORED_PER_PLACEMENT_MIN = 4;

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
  cut(draft, Math.max(1, ask.placements.length));
  fillFeatures(draft, env, profile);
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
  draft.leftCount = 0;
  draft.scoreRows = 0;
  draft.index = index;
  draft.about = { policy: env.policy, catalog: env.catalog, now: env.now, friction: ask.friction };
  draft.offsetMin = Number.isNaN(ask.offsetMin) ? profile.offsetMin : ask.offsetMin;
  draft.locale = ask.locale === '' ? profile.locale : ask.locale;
  draft.conditions.reset(env.policy.conditions.length);
  draft.subjects.reset();
  draft.gate.reset();
  draft.caps.reset();
  draft.clear.fill(0);
  draft.quiet.pass();
  quietHours(draft.quiet, env, draft.offsetMin, env.now);
  draft.heldOut = isHeldOut(env.policy, profile.id);
  draft.stage = computeTraits(
    draft.traits,
    profile,
    {
      now: env.now,
      rules: env.policy.stages,
      catalog: env.catalog,
      contextChannel: ask.contextChannel,
      offsetMin: draft.offsetMin,
      device: ask.device,
      locale: draft.locale,
    },
    index.needs,
  );
}

function proposePlacement(step: Step, place: number, name: string): void {
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
  addNothing(draft, 0);
  const trigger = policy.triggers[ask.trigger];
  if (trigger !== undefined) {
    for (const action of trigger.actions)
      proposeAction(step, 0, policy.actions[action] as Action, BY_TRIGGER, undefined);
    return;
  }
  const planned = ask.plan === undefined ? -1 : (step.index.actionByName.get(ask.plan.action) ?? -1);
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
  const verdict = draft.verdict;
  if (beforeChannels(verdict, step, action, proposer)) {
    addRemoved(draft, place, action, proposer, ANY_CHANNEL, '');
    return;
  }
  if (placement !== undefined) {
    onChannel(step, place, action, proposer, env.policy.channels[placement.channel] as ChannelPolicy, true);
    return;
  }
  for (let mask = action.channelMask; mask !== 0; mask &= mask - 1) {
    const channel = env.policy.channels[31 - Math.clz32(mask & -mask)] as ChannelPolicy;
    if (channel.push && channel.declared) onChannel(step, place, action, proposer, channel, false);
  }
}

/** What removes an action whatever the channel, before any channel is asked. */
function beforeChannels(verdict: Verdict, step: Step, action: Action, proposer: number): boolean {
  const { draft, profile, ask, index } = step;
  if (proposer === BY_TRIGGER && (action.frictionMask & (1 << ask.friction)) === 0) {
    return verdict.block(reason.TRIGGER_MISMATCH, ask.friction, action.frictionMask, ask.cause);
  }
  const when = action.when;
  if (when !== undefined && !draft.conditions.holds(when, draft.traits, index)) {
    return draft.conditions.blame(verdict, when);
  }
  if (profile.erased) return verdict.block(reason.ERASED, 0, 0, '');
  const promotional = action.promotion || action.purpose === 'marketing';
  if (promotional && draft.heldOut) return verdict.block(reason.HELD_OUT, 0, step.env.policy.holdout, '');
  if (promotional && ask.absorbPending === true) return verdict.block(reason.ABSORB_PENDING, 0, 0, '');
  if (proposer === BY_PLAN || action.sendAtMinute < 0 || profile.plans.length === 0) return false;
  for (const plan of profile.plans) {
    if (plan.action === action.id) return verdict.block(reason.SUPERSEDED, plan.at, 0, plan.id);
  }
  return false;
}

/** The guardrails in their order, on one channel; a row for each variant that is left, one row for what removed all. */
function onChannel(
  step: Step,
  place: number,
  action: Action,
  proposer: number,
  channel: ChannelPolicy,
  inPlacement: boolean,
): void {
  const { draft, profile, env } = step;
  const verdict = draft.verdict;
  const subject = draft.subjectOf(action, profile);
  verdict.pass();
  if (
    channelRefuses(verdict, step, action, proposer, channel, inPlacement) ||
    promotionRefuses(verdict, step, action, subject) ||
    (inPlacement && mismatch(verdict, action, channel)) ||
    subjectMissing(verdict, subject, action.subject)
  ) {
    addRemoved(draft, place, action, proposer, channel.index, subject.product);
    return;
  }
  const variants = action.variants;
  for (let i = 0; i < variants.length; i++) {
    const variant = variants[i] as Variant;
    const when = variant.when;
    if (when !== undefined && !draft.conditions.holds(when, draft.traits, step.index)) {
      draft.conditions.blame(verdict, when);
    } else if (
      !contentUnfillable(verdict, variant, subject, action.offer, draft.traits) &&
      !channelBacklog(verdict, env, channel) &&
      !budgetExhausted(verdict, env, action, channel.costPerMessage)
    ) {
      verdict.pass();
    }
    addRow(draft, place, action.index, i, channel.index, proposer, verdict, subject.product);
  }
}

function channelRefuses(
  verdict: Verdict,
  step: Step,
  action: Action,
  proposer: number,
  channel: ChannelPolicy,
  inPlacement: boolean,
): boolean {
  const { draft, profile, env, index } = step;
  const purpose = action.purpose === 'marketing' ? MARKETING : SERVICE;
  const hasHour = action.sendAtMinute >= 0 && proposer !== BY_PLAN && !inPlacement;
  // What is the same for every candidate of a channel is asked once; most of them then pay for one look.
  const place = channel.index * PURPOSES.length + purpose;
  if (!hasHour && draft.clear[place] === 1) {
    return draft.caps.action(verdict, action.index, channel.index, profile, index, env.now);
  }
  const gate = draft.gate.ask(channel.index, purpose, profile, env.policy);
  if (gate.code !== 0) return take(verdict, gate);
  if (channel.push && channel.quietHours) {
    if (hasHour) {
      const goes = sendInstant(env, draft.offsetMin, action.sendAtMinute);
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

function promotionRefuses(verdict: Verdict, step: Step, action: Action, subject: Subject): boolean {
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

/** Value of the order that a candidate is about, in currency. */
export function orderValueOf(action: Action, subject: Subject): number {
  return subject.orderValue > 0 ? subject.orderValue : action.orderValue;
}

/** Margin of that order before any offer, in currency. */
export function orderMarginOf(action: Action, subject: Subject, orderValue: number): number {
  if (subject.orderValue > 0 && !Number.isNaN(subject.orderMargin)) return subject.orderMargin;
  return orderValue * action.marginRate;
}

function mismatch(verdict: Verdict, action: Action, channel: ChannelPolicy): boolean {
  if (channel.declared && (action.channelMask & (1 << channel.index)) !== 0) return false;
  return verdict.block(reason.PLACEMENT_MISMATCH, channel.index, action.channelMask, channel.id);
}

function take(verdict: Verdict, found: Verdict): true {
  verdict.copy(found);
  return true;
}

function addNothing(draft: DecisionDraft, place: number): void {
  draft.verdict.pass();
  addRow(draft, place, NOTHING, 0, ANY_CHANNEL, BY_NOTHING, draft.verdict, '');
}

function addRemoved(
  draft: DecisionDraft,
  place: number,
  action: Action,
  proposer: number,
  channel: number,
  product: string,
): void {
  const variant = action.variants.length === 1 ? 0 : ANY_VARIANT;
  addRow(draft, place, action.index, variant, channel, proposer, draft.verdict, product);
}

function addRow(
  draft: DecisionDraft,
  place: number,
  action: number,
  variant: number,
  channel: number,
  proposer: number,
  verdict: Verdict,
  product: string,
): void {
  const columns = draft.columns;
  const row = columns.count;
  if (row >= columns.capacity) {
    draft.dropped++;
    return;
  }
  columns.count = row + 1;
  columns.placement[row] = place;
  columns.action[row] = action;
  columns.variant[row] = variant;
  columns.channel[row] = channel;
  columns.proposer[row] = proposer;
  const code = verdict.code;
  if (code === 0) {
    columns.stage[row] = ROW_PROPOSED;
    draft.left[draft.leftCount++] = row;
  } else columns.stage[row] = ROW_REMOVED;
  columns.reason[row] = code;
  columns.value[row] = verdict.value;
  columns.limit[row] = verdict.limit;
  columns.ref[row] = verdict.ref;
  columns.product[row] = product;
}

/** Rows are reused: what the last decision computed must not be read as this one's. Only rows that were scored hold any. */
function clearScores(columns: CandidateColumns): void {
  const count = columns.count;
  for (let row = 0; row < count; row++) {
    if ((columns.scoreRow[row] as number) < 0) continue;
    columns.p0[row] = 0;
    columns.tau[row] = 0;
    columns.tauSd[row] = 0;
    columns.margin[row] = 0;
    columns.discount[row] = 0;
    columns.margin0[row] = 0;
    columns.engage[row] = 0;
    columns.engageValue[row] = 0;
    columns.unsubscribe[row] = 0;
    columns.unsubscribeCost[row] = 0;
    columns.channelCost[row] = 0;
    columns.budgetCost[row] = 0;
    columns.ev[row] = 0;
    columns.evSd[row] = 0;
  }
  columns.scoreRow.fill(-1, 0, count);
  columns.propensity.fill(0, 0, count);
}

/** Bounds what is scored: per placement the most promising by prior lift and worth stay, the first proposed wins a tie. */
function cut(draft: DecisionDraft, placements: number): void {
  const most = Math.max(SCORED_PER_PLACEMENT_MIN, Math.floor(draft.scoredMax / placements));
  if (draft.leftCount <= most) return;
  const { columns, left } = draft;
  let from = 0;
  while (from < draft.leftCount) {
    let to = from + 1;
    while (to < draft.leftCount && columns.action[left[to] as number] !== NOTHING) to++;
    if (to - from - 1 > most) cutRange(draft, from + 1, to, to - from - 1 - most);
    from = to;
  }
  let kept = 0;
  for (let i = 0; i < draft.leftCount; i++) {
    const row = left[i] as number;
    if (columns.stage[row] === ROW_PROPOSED) left[kept++] = row;
  }
  draft.leftCount = kept;
}

/** Removes the `excess` least promising of the rows left[from] … left[to − 1]. */
function cutRange(draft: DecisionDraft, from: number, to: number, excess: number): void {
  const { columns, left, rank, index } = draft;
  const actions = index?.policy.actions ?? [];
  for (let i = from; i < to; i++) {
    const action = actions[columns.action[left[i] as number] as number];
    rank[i] =
      action === undefined
        ? 0
        : action.liftMean * action.orderValue * action.marginRate + action.engagementValue;
  }
  for (let round = 0; round < excess; round++) {
    let worst = -1;
    for (let i = from; i < to; i++) {
      if (columns.stage[left[i] as number] !== ROW_PROPOSED) continue;
      if (worst < 0 || (rank[i] as number) <= (rank[worst] as number)) worst = i;
    }
    const row = left[worst] as number;
    columns.stage[row] = ROW_REMOVED;
    columns.reason[row] = reason.OUTRANKED;
    columns.value[row] = rank[worst] as number;
    columns.limit[row] = excess;
  }
}

/** One row of features per channel that still has a candidate, in order of first use. */
function fillFeatures(draft: DecisionDraft, env: DecideEnv, profile: Profile): void {
  const { columns, left, rowOfChannel, features } = draft;
  rowOfChannel.fill(-1);
  for (let i = 0; i < draft.leftCount; i++) {
    const row = left[i] as number;
    if (columns.action[row] === NOTHING) continue;
    const channel = columns.channel[row] as number;
    let scoreRow = rowOfChannel[channel] as number;
    if (scoreRow < 0) {
      scoreRow = draft.scoreRows++;
      rowOfChannel[channel] = scoreRow;
      draft.scoreChannel[scoreRow] = channel;
      if (scoreRow === 0) {
        const context = { now: env.now, stage: draft.stage, offsetMin: draft.offsetMin };
        writeFeatures(features, 0, profile, context, channel);
      } else writeFeaturesLike(features, scoreRow * FEATURE_COUNT, 0, profile, env.now, channel);
    }
    columns.scoreRow[row] = scoreRow;
  }
}
