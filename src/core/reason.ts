/**
 * Every reason for which a candidate is out or nothing is said. Stable: the code is the stored byte, the name is
 * what the API returns. Append only.
 */
export const REASONS = [
  'NONE',
  // guardrails, in the order in which they are asked; nothing gives ERASED and ABSORB_PENDING yet
  'ERASED',
  'HELD_OUT',
  'ABSORB_PENDING',
  'CONSENT_MISSING',
  'UNREACHABLE',
  'UNSUBSCRIBED',
  'COMPLAINED',
  'QUIET_HOURS',
  'CAP_CHANNEL',
  'CAP_ACTION',
  'CAP_TOTAL',
  'PURCHASED_PRODUCT',
  'PURCHASED_CATEGORY',
  'OTHER_INCENTIVE_LIVE',
  'FULL_PRICE_BUYER',
  'OUT_OF_STOCK',
  'STAGE_MISMATCH',
  'MARGIN_FLOOR',
  'PLACEMENT_MISMATCH',
  'CONTENT_UNFILLABLE',
  'CHANNEL_BACKLOG',
  'BUDGET_EXHAUSTED',
  // before the guardrails
  'CONDITION_FALSE',
  'TRIGGER_MISMATCH',
  // after them
  'NOTHING_WINS',
  'OUTDRAWN',
  'NO_CANDIDATE',
  'ALL_SUPPRESSED',
  'EXPIRED',
  'NO_POLICY',
  'QUARANTINED',
  'CAME_BACK',
  'JOURNEY_CHANGED',
  'DISPATCH_REJECTED',
  'SUPERSEDED',
  'ORDERED',
  // too many were left for one decision: the least promising of them were not scored
  'OUTRANKED',
  // nobody serves the channel, and there is another way
  'CHANNEL_UNSERVED',
] as const;
export type Reason = (typeof REASONS)[number];
/** Index into REASONS. */
export type ReasonCode = number;

const codeByName: ReadonlyMap<string, number> = new Map(REASONS.map((name, code) => [name, code]));

/** The stored code of a reason; 0 ('NONE') when the name is unknown. */
export function reasonCode(name: Reason): ReasonCode {
  return codeByName.get(name) ?? 0;
}
