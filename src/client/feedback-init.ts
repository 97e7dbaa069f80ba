import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { FeedbackSchema } from '../gen/attune/v1/channel_pb.ts';

/** A feedback as a channel system writes it; without `id` it gets a new one, without `occurredAt` it happened now. */
export type FeedbackInit = Exclude<MessageInitShape<typeof FeedbackSchema>, { $typeName: string }>;

/** The feedback with an id and a time, which stay the same however often it is sent. */
export function withFeedbackId(feedback: FeedbackInit): FeedbackInit & { readonly id: string } {
  return {
    ...feedback,
    id: feedback.id || crypto.randomUUID(),
    occurredAt: feedback.occurredAt ?? timestampNow(),
  };
}
