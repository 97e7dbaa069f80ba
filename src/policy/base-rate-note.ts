import type { Policy } from '../core/policy/policy.ts';

/** What to tell of a policy that does not say how many of the customers buy by themselves; undefined where it does. */
export function baseRateNote(policy: Policy): string | undefined {
  if (policy.buysPerWeek > 0) return undefined;
  return `${policy.name} says no buys_per_week: how many customers buy without a message is taken from the simulated fashion shop in which the shipped model learned; "attune policy estimate --dir DIR" counts it in your own data`;
}
