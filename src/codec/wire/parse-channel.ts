import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import { channelNamed } from '../../core/event/channel-word.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { type FeedbackFault, readFeedback } from './feedback-field.ts';
import { readDuration } from './time-field.ts';
import { WireFault } from './violation.ts';
import { WireReader } from './wire-reader.ts';

const { feedbackPerReportMax: FEEDBACK_MAX, creditsMax: CREDITS_MAX } = REQUEST_BOUNDS;
const RETRY_MS_MAX = 86_400_000;

/** What a channel system sends up. */
export type ConnectInput =
  | { readonly kind: 'hello'; readonly channel: string; readonly credits: number; readonly client: string }
  | { readonly kind: 'accepted'; readonly dispatchId: string }
  | {
      readonly kind: 'rejected';
      readonly dispatchId: string;
      readonly retryable: boolean;
      /** 0 to 24 h; -1: not given. */
      readonly retryAfterMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'withdrawn'; readonly dispatchId: string; readonly tooLate: boolean }
  | { readonly kind: 'erased'; readonly customerId: string }
  | { readonly kind: 'feedback'; readonly feedback: FeedbackInput | FeedbackFault };

/** A Report, each feedback valid or refused by itself. */
export interface ReportInput {
  readonly channel: string;
  readonly feedback: readonly (FeedbackInput | FeedbackFault)[];
}

const reader = new WireReader();

/** Parses and checks an attune.v1.ConnectRequest from the stream of `channel` ('' before its Hello). */
export function parseConnect(bytes: Uint8Array, channel: string): ConnectInput | WireFault {
  reader.open(bytes);
  let input: ConnectInput | undefined;
  let mark = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== 10 && tag !== 18 && tag !== 26 && tag !== 34 && tag !== 42 && tag !== 50) {
      reader.skip(tag);
      continue;
    }
    // Of a oneof the last one counts, and with it only its violations.
    reader.takeFrom(0);
    mark = reader.mark();
    if (tag === 10) input = readHello(reader);
    else if (tag === 18) input = readAccepted(reader);
    else if (tag === 26) input = readRejected(reader);
    else if (tag === 34) input = readWithdrawn(reader);
    else if (tag === 50) input = readErased(reader);
    else input = { kind: 'feedback', feedback: readFeedback(reader, channel) };
    if (reader.mark() > mark) reader.within(mark, input.kind);
  }
  if (reader.malformed) return new WireFault(true, []);
  if (input === undefined) reader.fault('message', 'required', '');
  if (input === undefined || reader.mark() > 0) return new WireFault(false, reader.takeFrom(0));
  return input;
}

/** Parses and checks an attune.v1.ReportRequest. A fault of the batch as a whole refuses it all. */
export function parseReport(bytes: Uint8Array): ReportInput | WireFault {
  const channel = channelOf(bytes);
  reader.open(bytes);
  const feedback: (FeedbackInput | FeedbackFault)[] = [];
  let count = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      reader.text('channel', 32);
    } else if (tag !== 18) {
      reader.skip(tag);
    } else if (count++ < FEEDBACK_MAX) {
      feedback.push(readFeedback(reader, channel));
    } else {
      const outer = reader.enter();
      reader.toEnd();
      reader.leave(outer);
    }
  }
  if (reader.malformed) return new WireFault(true, []);
  if (channel === '') reader.fault('channel', 'string.min_len', '');
  if (count === 0) reader.fault('feedback', 'repeated.min_items', '', 'must hold at least one');
  if (count > FEEDBACK_MAX) {
    reader.fault('feedback', 'repeated.max_items', count, `must hold at most ${FEEDBACK_MAX}`);
  }
  return reader.mark() > 0 ? new WireFault(false, reader.takeFrom(0)) : { channel, feedback };
}

/** The channel may stand behind the feedback that needs it. */
function channelOf(bytes: Uint8Array): string {
  reader.open(bytes);
  let channel = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) channel = channelNamed(reader.word('channel', 32));
    else reader.skip(tag);
  }
  return channel;
}

function readHello(reader: WireReader): ConnectInput {
  const outer = reader.enter();
  let channel = '';
  let credits = 0;
  let client = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) channel = channelNamed(reader.word('channel', 32));
    else if (tag === 16) credits = reader.uint32();
    else if (tag === 26) client = reader.text('client', 64);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (channel === '') reader.fault('channel', 'string.min_len', '');
  if (credits < 1 || credits > CREDITS_MAX) {
    reader.fault('credits', 'uint32.gte_lte', credits, `must be from 1 to ${CREDITS_MAX}`);
  }
  return { kind: 'hello', channel, credits, client };
}

function readAccepted(reader: WireReader): ConnectInput {
  const outer = reader.enter();
  let dispatchId = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) dispatchId = reader.text('dispatch_id', 64);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (dispatchId === '') reader.fault('dispatch_id', 'string.min_len', '');
  return { kind: 'accepted', dispatchId };
}

function readErased(reader: WireReader): ConnectInput {
  const outer = reader.enter();
  let customerId = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) customerId = reader.text('customer_id', 64);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (customerId === '') reader.fault('customer_id', 'string.min_len', '');
  return { kind: 'erased', customerId };
}

function readRejected(reader: WireReader): ConnectInput {
  const outer = reader.enter();
  let dispatchId = '';
  let retryable = false;
  let retryAfterMs = -1;
  let timed = false;
  let reason = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) dispatchId = reader.text('dispatch_id', 64);
    else if (tag === 16) retryable = reader.bool();
    else if (tag === 26) {
      retryAfterMs = readDuration(reader);
      timed = true;
    } else if (tag === 34) reason = reader.text('reason', 256);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (dispatchId === '') reader.fault('dispatch_id', 'string.min_len', '');
  if (timed && !(retryAfterMs >= 0 && retryAfterMs <= RETRY_MS_MAX)) {
    reader.fault('retry_after', 'duration.gte_lte', retryAfterMs, 'must be from 0 to 24 h');
  }
  return { kind: 'rejected', dispatchId, retryable, retryAfterMs, reason };
}

function readWithdrawn(reader: WireReader): ConnectInput {
  const outer = reader.enter();
  let dispatchId = '';
  let tooLate = false;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) dispatchId = reader.text('dispatch_id', 64);
    else if (tag === 16) tooLate = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (dispatchId === '') reader.fault('dispatch_id', 'string.min_len', '');
  return { kind: 'withdrawn', dispatchId, tooLate };
}
