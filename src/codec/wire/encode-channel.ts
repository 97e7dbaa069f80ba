import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { AudienceLevel, Choice } from '../../core/fact/fact.ts';
import { REASONS } from '../../core/reason.ts';
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
  writeIdentifiers(26, deliver.identifiers);
  const treatment = writer.nest(34, 2);
  writeTreatment(writer, deliver.choice, deliver.tracking);
  writer.close(treatment, 2);
  writer.whole(40, deliver.attempt);
  writer.time(50, deliver.notAfter);
  writer.close(message, 2);
  return writer.view();
}

/** Numbers of attune.v1.AudienceOp. */
const ADD = 1;
const REMOVE = 2;

/** An attune.v1.ConnectReply with an AudienceChange. */
export function encodeAudienceChange(deliver: DeliverOutput, level: AudienceLevel): Buffer {
  writer.open();
  const message = writer.nest(26, 2);
  writer.text(10, level.name);
  writeIdentifiers(18, deliver.identifiers);
  writer.whole(24, level.left === undefined ? ADD : REMOVE);
  writer.whole(32, level.version);
  writer.text(42, deliver.customerId);
  writer.text(50, deliver.dispatchId);
  if (level.left === undefined) {
    const treatment = writer.nest(58, 2);
    writeTreatment(writer, deliver.choice, deliver.tracking);
    writer.close(treatment, 2);
  }
  writer.time(66, deliver.notAfter);
  writer.whole(72, deliver.attempt);
  if (level.left !== undefined) writer.text(82, REASONS[level.left.reason] ?? 'NONE');
  writer.close(message, 2);
  return writer.view();
}

function writeIdentifiers(tag: number, identifiers: readonly IdentifierInput[]): void {
  for (const identifier of identifiers) {
    const body = writer.nest(tag, 1);
    writer.text(10, identifier.kind);
    writer.text(18, identifier.value);
    writer.close(body, 1);
  }
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

/** An attune.v1.ConnectReply with an EraseCustomer. */
export function encodeEraseCustomer(customerId: string): Buffer {
  writer.open();
  const message = writer.nest(34, 1);
  writer.text(10, customerId);
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
