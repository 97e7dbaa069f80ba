/** Which of the rules that stood against an action a marketer would name first. */

import { GUARDRAILS } from '../guardrail/guardrails.ts';
import { CONSENT_DENIED, CONSENT_PENDING } from '../profile/consent.ts';
import type { Reason } from '../reason.ts';
import type { ExplainedCandidate } from './explain.ts';

/** Of every reason the place of its rule in the table; what is decided behind the table stands behind it. */
const PLACES: ReadonlyMap<Reason, number> = new Map(
  GUARDRAILS.flatMap(({ reasons }, place) => reasons.map((reason) => [reason, place] as const)),
);
/** Of consent: it was withdrawn, or waits for its confirmation, and was not only never given. */
const SAID: ReadonlySet<number> = new Set([CONSENT_DENIED, CONSENT_PENDING]);

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
  if (reason === 'CONSENT_MISSING') return !SAID.has(compared?.value ?? 0);
  return reason === 'UNREACHABLE' && compared?.ref !== 'bounces' && compared?.ref !== 'soft bounces';
}
