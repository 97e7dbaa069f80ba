import type { Violation } from './violation.ts';
import { writeViolation } from './violation-field.ts';
import { WireWriter } from './wire-writer.ts';

/** Numbers of attune.v1.EventStatus. */
export const EVENT_STATUS = { accepted: 1, duplicate: 2, rejected: 3, retry: 4 } as const;
export type EventStatus = keyof typeof EVENT_STATUS;

export interface EventResultOutput {
  readonly eventId: string;
  readonly source: string;
  readonly status: EventStatus;
  /** Of a rejected one. */
  readonly violations: readonly Violation[];
  /** Of one to be retried. */
  readonly retryAfterMs: number;
  readonly linkPending: boolean;
  /** Of one that was accepted. */
  readonly warnings: readonly Violation[];
}

const writer = new WireWriter();

/** An attune.v1.PublishReply. */
export function encodePublishReply(results: readonly EventResultOutput[]): Buffer {
  writer.open();
  for (const result of results) {
    const body = writer.nest(10, 1);
    writeEventResult(result);
    writer.close(body, 1);
  }
  return writer.view();
}

/** An attune.v1.EventResult of a stream. */
export function encodeEventResult(tag: number, result: EventResultOutput): Buffer {
  writer.open();
  writer.whole(8, tag);
  writeEventResult(result);
  return writer.view();
}

function writeEventResult(result: EventResultOutput): void {
  writer.text(18, result.eventId);
  writer.text(26, result.source);
  writer.whole(32, EVENT_STATUS[result.status]);
  for (const violation of result.violations) writeViolation(writer, 42, violation);
  if (result.status === 'retry') writer.duration(50, result.retryAfterMs);
  writer.bool(56, result.linkPending);
  for (const warning of result.warnings) writeViolation(writer, 74, warning);
}
