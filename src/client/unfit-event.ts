import { create } from '@bufbuild/protobuf';
import { type EventResult, EventResultSchema, EventStatus } from '../gen/attune/v1/event_pb.ts';
import type { EventInit } from './event-init.ts';

/** The result of an event that no message of the contract can hold: it was not sent, and the others of its call are. */
export function unfitResult({ id = '', source = '' }: EventInit, message: string): EventResult {
  return create(EventResultSchema, {
    eventId: typeof id === 'string' ? id : '',
    source: typeof source === 'string' ? source : '',
    status: EventStatus.REJECTED,
    violations: [{ field: fieldIn(message), rule: 'event.unfit', message }],
  });
}

/** protobuf-es names the field as "attune.v1.Product.quantity". */
function fieldIn(message: string): string {
  return /attune\.v1\.\w+\.(\w+)/.exec(message)?.[1] ?? '';
}
