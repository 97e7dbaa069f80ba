/** The subscriptions of a customer, as their orders and the ends that were told show them. Rows are never changed once made. */
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import type { FactSubscription } from '../fact/fact.ts';
import { compareText } from './order-telling.ts';

/** Orders of one subscription that stand. */
export interface Subscription {
  /** '': of renewals that named none. */
  readonly id: string;
  /** When the last one was placed. */
  readonly at: number;
  /** Between the last two; 0: there is one. */
  readonly gapMs: number;
}

export interface SubscriptionEnd {
  /** '': of all. */
  readonly id: string;
  /** When it was last told to have ended. */
  readonly at: number;
}

export const NO_SUBSCRIPTIONS: readonly Subscription[] = [];
export const NO_ENDS: readonly SubscriptionEnd[] = [];

/** So long after its last order a subscription counts as running, or so many times the gap between its last two, if that is longer. */
const RUNS_MS = 45 * DAY_MS;
const RUNS_GAPS = 1.5;

/** Orders come in order of time; one from before the last one changes nothing. */
export function withOrderOf(
  subscriptions: readonly Subscription[],
  id: string,
  at: number,
): readonly Subscription[] {
  const known = subscriptions.find((one) => one.id === id);
  if (known === undefined) return [...subscriptions, { id, at, gapMs: 0 }];
  if (at <= known.at) return subscriptions;
  return subscriptions.map((one) => (one === known ? { id, at, gapMs: at - known.at } : one));
}

/** Whether an order came by itself: it says so, or its subscription had one before. */
export function isRenewal(
  subscriptions: readonly Subscription[],
  order: FactSubscription | undefined,
): boolean {
  if (order === undefined) return false;
  return order.isRenewal || (order.id !== '' && subscriptions.some(({ id }) => id === order.id));
}

/** What two tellings of an order say together: an order belongs to one subscription, of two ids the greater one. */
export function uniteSubscriptions(
  a: FactSubscription | undefined,
  b: FactSubscription | undefined,
): FactSubscription | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { id: compareText(a.id, b.id) >= 0 ? a.id : b.id, isRenewal: a.isRenewal || b.isRenewal };
}

export function isSameSubscription(
  a: FactSubscription | undefined,
  b: FactSubscription | undefined,
): boolean {
  return a?.id === b?.id && a?.isRenewal === b?.isRenewal;
}

/** The latest ends by id, at most BOUNDS.subscriptions; in order of time, then id. */
export function withEnd(
  ends: readonly SubscriptionEnd[],
  { id, at }: SubscriptionEnd,
): readonly SubscriptionEnd[] {
  const known = ends.find((one) => one.id === id);
  if (known !== undefined && known.at >= at) return ends;
  return [...ends.filter((one) => one !== known), { id, at }]
    .sort((a, b) => a.at - b.at || compareText(a.id, b.id))
    .slice(-BOUNDS.subscriptions);
}

/** Whether some subscription has had an order lately and no end since. An end that names one also ends renewals that name none. */
export function isSubscribed(
  {
    subscriptions,
    subscriptionEnds,
  }: {
    readonly subscriptions: readonly Subscription[];
    readonly subscriptionEnds: readonly SubscriptionEnd[];
  },
  now: number,
): boolean {
  return subscriptions.some(({ id, at, gapMs }) => {
    if (now - at >= Math.max(RUNS_MS, RUNS_GAPS * gapMs)) return false;
    return !subscriptionEnds.some((end) => end.at >= at && (end.id === id || end.id === '' || id === ''));
  });
}
