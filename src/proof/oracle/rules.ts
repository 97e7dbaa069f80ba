/**
 * What a policy promises a customer, as plain data: what the laws are held against. Made from a policy by `rulesOf`, or
 * by hand, so that a policy that was bent can be held against the one that was meant.
 */
import type { SuppressionRules } from '../../audit/laws/suppression-laws.ts';
import type { Action, Cap, Policy } from '../../core/policy/policy.ts';

export interface CapRule {
  /** -1: whatever the channel. */
  readonly channel: number;
  /** '' whatever the action; '*' each action for itself. */
  readonly action: string;
  readonly max: number;
  readonly windowMs: number;
  /** Whose contacts it counts and stops; absent: those of every purpose. */
  readonly lot?: Lot;
}

/** Which caps and hours hold: the policy's, those it has for service messages, or none. */
export type Lot = 'common' | 'service' | 'none';

export interface ActionRule {
  readonly marketing: boolean;
  /** Absent: common. */
  readonly lot?: Lot;
}

export interface GuardrailRules {
  readonly caps: readonly CapRule[];
  /** Local minutes of the day; from > to runs over midnight, from = to: never quiet. */
  readonly quietFromMinute: number;
  readonly quietToMinute: number;
  /** Hours of the lot service; absent: nothing is of it. */
  readonly serviceQuiet?: { readonly from: number; readonly to: number };
  /** How long an open support case silences marketing; absent: it does not. */
  readonly openCaseMs?: number;
  readonly quietChannels: ReadonlySet<number>;
  /** Channels on which marketing needs a yes. */
  readonly consentChannels: ReadonlySet<number>;
  /** Channels on which a yes to marketing counts only when it is confirmed within so long, whatever the facts say; absent: as they say. */
  readonly confirmMs?: ReadonlyMap<number, number>;
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
  const capRule = (cap: Cap, lot: Lot): CapRule => ({
    channel: cap.channel,
    action: cap.scope !== 'action' ? '' : cap.action < 0 ? '*' : (policy.actions[cap.action]?.id ?? ''),
    max: cap.max,
    windowMs: cap.windowMs,
    lot,
  });
  const { service } = policy;
  const caps = [
    ...policy.caps.map((cap) => capRule(cap, 'common')),
    ...(service?.caps ?? []).map((cap) => capRule(cap, 'service')),
  ];
  for (const { id, cap } of policy.actions)
    if (cap !== undefined) caps.push({ channel: -1, action: id, max: cap.max, windowMs: cap.windowMs });
  return {
    caps,
    quietFromMinute: policy.quietFromMinute,
    quietToMinute: policy.quietToMinute,
    ...(service !== undefined && {
      serviceQuiet: { from: service.quietFromMinute, to: service.quietToMinute },
    }),
    openCaseMs: policy.openCaseMs,
    quietChannels: new Set(
      channels.filter((entry) => entry.push && entry.quietHours).map((entry) => entry.index),
    ),
    consentChannels: new Set(channels.filter((entry) => entry.consentRequired).map((entry) => entry.index)),
    actions: new Map(
      policy.actions.map(({ id, purpose }) => [
        id,
        { marketing: purpose === 'marketing', lot: lotOf(purpose, policy) },
      ]),
    ),
    suppression: policy.suppression,
    incentiveWindowMs: policy.incentiveWindowMs,
    triggerWindowMs: new Map(policy.triggers.map((trigger) => [trigger.id, trigger.windowMs])),
    zones: policy.zones,
  };
}

function lotOf(purpose: Action['purpose'], { service }: Policy): Lot {
  if (purpose === 'transactional') return 'none';
  return purpose === 'service' && service !== undefined ? 'service' : 'common';
}
