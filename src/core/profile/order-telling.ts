/** What is kept of an order: what its sources told, line by line, and what was given back. Shapes that never change once made. */
import type { FactSubscription } from '../fact/fact.ts';

export interface OwnedProduct {
  readonly productId: string;
  readonly category: string;
  readonly size: string;
  readonly at: number;
  readonly quantity: number;
  readonly price: number;
}

/** One product, size and variant of an order. Never changed: orders and `owned` share it. */
export interface OrderLine extends OwnedProduct {
  /** '' where none was told beside the size. */
  readonly variant: string;
  /** Of one unit, in currency. */
  readonly margin: number;
}

/** The currency in which amounts were told that were converted, and what one unit of it was then. */
export interface ForeignMoney {
  readonly currency: string;
  readonly rate: number;
}

/** What one source says of an order. */
export interface OrderTelling {
  readonly source: string;
  /** When the amounts were told, 0: it told neither amounts nor lines. */
  readonly at: number;
  /** When the lines were told, 0: never. At most `at`. Told and empty: nothing is left of the order. */
  readonly linesAt: number;
  readonly lines: readonly OrderLine[];
  /** Products after discount, in currency; NaN: not said. */
  readonly revenue: number;
  /** NaN: not said. */
  readonly discount: number;
  readonly coupon: boolean;
  /** Of its amounts; undefined: they were told in the reporting currency. */
  readonly foreign: ForeignMoney | undefined;
  /** Absent: it said of none. */
  readonly subscription?: FactSubscription;
}

/** A refund or a cancellation as one event told it. */
export interface OrderRefund {
  /** The shop's id of the refund; '' without one. */
  readonly id: string;
  /** 48-bit hash of the event's source and id. */
  readonly event: number;
  readonly source: string;
  readonly at: number;
  readonly cancels: boolean;
  /** What is given back of the products, in currency; NaN: not said. */
  readonly amount: number;
  /** Of its amount; undefined: it was told in the reporting currency. */
  readonly foreign: ForeignMoney | undefined;
  readonly lines: readonly OrderLine[];
}

export function isSameMoney(a: ForeignMoney | undefined, b: ForeignMoney | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.currency === b.currency && a.rate === b.rate);
}

/** The telling with more lines first, of equal ones the latest. */
export function compareRank(a: OrderTelling, b: OrderTelling): number {
  return b.lines.length - a.lines.length || b.at - a.at || compareText(a.source, b.source);
}

/** By UTF-16 code units: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
