import type { Profile } from '../profile/profile.ts';
import { orderRate, pAlive } from './p-alive.ts';

const WEEK_MS = 604_800_000;
const WEEKS_AHEAD = 52;
/** Margin assumed of revenue whose margin nobody told us. */
const MARGIN_SHARE_UNKNOWN = 0.3;

/** Refunded share of all that the customer ever paid, 0 to 1; their `revenue` is what is left of it. */
export function refundShare({ revenue, refunds }: Profile): number {
  const paid = revenue + refunds;
  return paid > 0 ? Math.min(1, refunds / paid) : 0;
}

/** P(alive) of the customer now; 0 without orders. */
export function customerAlive(profile: Profile, now: number): number {
  if (profile.orderCount === 0) return 0;
  const last = Math.max(0, profile.lastOrderAt - profile.firstOrderAt) / WEEK_MS;
  const weeks = Math.max(last, (now - profile.firstOrderAt) / WEEK_MS);
  return pAlive(profile.orderCount - 1, last, weeks);
}

/** Margin expected of the customer over the next 52 weeks, in currency; 0 without orders. `alive` is their P(alive). */
export function residualValue(profile: Profile, now: number, alive: number): number {
  if (profile.orderCount === 0) return 0;
  const margin = profile.margin > 0 ? profile.margin : profile.revenue * MARGIN_SHARE_UNKNOWN;
  const weeks = Math.max(0, now - profile.firstOrderAt) / WEEK_MS;
  const rate = orderRate(profile.orderCount - 1, weeks);
  return (alive * rate * WEEKS_AHEAD * Math.max(0, margin)) / profile.orderCount;
}
