import type { FeedbackResultOutput } from '../../codec/wire/encode-channel.ts';
import type { FeedbackFault } from '../../codec/wire/feedback-field.ts';
import { type Violation, violation } from '../../codec/wire/violation.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { PublishOutcome, Refusal } from '../../port/customers.ts';
import { faultsOf } from '../failure.ts';
import type { RefusalLog } from '../refusal-log.ts';
import { isLasting, retryAfterMs } from './event-result.ts';

const NO_VIOLATIONS: readonly Violation[] = [];

/** The reply to a feedback. */
export function feedbackResult(feedback: FeedbackInput, outcome: PublishOutcome): FeedbackResultOutput {
  const { id } = feedback;
  if (outcome.kind !== 'refused')
    return { id, status: outcome.kind, violations: NO_VIOLATIONS, retryAfterMs: 0 };
  if (!isLasting(outcome))
    return { id, status: 'retry', violations: NO_VIOLATIONS, retryAfterMs: retryAfterMs(outcome) };
  return { id, status: 'rejected', violations: violationsOf(feedback, outcome), retryAfterMs: 0 };
}

/** A feedback that breaks the contract by itself. */
export function faultyFeedback(fault: FeedbackFault): FeedbackResultOutput {
  return { id: fault.id, status: 'rejected', violations: fault.violations, retryAfterMs: 0 };
}

/** Keeps a refusal of a feedback for good among the last ones. */
export function noteRefusedFeedback(
  refusals: RefusalLog,
  method: string,
  channel: string,
  { id, status, violations }: FeedbackResultOutput,
  identifiers: FeedbackInput['identifiers'] = [],
): void {
  if (status === 'rejected') refusals.add({ method, source: channel, id, identifiers, violations });
}

function violationsOf(feedback: FeedbackInput, refusal: Refusal): readonly Violation[] {
  const named = faultsOf(refusal);
  if (named.length > 0) return named;
  const { message } = refusal;
  if (refusal.code === 'already_exists')
    return [{ ...violation('id', 'feedback.id_reused', feedback.id), message }];
  if (refusal.code === 'not_found') {
    const field = feedback.tracking === '' ? 'dispatch_id' : 'tracking';
    const value = feedback.tracking === '' ? feedback.dispatchId : feedback.tracking;
    return [{ ...violation(field, 'feedback.dispatch_unknown', value), message }];
  }
  return [{ ...violation('dispatch_id', `feedback.${refusal.code}`, ''), message }];
}
