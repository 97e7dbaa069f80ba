import type { Action, Policy } from '../policy/policy.ts';
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
