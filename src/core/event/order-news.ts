/** What a telling of an order, a refund or a cancellation changes, before it is taken: news, nothing, or something to be told. */
import type { EventFact } from '../fact/fact.ts';
import { type OrderChange, orderChange, returnChange } from '../profile/fold-order.ts';
import { statedAmount } from '../profile/order-balance.ts';
import { isSameBalance, isSameEntry, type OrderEntry } from '../profile/order-entry.ts';
import { orderLinesOf, takeBack } from '../profile/order-lines.ts';
import type { Profile } from '../profile/profile.ts';
import { COIN_HALF } from '../profile/refund-groups.ts';
import { type EventWarning, joinWarnings, warning } from './event-warning.ts';

export type OrderNews =
  /** The sender is told `warnings`; undefined: nothing odd. */
  | { readonly kind: 'news'; readonly warnings: readonly EventWarning[] | undefined }
  /** Nothing that anybody sees changes. `isKept`: that its source said so does matter for what may be told later. */
  | { readonly kind: 'nothing'; readonly isKept: boolean };

const plain: OrderNews = { kind: 'news', warnings: undefined };

/** Of `Order Completed`. */
export function orderNews(profile: Profile, fact: EventFact): OrderNews {
  const { before, after } = orderChange(profile, fact);
  if (after === undefined) return { kind: 'nothing', isKept: false };
  if (before === undefined) return plain;
  if (isSameEntry(before, after)) return { kind: 'nothing', isKept: false };
  if (before.tellings.length === 0) {
    if (after.state === 'placed' && after.refunded === 0) return plain;
    return told(
      fact,
      'order.merged',
      `was ${after.state === 'undone' ? 'cancelled or returned' : 'refunded'} already`,
    );
  }
  if (isSameBalance(before, after)) return { kind: 'nothing', isKept: true };
  const merged = told(fact, 'order.merged', 'was told before: both tellings are one order');
  return keepsLines(fact, after) ? both(merged, told(fact, 'order.lines_kept', LINES_KEPT)) : merged;
}

const LINES_KEPT =
  'costs nothing now and keeps its products, because this names none: where none are left, cancel it, or send them as an empty list (property `products`: "[]")';

/** An edit that sets the amount to 0 and has no products: over protobuf an empty list looks like none. */
function keepsLines({ source, order, products }: EventFact, after: OrderEntry): boolean {
  if (products.length > 0 || order?.isEmptied || order?.revenue !== 0 || after.kept.length === 0)
    return false;
  return after.tellings.some((one) => one.source === source && one.lines.length > 0);
}

/** Of `Order Refunded` and `Order Cancelled`. */
export function returnNews(profile: Profile, fact: EventFact, cancels: boolean): OrderNews {
  const change = returnChange(profile, fact, cancels);
  const { before, after } = change;
  if (after === undefined || after === before) return { kind: 'nothing', isKept: false };
  if (after.state === 'awaited')
    return told(fact, 'order.unknown', 'is not known yet: this waits for it and changes nothing until then');
  if (after.isOlder)
    return told(
      fact,
      'order.older',
      'is older than those whose lines are kept: this changes the spend, and no goods',
    );
  // Its teller is one more witness of a refund: kept, so that a second one of the same source is told apart.
  if (before !== undefined && isSameBalance(before, after))
    return told(
      fact,
      'order.merged',
      'has this refund already, or nothing left to give back: it counts once',
    );
  const stranger = before === undefined ? undefined : notInOrder(before, fact);
  const unknown = stranger === undefined ? plain : notHeld(fact, stranger);
  const news = after.refunds.find((one) => !isKnown(before, one.event));
  const asked = news === undefined ? Number.NaN : statedAmount(news, after.tellings);
  if (!cancels && asked > added(change) + COIN_HALF)
    return both(
      unknown,
      told(fact, 'order.refund_cut', 'has less than that left to give back: only the rest was'),
    );
  return unknown;
}

/** The first product given back that the order has not, or no more; undefined: it has all, or nobody told its lines. */
function notInOrder(before: OrderEntry, fact: EventFact): string | undefined {
  if (!before.tellings.some(({ lines }) => lines.length > 0)) return undefined;
  return takeBack(before.kept, orderLinesOf(fact.products, fact.at)).unknown[0]?.productId;
}

function notHeld({ order }: EventFact, productId: string): OrderNews {
  const id = order?.orderId ?? '';
  const sentence = `order "${id}" has no "${productId}" left to give back: the money counts, and no goods come back for it`;
  return { kind: 'news', warnings: [warning('products', 'order.product_unknown', productId, sentence)] };
}

function both(a: OrderNews, b: OrderNews): OrderNews {
  if (a.kind !== 'news' || b.kind !== 'news') return a;
  return { kind: 'news', warnings: joinWarnings(a.warnings, b.warnings) };
}

function isKnown(before: OrderEntry | undefined, event: number): boolean {
  return before?.refunds.some((one) => one.event === event) ?? false;
}

function added({ before, after }: OrderChange): number {
  return (after?.refunded ?? 0) - (before?.refunded ?? 0);
}

function told({ order }: EventFact, rule: string, what: string): OrderNews {
  const id = order?.orderId ?? '';
  return { kind: 'news', warnings: [warning('order.order_id', rule, id, `order "${id}" ${what}`)] };
}
