/** Whose caps and quiet hours hold for an action: which row of the table in purpose.ts a policy makes of its purpose. */
import type { Cap, Policy } from '../policy/policy.ts';
import { PURPOSE_RULES, type Purpose } from '../purpose.ts';

/** The caps and hours of the policy; they count what is not apart. */
export const COMMON = 0;
/** Those that the policy has for service messages; they count what is apart. */
export const SERVICE = 1;
/** No hours, and no cap but the action's own. */
export const NO_LIMITS = 2;
/** Those with caps on contacts; the index of what is counted for them. */
export type CapLot = typeof COMMON | typeof SERVICE;
export type ContactLimits = CapLot | typeof NO_LIMITS;

export function limitsOf(policy: Pick<Policy, 'service'>, purpose: Purpose): ContactLimits {
  const { limits } = PURPOSE_RULES[purpose];
  if (limits === 'common') return COMMON;
  if (limits === 'none') return NO_LIMITS;
  return policy.service === undefined ? COMMON : SERVICE;
}

export function capsUnder(policy: Pick<Policy, 'caps' | 'service'>, limits: ContactLimits): readonly Cap[] {
  if (limits === COMMON) return policy.caps;
  return limits === SERVICE ? (policy.service?.caps ?? []) : [];
}

/** Minutes of the day at which quiet hours begin and end; the same: there are none. */
export function quietFrom(policy: Policy, limits: ContactLimits): number {
  if (limits === COMMON) return policy.quietFromMinute;
  return limits === SERVICE ? (policy.service?.quietFromMinute ?? 0) : 0;
}

export function quietTo(policy: Policy, limits: ContactLimits): number {
  if (limits === COMMON) return policy.quietToMinute;
  return limits === SERVICE ? (policy.service?.quietToMinute ?? 0) : 0;
}
