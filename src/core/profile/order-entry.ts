/**
 * One order as all who told of it say together. An order is a state keyed by its id: tellings and refunds are kept as sets,
 * and everything else is derived from them (order-balance.ts), so the order in which they arrive does not matter.
 *
 * I1  Entries, tellings, refunds and lines are never changed: a telling makes a new entry. So lines may be shared with `owned`.
 * I2  At most one telling a source: of its lines and of its amounts the latest by when it happened, each for itself.
 * I3  Tellings stand in the order of their sources, refunds in the order of time and event.
 */
import { BOUNDS } from '../bounds.ts';
import type { FactSubscription } from '../fact/fact.ts';
import { type OrderBalance, weighOrder } from './order-balance.ts';
import { stampLines } from './order-lines.ts';
import {
  compareRank,
  compareText,
  isSameMoney,
  type OrderLine,
  type OrderRefund,
  type OrderTelling,
} from './order-telling.ts';
import { isSameSubscription, uniteSubscriptions } from './subscription.ts';

export interface OrderEntry extends OrderBalance {
  readonly orderId: string;
  /** When it was placed: the earliest time that anybody says. Of one that nobody told: its earliest refund. */
  readonly at: number;
  /** Left the ledger before: only the refunds that came since are known. */
  readonly isOlder: boolean;
  /** What its offers gave away besides its discount, in currency. */
  readonly given: number;
  /** What its tellings say together; undefined: none says of one. */
  readonly subscription: FactSubscription | undefined;
  readonly tellings: readonly OrderTelling[];
  readonly refunds: readonly OrderRefund[];
}

const NO_TELLINGS: readonly OrderTelling[] = [];
const NO_REFUNDS: readonly OrderRefund[] = [];

/** The entry with its balance derived; lines carry the order's time. */
export function orderEntry(
  orderId: string,
  at: number,
  isOlder: boolean,
  tellings: readonly OrderTelling[],
  refunds: readonly OrderRefund[],
  given = 0,
): OrderEntry {
  const told = tellings.map((one) => {
    const lines = stampLines(one.lines, at);
    return lines === one.lines ? one : { ...one, lines };
  });
  return {
    orderId,
    at,
    isOlder,
    given,
    subscription: tellings.map((one) => one.subscription).reduce(uniteSubscriptions, undefined),
    tellings: told,
    refunds,
    ...weighOrder(isOlder, told, refunds, given),
  };
}

/** An order's entry after one more telling; `before` undefined: the first that is known of it. `given` counts with the first. */
export function withTelling(
  before: OrderEntry | undefined,
  orderId: string,
  told: OrderTelling,
  toldAt: number,
  given = 0,
): OrderEntry {
  const tellings = before?.tellings ?? NO_TELLINGS;
  const known = tellings.find((one) => one.source === told.source);
  const merged = known === undefined ? told : laterOf(known, told);
  const at = before === undefined || tellings.length === 0 ? toldAt : Math.min(before.at, toldAt);
  const others = tellings.filter((one) => one !== known);
  return orderEntry(
    orderId,
    at,
    false,
    bounded([...others, merged]).sort((a, b) => compareText(a.source, b.source)),
    before?.refunds ?? NO_REFUNDS,
    before === undefined || tellings.length === 0 ? given : before.given,
  );
}

/** An order's entry after one more refund or cancellation; `isOlder` where the ledger has let go of the order. */
export function withRefund(
  before: OrderEntry | undefined,
  orderId: string,
  refund: OrderRefund,
  isOlder: boolean,
): OrderEntry {
  const known = before?.refunds ?? NO_REFUNDS;
  if (before !== undefined && known.some((one) => one.event === refund.event)) return before;
  const tellings = before?.tellings ?? NO_TELLINGS;
  const refunds = squeezed([...known, refund].sort((a, b) => a.at - b.at || a.event - b.event));
  const at = before !== undefined && tellings.length > 0 ? before.at : (refunds[0] ?? refund).at;
  return orderEntry(orderId, at, before?.isOlder ?? isOlder, tellings, refunds, before?.given ?? 0);
}

/** How many lines it keeps, told ones and refunded ones. */
export function linesKept({ tellings, refunds }: Pick<OrderEntry, 'tellings' | 'refunds'>): number {
  let lines = 0;
  for (const telling of tellings) lines += telling.lines.length;
  for (const refund of refunds) lines += refund.lines.length;
  return lines;
}

