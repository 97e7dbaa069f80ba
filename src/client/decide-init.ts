import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DecideRequestSchema } from '../gen/attune/v1/decision_pb.ts';
import { type EventInit, withEventIds } from './event-init.ts';

/** A request for a decision; without `requestId` it gets a new one, and so do its events. */
export type DecideInit = Omit<
  Exclude<MessageInitShape<typeof DecideRequestSchema>, { $typeName: string }>,
  'events'
> & { readonly events?: readonly EventInit[] };

/** The request with its ids, which stay the same however often it is sent. */
export function withRequestIds(request: DecideInit): MessageInitShape<typeof DecideRequestSchema> {
  return {
    ...request,
    requestId: request.requestId || crypto.randomUUID(),
    events: (request.events ?? []).map(withEventIds),
  };
}
