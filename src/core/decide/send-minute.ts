import { limitsOf, quietTo } from '../guardrail/contact-limits.ts';
import type { Action, ChannelPolicy, Policy } from '../policy/policy.ts';
import { PROPOSERS } from './candidate-columns.ts';
import type { DecideAsk } from './decide-env.ts';

const BY_TRIGGER = PROPOSERS.indexOf('trigger');
const BY_PLAN = PROPOSERS.indexOf('plan');

/**
 * The local minute of the day that a candidate's message waits for; -1: it goes at once, because the action names no hour,
 * its plan's hour has come, or the trigger that proposes it is urgent. Placements are the caller's to look at.
 */
export function sendMinute(policy: Policy, ask: DecideAsk, action: Action, proposer: number): number {
  if (action.sendAtMinute < 0 || proposer === BY_PLAN) return -1;
  if (proposer === BY_TRIGGER && policy.triggers[ask.trigger]?.urgent === true) return -1;
  return action.sendAtMinute;
}

/**
 * The local minute at which the action's quiet hours end, where a candidate of a trigger that fires within them waits for it; -1: it does
 * not. At a plan's hour nothing is put off again.
 */
export function nightMinute(
  policy: Policy,
  ask: DecideAsk,
  action: Action,
  proposer: number,
  isQuiet: boolean,
): number {
  if (!isQuiet || proposer !== BY_TRIGGER || ask.plan !== undefined) return -1;
  const rule = action.atNight ?? policy.triggers[ask.trigger]?.atNight;
  return rule === 'wait' ? quietTo(policy, limitsOf(policy, action.purpose)) : -1;
}

/** The minute that a message waits for on a channel: an hour of its own, else the end of the night where the channel has one. */
export function minuteOn(channel: ChannelPolicy, own: number, night: number): number {
  return own < 0 && night >= 0 && channel.push && channel.quietHours ? night : own;
}