/** The same in everything that was told, whatever was derived of it. */
export function isSameEntry(a: OrderEntry, b: OrderEntry): boolean {
  return (
    a.at === b.at &&
    a.isOlder === b.isOlder &&
    a.refunds.length === b.refunds.length &&
    a.refunds.every((refund, i) => refund.event === b.refunds[i]?.event) &&
    a.tellings.length === b.tellings.length &&
    a.tellings.every((one, i) => isSameTelling(one, b.tellings[i] as OrderTelling))
  );
}

/** The same to everybody who looks at the customer: what was kept, paid and given back. */
export function isSameBalance(a: OrderEntry, b: OrderEntry): boolean {
  return (
    a.at === b.at &&
    a.state === b.state &&
    a.revenue === b.revenue &&
    a.discount === b.discount &&
    a.isDiscounted === b.isDiscounted &&
    a.refunded === b.refunded &&
    a.margin === b.margin &&
    isSameSubscription(a.subscription, b.subscription) &&
    compareLines(a.kept.toSorted(compareNames), b.kept.toSorted(compareNames)) === 0
  );
}

function isSameTelling(a: OrderTelling, b: OrderTelling): boolean {
  return (
    a.source === b.source &&
    a.at === b.at &&
    a.linesAt === b.linesAt &&
    Object.is(a.revenue, b.revenue) &&
    Object.is(a.discount, b.discount) &&
    a.coupon === b.coupon &&
    isSameMoney(a.foreign, b.foreign) &&
    isSameSubscription(a.subscription, b.subscription) &&
    compareLines(a.lines, b.lines) === 0
  );
}

/** I2: the greater of two in a total order of time and content, so any order of arrival gives the same; a subscription once told stays. */
function laterOf(a: OrderTelling, b: OrderTelling): OrderTelling {
  const lines = a.linesAt - b.linesAt || compareLines(a.lines, b.lines);
  const amounts =
    a.at - b.at ||
    compareAmount(a.revenue, b.revenue) ||
    compareAmount(a.discount, b.discount) ||
    Number(a.coupon) - Number(b.coupon) ||
    compareText(a.foreign?.currency ?? '', b.foreign?.currency ?? '') ||
    compareAmount(a.foreign?.rate ?? 1, b.foreign?.rate ?? 1);
  const [ofLines, ofAmounts] = [lines >= 0 ? a : b, amounts >= 0 ? a : b];
  const subscription = uniteSubscriptions(a.subscription, b.subscription);
  if (ofLines === ofAmounts && isSameSubscription(ofLines.subscription, subscription)) return ofLines;
  const { lines: told, linesAt } = ofLines;
  return { ...ofAmounts, lines: told, linesAt, ...(subscription !== undefined && { subscription }) };
}

/** Those of most lines, then the latest, where more sources tell of one order than are kept. */
function bounded(tellings: OrderTelling[]): OrderTelling[] {
  if (tellings.length <= BOUNDS.orderTellings) return tellings;
  return tellings.sort(compareRank).slice(0, BOUNDS.orderTellings);
}

/** Beyond the bound the two earliest become one of both amounts and all their lines. */
function squeezed(refunds: readonly OrderRefund[]): readonly OrderRefund[] {
  const [first, second, ...rest] = refunds;
  if (refunds.length <= BOUNDS.orderRefunds || first === undefined || second === undefined) return refunds;
  const both = {
    ...first,
    id: '',
    cancels: first.cancels && second.cancels,
    amount: first.amount + second.amount,
    foreign: isSameMoney(first.foreign, second.foreign) ? first.foreign : undefined,
    lines: [...first.lines, ...second.lines],
  };
  return [both, ...rest];
}

function compareLines(a: readonly OrderLine[], b: readonly OrderLine[]): number {
  if (a === b) return 0;
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i] as OrderLine, b[i] as OrderLine];
    const order =
      compareText(one.productId, other.productId) ||
      compareText(one.size, other.size) ||
      compareText(one.variant, other.variant) ||
      compareAmount(one.quantity, other.quantity) ||
      compareAmount(one.price, other.price) ||
      compareText(one.category, other.category) ||
      compareAmount(one.margin, other.margin);
    if (order !== 0) return order;
  }
  return 0;
}

function compareNames(a: OrderLine, b: OrderLine): number {
  return (
    compareText(a.productId, b.productId) || compareText(a.size, b.size) || compareText(a.variant, b.variant)
  );
}

/** NaN, which is "not said", is less than every amount. */
function compareAmount(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a === b ? 0 : a - b;
}
