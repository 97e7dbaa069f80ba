/** What must not be promoted to her: what she has bought, what is sold out, what would cost more than it earns. */
import { type Action, type Policy, STAGES, type Suppression } from '../policy/policy.ts';
import type { LiveOffer, Profile } from '../profile/profile.ts';
import { codes, type Verdict } from './verdict.ts';

const {
  PURCHASED_PRODUCT,
  PURCHASED_CATEGORY,
  OTHER_INCENTIVE_LIVE,
  FULL_PRICE_BUYER,
  OUT_OF_STOCK,
  STAGE_MISMATCH,
  MARGIN_FLOOR,
} = codes(
  'PURCHASED_PRODUCT',
  'PURCHASED_CATEGORY',
  'OTHER_INCENTIVE_LIVE',
  'FULL_PRICE_BUYER',
  'OUT_OF_STOCK',
  'STAGE_MISMATCH',
  'MARGIN_FLOOR',
);

/**
 * She owns the product and its category's suppression has not run out, or (with `categoryMs`) anything of the category.
 * Compared: when she bought it, until when it is not promoted. A returned product is no longer owned.
 */
export function purchased(
  verdict: Verdict,
  profile: Profile,
  suppression: Suppression,
  product: string,
  category: string,
  now: number,
): boolean {
  const owned = profile.owned;
  let inCategory = -1;
  for (let i = owned.length - 1; i >= 0; i--) {
    const entry = owned[i];
    if (entry === undefined) continue;
    if (product !== '' && entry.productId === product) {
      const until = entry.at + (suppression.byCategory.get(entry.category) ?? suppression.defaultMs);
      if (now < until) return verdict.block(PURCHASED_PRODUCT, entry.at, until, product);
    }
    const near = suppression.categoryMs > 0 && category !== '' && entry.category === category;
    if (near && inCategory < 0 && now < entry.at + suppression.categoryMs) inCategory = i;
  }
  const near = owned[inCategory];
  if (near === undefined) return false;
  return verdict.block(PURCHASED_CATEGORY, near.at, near.at + suppression.categoryMs, category);
}

/** Nothing left in her size. Compared: units left, 1. `stock` below 0: not tracked. */
export function soldOut(verdict: Verdict, product: string, stock: number): boolean {
  if (stock < 0 || stock >= 1) return false;
  return verdict.block(OUT_OF_STOCK, stock, 1, product);
}

/**
 * Of the offers sent to her within the window, the first one that conflicts with `offer` (any other id); undefined when
 * none does. An offer that has run out still guards its window.
 */
export function otherIncentive(profile: Profile, offer: string, since: number): LiveOffer | undefined {
  let first: LiveOffer | undefined;
  for (const live of profile.offers) {
    if (live.offer === offer || live.at <= since) continue;
    if (first === undefined || live.at < first.at) first = live;
  }
  return first;
}

/** Another incentive reached her first. Compared: when it was sent, until when nothing else may be; names that offer. */
export function incentiveLive(
  verdict: Verdict,
  action: Action,
  profile: Profile,
  policy: Policy,
  now: number,
): boolean {
  if (action.offer === undefined || profile.offers.length === 0) return false;
  const first = otherIncentive(profile, action.offer.id, now - policy.incentiveWindowMs);
  if (first === undefined) return false;
  return verdict.block(OTHER_INCENTIVE_LIVE, first.at, first.at + policy.incentiveWindowMs, first.offer);
}

/** She buys without money off. Compared: her share of discounted orders, the policy's bound. */
export function fullPriceBuyer(verdict: Verdict, action: Action, profile: Profile, policy: Policy): boolean {
  if (action.offer?.isDiscount !== true || profile.orderCount < policy.fullPriceOrdersMin) return false;
  if (profile.orderCount === 0) return false;
  const share = profile.discountedOrders / profile.orderCount;
  if (share > policy.fullPriceDiscountShareMax) return false;
  return verdict.block(FULL_PRICE_BUYER, share, policy.fullPriceDiscountShareMax, action.offer.id);
}

/** Compared: her stage's index, the action's mask; names her stage. */
export function stageMismatch(verdict: Verdict, action: Action, stage: number): boolean {
  if ((action.stageMask & (1 << stage)) !== 0) return false;
  return verdict.block(STAGE_MISMATCH, stage, action.stageMask, STAGES[stage] ?? '');
}

/** What the offer would leave of an order's margin. Compared: that share of what she pays, the policy's floor. */
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
