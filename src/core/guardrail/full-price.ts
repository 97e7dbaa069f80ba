import type { Action, Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { FULL_PRICE_BUYER } = codes('FULL_PRICE_BUYER');

export const fullPrice: Guardrail = {
  scope: 'subject',
  reasons: ['FULL_PRICE_BUYER'],
  check: (verdict, candidate) =>
    candidate.action.offer !== undefined &&
    fullPriceBuyer(verdict, candidate.action, candidate.profile, candidate.env.policy),
};

/** The customer buys without a discount. Compared: their share of discounted orders, the policy's bound; names the offer. */
export function fullPriceBuyer(verdict: Verdict, action: Action, profile: Profile, policy: Policy): boolean {
  if (action.offer?.isDiscount !== true || profile.orderCount < policy.fullPriceOrdersMin) return false;
  if (profile.orderCount === 0) return false;
  const share = profile.discountedOrders / profile.orderCount;
  if (share > policy.fullPriceDiscountShareMax) return false;
  return verdict.block(FULL_PRICE_BUYER, share, policy.fullPriceDiscountShareMax, action.offer.id);
}
