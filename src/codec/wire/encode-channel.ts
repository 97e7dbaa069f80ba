import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { Choice } from '../../core/fact/fact.ts';
import { writeTreatment } from './treatment-field.ts';
import type { Violation } from './violation.ts';
import { writeViolation } from './violation-field.ts';
import { WireWriter } from './wire-writer.ts';

/** An instruction to send a treatment. */
export interface DeliverOutput {
  readonly dispatchId: string;
  readonly customerId: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly choice: Choice;
  /** From 1. */
  readonly attempt: number;
  readonly notAfter: number;
  readonly tracking: string;
}

/** Numbers of attune.v1.FeedbackStatus. */
export const FEEDBACK_STATUS = { accepted: 1, duplicate: 2, rejected: 3, retry: 4 } as const;
export type FeedbackStatus = keyof typeof FEEDBACK_STATUS;

export interface FeedbackResultOutput {
  readonly id: string;
  readonly status: FeedbackStatus;
  /** Of a rejected one. */
  readonly violations: readonly Violation[];
  /** Of one to be retried. */
  readonly retryAfterMs: number;
}

const writer = new WireWriter();

/** An attune.v1.ConnectReply with a Deliver. */
export function encodeDeliver(deliver: DeliverOutput): Buffer {
  writer.open();
  const message = writer.nest(10, 2);
  writer.text(10, deliver.dispatchId);
  writer.text(18, deliver.customerId);
  for (const identifier of deliver.identifiers) {
    const body = writer.nest(26, 1);
    writer.text(10, identifier.kind);
    writer.text(18, identifier.value);
    writer.close(body, 1);
  }
  const treatment = writer.nest(34, 2);
  writeTreatment(writer, deliver.choice, deliver.tracking);
  writer.close(treatment, 2);
  writer.whole(40, deliver.attempt);
  writer.time(50, deliver.notAfter);
  writer.close(message, 2);
  return writer.view();
}

/** An attune.v1.ConnectReply with a Withdraw. */
export function encodeWithdraw(dispatchId: string, reason: string): Buffer {
  writer.open();
  const message = writer.nest(18, 1);
  writer.text(10, dispatchId);
  writer.text(18, reason);
  writer.close(message, 1);
  return writer.view();
}

/** An attune.v1.ConnectReply with a FeedbackResult. */
export function encodeFeedbackResult(result: FeedbackResultOutput): Buffer {
  writer.open();
  writeFeedbackResult(42, result);
  return writer.view();
}

/** An attune.v1.ReportReply. */
export function encodeReportReply(results: readonly FeedbackResultOutput[]): Buffer {
  writer.open();
  for (const result of results) writeFeedbackResult(10, result);
  return writer.view();
}

function writeFeedbackResult(tag: number, result: FeedbackResultOutput): void {
  const body = writer.nest(tag, 1);
  writer.text(10, result.id);
  writer.whole(16, FEEDBACK_STATUS[result.status]);
  for (const violation of result.violations) writeViolation(writer, 26, violation);
  if (result.status === 'retry') writer.duration(34, result.retryAfterMs);
  writer.close(body, 1);
}
