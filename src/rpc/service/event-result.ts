import type { EventResultOutput } from '../../codec/wire/encode-event-result.ts';
import type { EventFault } from '../../codec/wire/parse-publish.ts';
import { type Violation, violation } from '../../codec/wire/violation.ts';
import { INTERVALS } from '../../config/limits.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { PublishOutcome, Refusal } from '../../port/customers.ts';
import { faultsOf } from '../failure.ts';
import type { RefusalLog } from '../refusal-log.ts';

const NO_VIOLATIONS: readonly Violation[] = [];

/** The reply to an event. */
export function eventResult(event: EventInput, outcome: PublishOutcome): EventResultOutput {
  const { source, sentId: eventId = event.id } = event;
  if (outcome.kind !== 'refused') {
    return {
      eventId,
      source,
      status: outcome.kind,
      violations: NO_VIOLATIONS,
      retryAfterMs: 0,
      linkPending: false,
      warnings: outcome.warnings ?? NO_VIOLATIONS,
    };
  }
  const lasting = isLasting(outcome);
  return {
    eventId,
    source,
    status: lasting ? 'rejected' : 'retry',
    violations: lasting ? violationsOf(event, outcome) : NO_VIOLATIONS,
    retryAfterMs: lasting ? 0 : retryAfterMs(outcome),
    linkPending: false,
    warnings: NO_VIOLATIONS,
  };
}

/** An event that breaks the contract by itself. */
export function faultyEvent(fault: EventFault): EventResultOutput {
  return {
    eventId: fault.sentId ?? fault.eventId,
    source: fault.source,
    status: 'rejected',
    violations: fault.violations,
    retryAfterMs: 0,
    linkPending: false,
    warnings: NO_VIOLATIONS,
  };
}

/** True when it would be refused again, however often it is sent. */
export function isLasting({ code }: Refusal): boolean {
  return (
    code === 'invalid' ||
    code === 'already_exists' ||
    code === 'out_of_range' ||
    code === 'precondition' ||
    code === 'not_found'
  );
}

/** How long to wait before sending it again. */
export function retryAfterMs(refusal: Refusal): number {
  if (refusal.code === 'internal') return INTERVALS.internalRetryDelayMs;
  return refusal.retryAfterMs > 0 ? refusal.retryAfterMs : INTERVALS.retryDelayMs;
}

function violationsOf(event: EventInput, refusal: Refusal): readonly Violation[] {
  const named = faultsOf(refusal);
  if (named.length > 0) return named;
  const { message } = refusal;
  if (refusal.code === 'already_exists')
    return [{ ...violation('id', 'event.id_reused', event.id), message }];
  if (refusal.code === 'out_of_range') {
    return [
      { ...violation('occurred_at', 'event.too_old', new Date(event.occurredAt).toISOString()), message },
    ];
  }
  return [{ ...violation('id', `event.${refusal.code}`, ''), message }];
}

/** Keeps a refusal of an event for good among the last ones. */
export function noteRefusedEvent(
  refusals: RefusalLog,
  method: string,
  { id, source, identifiers }: Pick<EventInput, 'id' | 'source' | 'identifiers'>,
  { status, violations }: EventResultOutput,
): void {
  if (status === 'rejected') refusals.add({ method, source, id, identifiers, violations });
}
