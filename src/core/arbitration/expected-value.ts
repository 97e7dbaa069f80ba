/**
 * Expected value of a candidate in currency, where "do nothing" is 0:
 *
 *   EV = p1·(m − d) − p0·m0 + e·v − κ − ΔP(unsub)·ρ·residualCLV,   p1 = clip(p0 + τ, 0, 1)
 *
 * m, m0: margin of the order that the customer would make with and without the message; d: what the offer costs on every order
 * that it touches; e·v: value of being engaged beyond a sale; κ: what one message costs; ρ: share of the customer's residual value
 * that an unsubscribe loses. The uncertainty of EV is that of τ: |m − d| · sd(τ).
 */
import type { CandidateColumns } from '../decide/candidate-columns.ts';
import type { Offer } from '../policy/policy.ts';

/** What an offer costs us on one order of this value, in currency. */
export function discountOf(offer: Offer | undefined, orderValue: number): number {
  if (offer === undefined) return 0;
  switch (offer.kind) {
    case 'percent':
      return (offer.depth / 100) * orderValue;
    case 'amount':
      return Math.min(offer.depth, orderValue);
    case 'free_shipping':
    case 'gift':
      return offer.depth;
    case 'early_access':
    case 'points':
      return 0;
  }
}

/** Computes `ev` and `evSd` of a row from its other terms, as they were rounded into the columns. */
export function expectedValue(columns: CandidateColumns, row: number): void {
  const p0 = columns.p0[row] as number;
  const touched = p0 + (columns.tau[row] as number);
  const p1 = touched < 0 ? 0 : touched > 1 ? 1 : touched;
  const earned = (columns.margin[row] as number) - (columns.discount[row] as number);
  columns.ev[row] =
    p1 * earned -
    p0 * (columns.margin0[row] as number) +
    (columns.engage[row] as number) * (columns.engageValue[row] as number) -
    (columns.channelCost[row] as number) -
    (columns.unsubscribe[row] as number) * (columns.unsubscribeCost[row] as number);
  columns.evSd[row] = Math.abs(earned) * (columns.tauSd[row] as number);
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
