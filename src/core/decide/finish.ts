/** score → arbitrate → record: turns a proposed draft and the model's logits into the decision. */
import { added } from '../../base/added.ts';
import { seedRng } from '../../base/rng.ts';
import { engagementRate, reachRate } from '../arbitration/channel-response.ts';
import { discountOf, expectedValue, sigmoid } from '../arbitration/expected-value.ts';
import { orderMarginOf, orderValueOf } from '../candidate/order-value.ts';
import { findsNothing } from '../consideration/finds-nothing.ts';
import type { Choice, DecisionFact } from '../fact/fact.ts';
import { micros } from '../guardrail/budgets.ts';
import { COMMON, limitsOf, NO_LIMITS } from '../guardrail/contact-limits.ts';
import { codes } from '../guardrail/verdict.ts';
import type { Action, ChannelPolicy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { customerAlive, residualValue } from '../trait/customer-value.ts';
import { NOTHING, ROW_CHOSEN, ROW_REMOVED, ROW_SCORED } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import { type DecisionDraft, HEAD_COUNT } from './decision-draft.ts';
import { drawRow } from './draw-row.ts';
import { makeChoice } from './make-choice.ts';

const { SUPERSEDED, OTHER_INCENTIVE_LIVE } = codes('SUPERSEDED', 'OTHER_INCENTIVE_LIVE');

/** Residual value of a customer without orders, in orders as the action at hand would make them. */
const PROSPECT_ORDERS = 0.2;

/**
 * The decision. `logits` holds HEAD_COUNT values per score row of this draft from row `rowOffset` on; with `fallback` they
 * are the card's base rates, which need no calibration. The fact refers to the draft (I2 of decision-draft.ts).
 */
export function finish(
  draft: DecisionDraft,
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  logits: Float32Array,
  rowOffset: number,
  fallback: boolean,
): DecisionFact {
  readLogits(draft, env, logits, rowOffset, fallback);
  answerRates(draft, env, profile, ask);
  scoreRows(draft, env, profile);
  const choices = arbitrate(draft, env, profile, ask);
  return record(draft, env, profile, ask, choices, fallback);
}

function readLogits(
  draft: DecisionDraft,
  env: DecideEnv,
  logits: Float32Array,
  rowOffset: number,
  fallback: boolean,
): void {
  const own = draft.logits;
  for (let row = 0; row < draft.scoreRows; row++) {
    for (let head = 0; head < HEAD_COUNT; head++) {
      own[row * HEAD_COUNT + head] = logits[(rowOffset + row) * HEAD_COUNT + head] as number;
    }
    draft.rowP0[row] = sigmoid(calibrated(draft, env, row, 0, fallback) + env.p0Shift);
    draft.rowEngage[row] = sigmoid(calibrated(draft, env, row, 1, fallback));
    draft.rowUnsubscribe[row] = sigmoid(calibrated(draft, env, row, 2, fallback));
  }
}

function calibrated(
  draft: DecisionDraft,
  env: DecideEnv,
  row: number,
  head: number,
  fallback: boolean,
): number {
  const logit = draft.logits[row * HEAD_COUNT + head] as number;
  const calibration = fallback ? undefined : env.calibration[head];
  return calibration === undefined ? logit : calibration.a * logit + calibration.b;
}

/** How the customer answers on each channel that was scored: their own record corrects the model, and so does where they are. */
function answerRates(draft: DecisionDraft, env: DecideEnv, profile: Profile, ask: DecideAsk): void {
  const here = ask.placements.length > 0;
  for (let row = 0; row < draft.scoreRows; row++) {
    const channel = draft.scoreChannel[row] as number;
    const engaged = engagementRate(draft.rowEngage[row] as number, profile, channel);
    const standing = here || ask.contextChannel === channel;
    draft.rowEngage[row] = engaged;
    draft.rowReach[row] = reachRate(engaged, profile, channel, standing, env.now);
  }
}

function scoreRows(draft: DecisionDraft, env: DecideEnv, profile: Profile): void {
  const columns = draft.columns;
  const policy = env.policy;
  const residual = residualValue(profile, env.now, customerAlive(profile, env.now));
  for (let i = 0; i < draft.eligibleCount; i++) {
    const row = draft.eligible[i] as number;
    columns.stage[row] = ROW_SCORED;
    const scoreRow = columns.scoreRow[row] as number;
    if (scoreRow < 0) continue;
    const action = policy.actions[columns.action[row] as number] as Action;
    const channel = policy.channels[columns.channel[row] as number] as ChannelPolicy;
    const subject = draft.subjectOf(action, profile);
    const value = orderValueOf(action, subject);
    const margin = orderMarginOf(action, subject, value);
    const reach = draft.rowReach[scoreRow] as number;
    columns.p0[row] = draft.rowP0[scoreRow] as number;
    columns.tau[row] = action.liftMean * reach;
    columns.tauSd[row] = action.liftSd * reach;
    columns.margin[row] = margin;
    columns.discount[row] = discountOf(action.offer, value);
    columns.margin0[row] = margin;
    columns.engage[row] = draft.rowEngage[scoreRow] as number;
    columns.engageValue[row] = action.engagementValue;
    columns.channelCost[row] = channel.costPerMessage;
    if (channel.push) {
      columns.unsubscribe[row] = draft.rowUnsubscribe[scoreRow] as number;
      const worth =
        profile.orderCount > 0 ? residual : PROSPECT_ORDERS * action.orderValue * action.marginRate;
      columns.unsubscribeCost[row] = channel.unsubscribeLoss * worth;
    }
    expectedValue(columns, row);
  }
}

/** Draws one row per placement, from the first to the last; what was chosen above is no candidate below. */
function arbitrate(draft: DecisionDraft, env: DecideEnv, profile: Profile, ask: DecideAsk): Choice[] {
  const columns = draft.columns;
  const rng = seedRng(ask.seedA, ask.seedB);
  let choices: Choice[] = [];
  const eligible = draft.eligible;
  let from = 0;
  while (from < draft.eligibleCount) {
    const first = eligible[from] as number;
    let to = from + 1;
    while (to < draft.eligibleCount && columns.action[eligible[to] as number] !== NOTHING) to++;
    if (choices.length > 0) removeConflicts(draft, env, choices, from, to);
    const row = drawRow(draft, env, ask, from, to, rng.float());
    columns.stage[row] = ROW_CHOSEN;
    const end = to < draft.eligibleCount ? (eligible[to] as number) : columns.count;
    const place = columns.placement[first] as number;
    choices = added(choices, makeChoice(draft, env, profile, ask, place, row, first, end));
    from = to;
  }
  return choices;
}

/** A slate repeats no action and no product, holds no two incentives, and stays within caps and budgets as a whole. */
function removeConflicts(
  draft: DecisionDraft,
  env: DecideEnv,
  choices: readonly Choice[],
  from: number,
  to: number,
): void {
  const columns = draft.columns;
  for (let at = from + 1; at < to; at++) {
    const row = draft.eligible[at] as number;
    const action = env.policy.actions[columns.action[row] as number] as Action;
    const channel = columns.channel[row] as number;
    const { push } = env.policy.channels[channel] as ChannelPolicy;
    const limits = limitsOf(env.policy, action.purpose);
    const more = { onChannel: 0, ofKind: 0, all: 0 };
    for (let i = 0; i < choices.length && columns.stage[row] === ROW_SCORED; i++) {
      const above = choices[i] as Choice;
      if (above.kind === 'nothing') continue;
      // What has limits of its own counts for those alone.
      if ((above.apart === true) === (limits !== COMMON)) {
        more.all++;
        if (env.policy.channels[above.channel]?.push === push) more.ofKind++;
        if (above.channel === channel) more.onChannel++;
      }
      if (above.action === action.id || (above.product !== '' && above.product === columns.product[row])) {
        remove(draft, row, SUPERSEDED, i, 0, above.action);
      } else if (
        above.offer !== undefined &&
        action.offer !== undefined &&
        above.offer.offer !== action.offer.id
      ) {
        remove(
          draft,
          row,
          OTHER_INCENTIVE_LIVE,
          env.now,
          env.now + env.policy.incentiveWindowMs,
          above.offer.offer,
        );
      }
    }
    const verdict = draft.verdict;
    if (columns.stage[row] !== ROW_SCORED) continue;
    const draw = micros(columns.discount[row] as number) + micros(columns.channelCost[row] as number);
    if (
      (limits !== NO_LIMITS && draft.caps.slate(verdict, channel, limits, more)) ||
      draft.budgets.slate(verdict, env, action, draw, choices)
    ) {
      remove(draft, row, verdict.code, verdict.value, verdict.limit, verdict.ref);
    }
  }
}

function remove(
  draft: DecisionDraft,
  row: number,
  code: number,
  value: number,
  limit: number,
  ref: string,
): void {
  const columns = draft.columns;
  columns.stage[row] = ROW_REMOVED;
  columns.reason[row] = code;
  columns.value[row] = value;
  columns.limit[row] = limit;
  columns.ref[row] = ref;
}

function record(
  draft: DecisionDraft,
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  choices: readonly Choice[],
  fallback: boolean,
): DecisionFact {
  const outcome = env.policy.outcome;
  const awaited = ask.dispatch ? outcome.unsubscribeMs : outcome.purchaseMs;
  const due = new Array<number>(choices.length);
  for (let i = 0; i < choices.length; i++) {
    const window = choices[i]?.kind === 'treatment' ? awaited : outcome.purchaseMs;
    due[i] = findsNothing(draft, ask) ? 0 : env.now + window;
  }
  return {
    kind: 'decision',
    customer: profile.id,
    key: profile.key,
    at: env.now,
    zone: ask.zone,
    offsetMin: draft.clock.offsetMin,
    offsets: draft.clock.used,
    profileVersion: profile.version,
    requestId: ask.requestId,
    requestHash: ask.requestHash,
    bodyHash: ask.bodyHash,
    cause: ask.cause,
    trigger: ask.trigger,
    dispatch: ask.dispatch,
    seedA: ask.seedA,
    seedB: ask.seedB,
    heldOut: draft.heldOut,
    mixed: profile.isMixed,
    ...(ask.isProvisional && { provisional: true as const }),
    policy: env.policy.version,
    model: env.model,
    head: env.head,
    catalogSequence: draft.catalogSequence,
    fallback,
    contextChannel: ask.contextChannel,
    friction: ask.friction,
    locale: draft.locale,
    device: ask.device,
    placements: ask.placements,
    alternativesMax: ask.alternativesMax,
    outcomeDue: due,
    clickMs: outcome.clickMs,
    purchaseMs: outcome.purchaseMs,
    choices,
    record: {
      columns: draft.columns,
      features: draft.featureView,
      logits: draft.logitView,
      scoreRows: draft.scoreRows,
      scoreChannel: draft.scoreChannelView,
      budgetUsed: draft.budgets.used,
      rowP0: draft.p0View,
      rowReach: draft.reachView,
      unserved: ask.placements.length > 0 ? 0 : env.unserved,
      failing: ask.placements.length > 0 ? 0 : env.failing,
    },
  };
}
