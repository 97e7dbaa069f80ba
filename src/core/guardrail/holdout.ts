import { murmur3 } from '../../base/hash.ts';
import type { Policy } from '../policy/policy.ts';

/** Keeps the holdout's draw apart from every other use of the customer's hash. */
const HOLDOUT_SEED = 0x686f6c64;

/** Whether the customer is in the policy's holdout. The same customer stays in it over editions as long as the share only grows. */
export function isHeldOut(policy: Policy, customer: string): boolean {
  if (policy.holdout <= 0) return false;
  return murmur3(customer, HOLDOUT_SEED) < policy.holdout * 4_294_967_296;
}
