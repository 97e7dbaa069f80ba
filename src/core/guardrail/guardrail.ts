import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Reason } from '../reason.ts';
import type { Verdict } from './verdict.ts';

/**
 * How often a guardrail is asked, because its answer depends on no more than that:
 *
 * - `action`: once for an action, before any channel. Context: action, proposer, sendMinute.
 * - `subject`: once for an action and what it is about, before any channel. Adds the subject.
 * - `channel`: once for a channel and purpose, for all actions; again for a message that waits for an hour. Adds channel,
 *   purpose.
 * - `candidate`: for an action on a channel.
 * - `variant`: for each variant of a candidate. Adds the variant.
 */
export type GuardrailScope = 'action' | 'subject' | 'channel' | 'candidate' | 'variant';

/** True when the candidate is removed; `verdict` then holds the reason, the values compared and what they refer to. */
export type GuardrailCheck = (verdict: Verdict, candidate: CandidateContext) => boolean;

/** A rule that can remove a candidate. */
export interface Guardrail {
  readonly scope: GuardrailScope;
  /** Every reason that `check` can give. */
  readonly reasons: readonly [Reason, ...Reason[]];
  /**
   * Runs for every candidate, so it allocates nothing. A cheap test with the rest in a function of its own, where most
   * candidates need no more: V8 inlines small functions only.
   */
  readonly check: GuardrailCheck;
}
