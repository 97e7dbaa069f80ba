import { ChannelService, type FeedbackResult, FeedbackStatus } from '../gen/attune/v1/channel_pb.ts';
import { backoffMs, pause } from './backoff.ts';
import type { Connection } from './connection.ts';
import { msOf } from './duration.ts';
import { type FeedbackInit, withFeedbackId } from './feedback-init.ts';
import { grouped } from './grouped.ts';

const FEEDBACK_MAX = 500;

/** Reports feedback without a stream, in calls of at most 500; results in order, RETRY only when the time was over. */
export async function report(
  connection: Connection,
  channel: string,
  feedback: readonly FeedbackInit[],
): Promise<FeedbackResult[]> {
  const named = feedback.map(withFeedbackId);
  const until = Date.now() + connection.settings.deadlineMs;
  const results = new Array<FeedbackResult>(named.length);
  let open = named.map((_, at) => at);
  const call = async (owner: string, own: readonly number[]): Promise<void> => {
    for (let from = 0; from < own.length; from += FEEDBACK_MAX) {
      const some = own.slice(from, from + FEEDBACK_MAX);
      const request = { channel, feedback: some.map((at) => named[at] as FeedbackInit) };
      const reply = await connection.unary(ChannelService.method.report, request, {
        deadlineMs: until - Date.now(),
        owner,
      });
      for (const [n, at] of some.entries()) results[at] = reply.results[n] as FeedbackResult;
    }
  };
  for (let attempt = 1; open.length > 0; attempt++) {
    const groups = grouped(open, (at) => connection.ownerOf(named[at]));
    await Promise.all([...groups].map(([owner, own]) => call(owner, own)));
    open = open.filter((at) => results[at]?.status === FeedbackStatus.RETRY);
    const asked = open.reduce((most, at) => Math.max(most, msOf(results[at]?.retryAfter)), 0);
    const wait = backoffMs(connection.settings, attempt, asked);
    if (open.length === 0 || Date.now() + wait >= until) break;
    await pause(wait);
  }
  return results;
}
