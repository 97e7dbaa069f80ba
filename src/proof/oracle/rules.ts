/**
 * What a policy promises a customer, as plain data: what the laws are held against. Made from a policy by `rulesOf`, or
 * by hand, so that a policy that was bent can be held against the one that was meant.
 */
import type { SuppressionRules } from '../../audit/laws/suppression-laws.ts';
import type { Policy } from '../../core/policy/policy.ts';

export interface CapRule {
  /** -1: whatever the channel. */
  readonly channel: number;
  /** '' whatever the action; '*' each action for itself. */
  readonly action: string;
  readonly max: number;
  readonly windowMs: number;
}

export interface ActionRule {
  readonly marketing: boolean;
}

export interface GuardrailRules {
  readonly caps: readonly CapRule[];
  /** Local minutes of the day; from > to runs over midnight, from = to: never quiet. */
  readonly quietFromMinute: number;
  readonly quietToMinute: number;
  readonly quietChannels: ReadonlySet<number>;
  /** Channels on which marketing needs a yes. */
  readonly consentChannels: ReadonlySet<number>;
  readonly actions: ReadonlyMap<string, ActionRule>;
  readonly suppression: SuppressionRules;
  readonly incentiveWindowMs: number;
  readonly triggerWindowMs: ReadonlyMap<string, number>;
  /** Where the shop sells: a customer whose zone is unknown gets nothing while it is quiet in any of these. */
  readonly zones: readonly string[];
}

/** The promises of a policy as it is. */
export function rulesOf(policy: Policy): GuardrailRules {
  const channels = policy.channels.filter((channel) => channel.declared);
  const caps: CapRule[] = policy.caps.map((cap) => ({
    channel: cap.channel,
    action: cap.scope !== 'action' ? '' : cap.action < 0 ? '*' : (policy.actions[cap.action]?.id ?? ''),
    max: cap.max,
    windowMs: cap.windowMs,
  }));
  for (const { id, cap } of policy.actions)
    if (cap !== undefined) caps.push({ channel: -1, action: id, max: cap.max, windowMs: cap.windowMs });
  return {
    caps,
    quietFromMinute: policy.quietFromMinute,
    quietToMinute: policy.quietToMinute,
    quietChannels: new Set(
      channels.filter((entry) => entry.push && entry.quietHours).map((entry) => entry.index),
    ),
    consentChannels: new Set(channels.filter((entry) => entry.consentRequired).map((entry) => entry.index)),
    actions: new Map(policy.actions.map((entry) => [entry.id, { marketing: entry.purpose === 'marketing' }])),
    suppression: policy.suppression,
    incentiveWindowMs: policy.incentiveWindowMs,
    triggerWindowMs: new Map(policy.triggers.map((trigger) => [trigger.id, trigger.windowMs])),
    zones: policy.zones,
  };
}
