/** Which of the rules that stood against an action a marketer would name first. */

import type { DecisionFact } from '../fact/fact.ts';
import { FEATURES } from '../feature/feature-spec.ts';
import { GUARDRAILS } from '../guardrail/guardrails.ts';
import { type Action, STAGES } from '../policy/policy.ts';
import { REASONS, type Reason } from '../reason.ts';
import type { ExplainedCandidate } from './explain.ts';
import { reasonClause } from './reason-text.ts';

/** Of every reason the place of its rule in the table; what is decided behind the table stands behind it. */
const PLACES: ReadonlyMap<Reason, number> = new Map(
  GUARDRAILS.flatMap(({ reasons }, place) => reasons.map((reason) => [reason, place] as const)),
);
const STAGE_MISMATCH = REASONS.indexOf('STAGE_MISMATCH');
/** Of `stageAgainst`: before a candidate that the rule of stages itself removed. */
export const STAGE_RANK: number = (PLACES.get('STAGE_MISMATCH') ?? 0) - 0.5;
const STAGE_FEATURES = STAGES.map((stage) => FEATURES.indexOf(`stage_${stage}`));
/** Of consent: it was withdrawn, and not only never given. */
const WITHDRAWN = 2;

/**
 * Removed candidates of one action, the one first that came furthest through the rules: what stopped it is what stands against
 * the action, where others never came so far, as on a channel that nobody asked about. A customer's own "no" goes before a
 * channel for which none was ever said. Candidates of one kind keep their order.
 */
export function rankRemovals(rows: readonly ExplainedCandidate[]): readonly ExplainedCandidate[] {
  return [...rows].sort((a, b) => removalRank(b) - removalRank(a));
}

/** How far a removed candidate came through the rules; -1 where a channel that was never asked about stopped it. */
export function removalRank(row: ExplainedCandidate): number {
  return isNeverAsked(row) ? -1 : (PLACES.get(row.reason) ?? GUARDRAILS.length);
}

/** The customer never said anything about the channel, or has no address there. */
function isNeverAsked({ reason, compared }: ExplainedCandidate): boolean {
  if (reason === 'CONSENT_MISSING') return compared?.value !== WITHDRAWN;
  return reason === 'UNREACHABLE' && compared?.ref !== 'bounces';
}

/** The stage as what stands against an action that came nowhere near it: a channel was never asked about. */
export interface StageAgainst {
  readonly why: string;
  readonly value: number;
  readonly limit: number;
  readonly ref: string;
}

/**
 * Where all candidates fell to a channel that was never asked about, rules behind that one were not asked; the stage is in the
 * record all the same, as a feature of the model. Undefined: it fits, or other rules were met.
 */
export function stageAgainst(
  rows: readonly ExplainedCandidate[],
  action: Action,
  fact: DecisionFact,
): StageAgainst | undefined {
  if (!rows.every(isNeverAsked)) return undefined;
  const stage = STAGE_FEATURES.findIndex((feature) => fact.record.features[feature] === 1);
  if (stage < 0 || (action.stageMask & (1 << stage)) !== 0) return undefined;
  const removal = { code: STAGE_MISMATCH, value: stage, limit: action.stageMask, ref: STAGES[stage] ?? '' };
  const said = { ...removal, action: action.index, variant: 0, product: '' };
  // The clause of a stage shows neither money nor time.
  const why = reasonClause(said, { policy: undefined as never, offsetMin: Number.NaN });
  const { value, limit, ref } = removal;
  return { why, value, limit, ref };
}
