import { murmur3 } from '../../base/hash.ts';
import type { CandidateContext } from '../candidate/candidate-context.ts';
import type { Policy } from '../policy/policy.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { HELD_OUT } = codes('HELD_OUT');
/** Keeps the holdout's draw apart from every other use of the customer's hash. */
const HOLDOUT_SEED = 0x686f6c64;

/** The customer is held out of everything promotional. Compared: 0, the share that is held out. */
export const holdout: Guardrail = {
  scope: 'action',
  reasons: ['HELD_OUT'],
  check: (verdict, candidate) => candidate.heldOut && promotional(verdict, candidate),
};

function promotional(verdict: Verdict, { action, rules, env }: CandidateContext): boolean {
  if (!action.promotion && !rules.isHeldOut) return false;
  return verdict.block(HELD_OUT, 0, env.policy.holdout, '');
}

/** Whether the customer is in the policy's holdout. The same customer stays in it over editions as long as the share only grows. */
export function isHeldOut(policy: Pick<Policy, 'holdout'>, customer: string): boolean {
  if (policy.holdout <= 0) return false;
  return murmur3(customer, HOLDOUT_SEED) < policy.holdout * 4_294_967_296;
}
