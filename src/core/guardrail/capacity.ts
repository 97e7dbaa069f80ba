import type { DecideEnv } from '../decide/decide-env.ts';
import type { Action, ChannelPolicy } from '../policy/policy.ts';
import { codes, type Verdict } from './verdict.ts';

const { CHANNEL_BACKLOG, BUDGET_EXHAUSTED } = codes('CHANNEL_BACKLOG', 'BUDGET_EXHAUSTED');

/** The channel's outbox is full: one more would only get old there. Compared: the most dispatches it may hold, twice; names the channel. */
export function channelBacklog(verdict: Verdict, env: DecideEnv, channel: ChannelPolicy): boolean {
  if (env.backlogFull[channel.index] !== 1) return false;
  return verdict.block(CHANNEL_BACKLOG, channel.backlogMax, channel.backlogMax, channel.id);
}

/** This shard's share of the day's budget does not cover one more. Compared: currency used so far, the allowance. */
export function budgetExhausted(verdict: Verdict, env: DecideEnv, action: Action, cost: number): boolean {
  if (action.budget < 0) return false;
  const allowance = env.budgetAllowance[action.budget] ?? Number.POSITIVE_INFINITY;
  const used = env.budgetUsed[action.budget] ?? 0;
  if (used + cost <= allowance) return false;
  return verdict.block(BUDGET_EXHAUSTED, used, allowance, env.policy.budgets[action.budget]?.id ?? '');
}
