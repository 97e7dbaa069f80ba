import { DAY_MS } from '../../base/clock.ts';
import { isSameGoods } from './order-lines.ts';
import type { OrderRefund } from './order-telling.ts';

/** Two systems tell of one refund within so long. */
export const REFUND_TWICE_MS = 7 * DAY_MS;
/** Amounts this near are the same: half of the smallest coin. */
export const COIN_HALF = 0.005;

/** One refund, by all events that tell of it. */
export type RefundGroup = readonly OrderRefund[];

/**
 * Which tellings are of one refund: those of one `refund_id`; without one, equal refunds of different sources within
 * REFUND_TWICE_MS. Two of one source are two. `amountOf`: what a telling gives back, whether it says so or not.
 * `refunds` in order of time; what comes out depends on the set alone.
 */
export function groupRefunds(
  refunds: readonly OrderRefund[],
  amountOf: (refund: OrderRefund) => number,
): RefundGroup[] {
  const byId = new Map<string, OrderRefund[]>();
  for (const refund of refunds) {
    if (refund.id === '') continue;
    const known = byId.get(refund.id);
    if (known === undefined) byId.set(refund.id, [refund]);
    else known.push(refund);
  }
  const groups: OrderRefund[][] = [...byId.values()];
  for (const refund of refunds) {
    if (refund.id !== '') continue;
    const twin = groups.find((group) => group.every((known) => isTwin(known, refund, amountOf)));
    if (twin === undefined) groups.push([refund]);
    else twin.push(refund);
  }
  return groups;
}

function isTwin(a: OrderRefund, b: OrderRefund, amountOf: (refund: OrderRefund) => number): boolean {
  if (a.source === b.source || Math.abs(a.at - b.at) > REFUND_TWICE_MS) return false;
  if (a.lines.length > 0 && b.lines.length > 0 && !isSameGoods(a.lines, b.lines)) return false;
  return Math.abs(amountOf(a) - amountOf(b)) <= COIN_HALF;
}

/** The telling that says most: lines before none, an amount before none, then the earliest. */
export function speakerOf(group: RefundGroup): OrderRefund {
  const [first, ...rest] = group;
  let best = first as OrderRefund;
  for (const one of rest) if (says(one) > says(best)) best = one;
  return best;
}

function says(refund: OrderRefund): number {
  return refund.lines.length * 2 + (Number.isNaN(refund.amount) ? 0 : 1);
}
