import { nextAudienceVersion } from '../audience/audience-version.ts';
import { joinsAudience } from '../audience/joins-audience.ts';
import { civilDay } from '../calendar/civil-time.ts';
import { causeAbout } from '../event/cause.ts';
import type { Choice, FactOffer, Reservation } from '../fact/fact.ts';
import { micros } from '../guardrail/budgets.ts';
import { COMMON, limitsOf } from '../guardrail/contact-limits.ts';
import { sendInstant } from '../guardrail/quiet-hours.ts';
import { codes, type Verdict } from '../guardrail/verdict.ts';
import { type Action, type ChannelPolicy, EVER, type Policy, type Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { ReasonCode } from '../reason.ts';
import { type CandidateColumns, NOTHING, ROW_REMOVED } from './candidate-columns.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';
import type { DecisionDraft } from './decision-draft.ts';
import { fillContent } from './fill-content.ts';
import { minuteOn, nightMinute, sendMinute } from './send-minute.ts';

const reason = codes(
  'HELD_OUT',
  'CASE_OPEN',
  'ERASED',
  'CONDITION_FALSE',
  'TRIGGER_MISMATCH',
  'NO_CANDIDATE',
  'ALL_SUPPRESSED',
  'NOTHING_WINS',
);

/** The answer for one placement, whose rows are `from` … `to` − 1 and whose drawn row is `row`. */
export function makeChoice(
  draft: DecisionDraft,
  env: DecideEnv,
  profile: Profile,
  ask: DecideAsk,
  place: number,
  row: number,
  from: number,
  to: number,
): Choice {
  const columns = draft.columns;
  const placement = ask.placements[place] ?? '';
  const propensity = columns.propensity[row] as number;
  if (columns.action[row] === NOTHING) {
    return {
      placement,
      kind: 'nothing',
      row,
      action: '',
      variant: '',
      channel: -1,
      promotion: false,
      product: '',
      category: '',
      offer: undefined,
      content: undefined,
      propensity,
      expectedValue: 0,
      reason: whyNothing(columns, from, to),
      notAfter: 0,
      at: 0,
    };
  }
  const action = env.policy.actions[columns.action[row] as number] as Action;
  const variant = action.variants[columns.variant[row] as number] as Variant;
  const channel = env.policy.channels[columns.channel[row] as number] as ChannelPolicy;
  const subject = draft.subjectOf(action, profile);
  const at = sendAt(draft, env, ask, action, channel, row);
  const goes = at > 0 ? at : env.now;
  // A plan reserves nothing: at its hour a decision is made anew.
  const reserved = at > 0 ? undefined : reservationOf(columns, env, action, row);
  const offer = offerUntil(action, profile, env.now, goes, reserved);
  const content = fillContent(action, variant, subject, draft.traits, {
    locale: draft.locale,
    shop: env.policy,
    goes,
    offerUntil: offer?.until ?? 0,
    clock: draft.clock,
    zones: env.zones,
    formats: env.formats,
    recorded: ask.recorded?.choices[place]?.content,
    about: causeAbout(ask.cause),
    isProvisional: ask.isProvisional === true,
  });
  return {
    placement,
    kind: at > 0 ? 'later' : 'treatment',
    row,
    action: action.id,
    variant: variant.id,
    channel: channel.index,
    promotion: action.promotion,
    product: subject.product,
    category: subject.category,
    offer,
    content,
    propensity,
    expectedValue: columns.ev[row] as number,
    reason: 0,
    notAfter: goes + action.validMs,
    at,
    // Of a plan nothing has reached anybody yet.
    ...(at === 0 && action.cap?.windowMs === EVER ? { once: true } : {}),
    ...(at === 0 && limitsOf(env.policy, action.purpose) !== COMMON ? { apart: true } : {}),
    ...(at === 0 && ask.dispatch && ask.placements.length === 0
      ? audienceOf(action, channel.index, profile, env.now)
      : {}),
  };
}

/** Where it is sent by way of an ad platform: the customer is in its audience from now on. */
function audienceOf(
  action: Action,
  channel: number,
  profile: Profile,
  now: number,
): Pick<Choice, 'audience'> {
  const { audience } = action;
  if (audience === undefined || !joinsAudience(action, channel)) return {};
  const { name, kinds } = audience;
  return { audience: { name, kinds, version: nextAudienceVersion(profile, name, now) } };
}

function isQuietFor(draft: DecisionDraft, policy: Policy, action: Action): boolean {
  const { quietNow } = draft.candidate;
  return (quietNow[limitsOf(policy, action.purpose)] as Verdict).code !== 0;
}

/** When a message that waits for an hour of its own goes, 0: at once (also when its hour is now). */
function sendAt(
  draft: DecisionDraft,
  env: DecideEnv,
  ask: DecideAsk,
  action: Action,
  channel: ChannelPolicy,
  row: number,
): number {
  if (!channel.push || ask.placements.length > 0) return 0;
  const proposer = draft.columns.proposer[row] as number;
  const own = sendMinute(env.policy, ask, action, proposer);
  const isQuiet = isQuietFor(draft, env.policy, action);
  const minute = minuteOn(channel, own, nightMinute(env.policy, ask, action, proposer, isQuiet));
  if (minute < 0) return 0;
  const at = sendInstant(env, draft.clock, minute);
  return at > env.now ? at : 0;
}

/** A reminder of an offer that is still live keeps its end: the customer was told that date. */
function offerUntil(
  action: Action,
  profile: Profile,
  now: number,
  goes: number,
  reserved: Reservation | undefined,
): FactOffer | undefined {
  const offer = action.offer;
  if (offer === undefined) return undefined;
  let until = goes + offer.validMs;
  for (const live of profile.offers) if (live.offer === offer.id && live.until > now) until = live.until;
  return { offer: offer.id, kind: offer.kind, depth: offer.depth, code: offer.code, until, reserved };
}

/** What the row holds of its action's budget, for the day in the shop's zone. */
function reservationOf(
  columns: CandidateColumns,
  env: DecideEnv,
  action: Action,
  row: number,
): Reservation | undefined {
  const budget = env.policy.budgets[action.budget];
  if (budget === undefined) return undefined;
  return {
    budget: budget.id,
    day: civilDay(env.now, env.offsetOfZones[0] ?? 0),
    discount: micros(columns.discount[row] as number),
    message: micros(columns.channelCost[row] as number),
  };
}

/**
 * Why a placement got nothing: what holds for the whole customer first; nothing proposed (or no condition true); all
 * removed by guardrails; or "do nothing" was drawn against candidates.
 */
function whyNothing(columns: CandidateColumns, from: number, to: number): ReasonCode {
  let guarded = false;
  let customer = 0;
  for (let row = from + 1; row < to; row++) {
    if (columns.stage[row] !== ROW_REMOVED) return reason.NOTHING_WINS;
    const code = columns.reason[row] as number;
    const isAll = code === reason.CASE_OPEN || code === reason.ERASED;
    if (code === reason.HELD_OUT || (isAll && customer === 0)) customer = code;
    if (code !== reason.CONDITION_FALSE && code !== reason.TRIGGER_MISMATCH) guarded = true;
  }
  if (customer !== 0) return customer;
  return guarded ? reason.ALL_SUPPRESSED : reason.NO_CANDIDATE;
}
