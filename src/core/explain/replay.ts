/**
 * Derives a decision again from what its record names: the profile before it, the policy, the catalogue as of its
 * sequence, and the logits in the record. Equality is then checked on encoded bytes (codec).
 *
 * What the record does not name and guardrails read, the fullness of channels and what was paused, is taken from the rows that
 * were removed for it: a channel that no row was removed for let every row pass.
 */

import { baseRateShift } from '../arbitration/base-rate.ts';
import type { Zones } from '../calendar/zones.ts';
import type { CatalogView } from '../catalog/catalog.ts';
import { CHANNELS } from '../channel.ts';
import { isConsideration } from '../consideration/slot.ts';
import { ANY_CHANNEL, type CandidateColumns, PROPOSERS } from '../decide/candidate-columns.ts';
import type { DecideAsk, DecideEnv, HeadCalibration } from '../decide/decide-env.ts';
import type { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import { causeName } from '../event/cause.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { codes } from '../guardrail/verdict.ts';
import { NO_FORMATS } from '../locale/formats.ts';
import { NO_STOPS, type Stop, type Stops } from '../pause/pause.ts';
import type { Policy } from '../policy/policy.ts';
import type { Plan, Profile } from '../profile/profile.ts';

const { CHANNEL_BACKLOG, PAUSED } = codes('CHANNEL_BACKLOG', 'PAUSED');
const BY_PLAN = PROPOSERS.indexOf('plan');

/** What a replay is given besides the record. */
export interface ReplayContext {
  readonly policy: Policy;
  /** The catalogue at the record's sequence. */
  readonly catalog: CatalogView;
  /** Of the record's model. */
  readonly calibration: readonly HeadCalibration[];
  /** Share of the customers who buy in a week where the record's model learned. */
  readonly buysPerWeek: number;
  /** For the policy's zones; the customer's offsets are in the record. */
  readonly zones: Zones;
}

/** The decision again. `profile`: every fact before it folded, and nothing since. The fact refers to the draft. */
export function rederive(
  draft: DecisionDraft,
  fact: DecisionFact,
  profile: Profile,
  context: ReplayContext,
): DecisionFact {
  const env = envOf(fact, context);
  const ask = askOf(fact, context.policy);
  propose(draft, env, profile, ask);
  return finish(draft, env, profile, ask, fact.record.logits, 0, fact.fallback);
}

/** What the decision was made in. */
function envOf(fact: DecisionFact, context: ReplayContext): DecideEnv {
  const { policy } = context;
  const columns = fact.record.columns;
  const backlogFull = new Uint8Array(CHANNELS.length);
  const budgetUsed = new Float64Array(policy.budgets.length);
  for (let i = 0; i < budgetUsed.length; i++) budgetUsed[i] = fact.record.budgetUsed[i] ?? 0;
  for (let row = 0; row < columns.count; row++)
    if (columns.reason[row] === CHANNEL_BACKLOG) backlogFull[columns.channel[row] as number] = 1;
  return {
    policy,
    catalog: context.catalog,
    now: fact.at,
    model: fact.model,
    head: fact.head,
    zones: context.zones,
    formats: NO_FORMATS,
    offsetOfZones: policy.zones.map((zone) => context.zones.offsetMin(zone, fact.at)),
    backlogFull,
    stops: stopsIn(columns),
    unserved: fact.record.unserved,
    failing: fact.record.failing,
    budgetUsed,
    calibration: context.calibration,
    p0Shift: baseRateShift(policy.buysPerWeek, context.buysPerWeek),
  };
}

/** What was paused, as far as it removed something. */
function stopsIn({ count, reason, action, channel, value, ref }: CandidateColumns): Stops {
  const actions: (Stop | undefined)[] = [];
  const channels: (Stop | undefined)[] = [];
  let isAny = false;
  for (let row = 0; row < count; row++) {
    if (reason[row] !== PAUSED) continue;
    isAny = true;
    const stop = { since: value[row] as number, ref: ref[row] as string };
    if (channel[row] === ANY_CHANNEL) actions[action[row] as number] = stop;
    else channels[channel[row] as number] = stop;
  }
  return isAny ? { isAny, actions, channels } : NO_STOPS;
}

/** What was asked. */
function askOf(fact: DecisionFact, policy: Policy): DecideAsk {
  return {
    requestId: fact.requestId,
    requestHash: fact.requestHash,
    bodyHash: fact.bodyHash,
    cause: fact.cause,
    trigger: fact.trigger,
    friction: fact.friction,
    plan: planOf(fact, policy),
    placements: fact.placements,
    dispatch: fact.dispatch,
    isProvisional: fact.provisional === true,
    contextChannel: fact.contextChannel,
    zone: fact.zone,
    recorded: fact,
    locale: fact.locale,
    device: fact.device,
    alternativesMax: fact.alternativesMax,
    seedA: fact.seedA,
    seedB: fact.seedB,
  };
}

/** A plan's decision is one that the service made by itself, for no trigger but one whose moment waited, and at no hour of the policy. Deciding reads only the plan's action. */
function planOf(fact: DecisionFact, policy: Policy): Plan | undefined {
  const id = causeName(fact.cause);
  if (fact.requestId !== '' || id === '' || id === policy.triggers[fact.trigger]?.id) return undefined;
  if (isConsideration(fact.cause)) return undefined;
  const columns = fact.record.columns;
  let action = '';
  for (let row = 0; row < columns.count; row++) {
    if (columns.proposer[row] === BY_PLAN) action = policy.actions[columns.action[row] as number]?.id ?? '';
  }
  return {
    id,
    action,
    variant: '',
    channel: -1,
    product: '',
    offer: '',
    decidedAt: 0,
    at: fact.at,
    zone: '',
    offsetMin: Number.NaN,
    seq: 0,
    index: 0,
    choice: 0,
    trigger: '',
  };
}
