/**
 * What the orders of each customer come to, kept from the events that were sent, to check the service's profiles: an order is a state,
 * a refund gives back no more than its order has, one of an order that nobody knows changes nothing, and an order of which all goods
 * came back counts as none. It shares no code with the profile.
 */
import type { EventInput } from '../../core/event/event-input.ts';

interface Book {
  /** Thousandths. */
  leftMills: number;
  readonly hadGoods: boolean;
  /** Pieces by product that did not come back. */
  readonly goods: Map<string, number>;
  isUndone: boolean;
}

export interface OrderTotals {
  /** Orders that stand, whole or in part. */
  readonly orders: number;
  /** Paid for them and for those that came back, less what was given back; in thousandths. */
  readonly mills: number;
}

export class OrderBooks {
  readonly #books = new Map<string, Book>();
  /** Given back of orders whose lines the service keeps no more. */
  #olderMills = 0;
  /** Refunds that name no order of the customer, and their amount in thousandths. */
  unknownRefunds = 0;
  unknownMills = 0;
  /** Refunds of orders whose lines the service keeps no more. */
  olderRefunds = 0;
  /** What refunds asked beyond what their orders had left, in thousandths. */
  beyondMills = 0;

  order(customer: string, event: EventInput): void {
    const goods = piecesOf(event);
    this.#books.set(nameOf(customer, event), {
      leftMills: millsOf(event),
      hadGoods: goods.size > 0,
      goods,
      isUndone: false,
    });
  }

  /** `isOlder`: the service said that it keeps the order's lines no more, and that the refund changes the spend alone. */
  refund(customer: string, event: EventInput, isOlder: boolean): void {
    const book = this.#books.get(nameOf(customer, event));
    const asked = millsOf(event);
    if (book === undefined) {
      this.unknownRefunds++;
      this.unknownMills += asked;
      return;
    }
    if (isOlder) {
      this.olderRefunds++;
      this.#olderMills += asked;
      return;
    }
    const back = Math.min(asked, Math.max(0, book.leftMills));
    this.beyondMills += asked - back;
    book.leftMills -= back;
    for (const [product, pieces] of piecesOf(event)) {
      const left = (book.goods.get(product) ?? 0) - pieces;
      if (left > 0) book.goods.set(product, left);
      else book.goods.delete(product);
    }
    // An order of charges alone has no goods that could come back: its money does.
    book.isUndone = book.hadGoods ? book.goods.size === 0 : book.leftMills <= 0;
  }

  totals(): OrderTotals {
    let orders = 0;
    let mills = -this.#olderMills;
    for (const { isUndone, leftMills } of this.#books.values()) {
      if (!isUndone) orders++;
      mills += leftMills;
    }
    return { orders, mills };
  }
}

function nameOf(customer: string, { id, order }: EventInput): string {
  return `${customer} ${order?.orderId ?? id}`;
}

function millsOf({ order }: EventInput): number {
  return Math.round((order?.revenue ?? 0) * 1_000);
}

function piecesOf({ products }: EventInput): Map<string, number> {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of products)
    pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  return pieces;
}
