import { discountOf } from '../arbitration/expected-value.ts';
import type { CandidateContext } from '../candidate/candidate-context.ts';
import { orderMarginOf, orderValueOf } from '../candidate/order-value.ts';
import type { Action, Policy } from '../policy/policy.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { MARGIN_FLOOR } = codes('MARGIN_FLOOR');

export const margin: Guardrail = {
  scope: 'subject',
  reasons: ['MARGIN_FLOOR'],
  check: (verdict, candidate) => candidate.action.offer !== undefined && broken(verdict, candidate),
};

function broken(verdict: Verdict, { action, subject, env }: CandidateContext): boolean {
  const value = orderValueOf(action, subject);
  const earned = orderMarginOf(action, subject, value);
  return marginBroken(verdict, action, env.policy, value, earned, discountOf(action.offer, value));
}

/** The offer leaves too little of the order's margin. Compared: its share of what is paid, the policy's floor; names the offer. */
export function marginBroken(
  verdict: Verdict,
  action: Action,
  policy: Policy,
  orderValue: number,
  orderMargin: number,
  discount: number,
): boolean {
  if (discount <= 0 || action.offer === undefined) return false;
  const paid = action.offer.isDiscount ? orderValue - discount : orderValue;
  const share = paid > 0 ? (orderMargin - discount) / paid : Number.NEGATIVE_INFINITY;
  if (share >= policy.marginFloor) return false;
  return verdict.block(MARGIN_FLOOR, share, policy.marginFloor, action.offer.id);
}
