import type { DecideEnv } from '../decide/decide-env.ts';
import type { ChannelPolicy } from '../policy/policy.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { CHANNEL_BACKLOG } = codes('CHANNEL_BACKLOG');

export const backlog: Guardrail = {
  scope: 'variant',
  reasons: ['CHANNEL_BACKLOG'],
  check: (verdict, { env, channel }) => channelBacklog(verdict, env, channel),
};

/** The channel's outbox is full: one more would only get old there. Compared: the most dispatches it may hold, twice; names the channel. */
export function channelBacklog(verdict: Verdict, env: DecideEnv, channel: ChannelPolicy): boolean {
  if (env.backlogFull[channel.index] !== 1) return false;
  return verdict.block(CHANNEL_BACKLOG, channel.backlogMax, channel.backlogMax, channel.id);
}
