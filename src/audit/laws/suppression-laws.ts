/**
 * What a customer owns is not promoted to them until its suppression is over; a return lifts it. Held against the facts of
 * a log in their order.
 */
import type { CustomerFact, EventFact } from '../../core/fact/fact.ts';
import { type FactPlace, type LawBook, placeText } from './law-book.ts';
import { PersonSides } from './person-sides.ts';

/** A policy's suppression, all in ms from the purchase on. */
export interface SuppressionRules {
  readonly defaultMs: number;
  readonly byCategory: ReadonlyMap<string, number>;
  /** 0: a purchase suppresses only the product itself, not its category. */
  readonly categoryMs: number;
  /** By category, where it is not `categoryMs`. */
  readonly categoryMsBy?: ReadonlyMap<string, number>;
}

/** Products of one purchase. */
interface Owned {
  readonly orderId: string;
  readonly product: string;
  readonly category: string;
  readonly at: number;
  quantity: number;
}

/** What somebody is about to be shown. */
interface Promotion {
  readonly customer: string;
  /** Decision or attempt, for the sentence of a breach. */
  readonly what: string;
  readonly products: ReadonlySet<string>;
  /** '' for none. */
  readonly category: string;
  readonly at: number;
}

export class SuppressionLaws {
  readonly #rules: SuppressionRules;
  readonly #book: LawBook;
  /** What each bought themselves, whoever they are one with. */
  readonly #owned = new Map<string, Owned[]>();
  readonly #sides = new PersonSides();

  constructor(rules: SuppressionRules, book: LawBook) {
    this.#rules = rules;
    this.#book = book;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    // Of who was forgotten nobody knows what they own.
    if (fact.kind === 'erased')
      for (const side of this.#sides.sidesOf(fact.customer)) this.#owned.delete(side);
    this.#sides.fact(fact);
    if (fact.kind === 'event') return this.#event(fact);
    if (fact.kind !== 'decision') return;
    const { customer, at } = fact;
    for (const { kind, action, promotion, product, category, content } of fact.choices) {
      if (kind === 'nothing' || !promotion) continue;
      const what = `${action} by decision ${placeText(place)} of ${customer} at ${at}`;
      this.promotes({
        customer,
        what,
        products: new Set([product, ...(content?.productIds ?? [])]),
        category,
        at,
      });
    }
  }

  /** A promotion that is handed over now. */
  promotes({ customer, what, products, category, at }: Promotion): void {
    for (const owned of this.#ownedBy(customer)) {
      const bought = `the customer bought ${owned.product} with order ${owned.orderId} at ${owned.at}`;
      const ms = this.#rules.byCategory.get(owned.category) ?? this.#rules.defaultMs;
      if (products.has(owned.product) && at < owned.at + ms)
        this.#book.broken('suppression', `${what}: ${bought}`);
      const { categoryMs, categoryMsBy } = this.#rules;
      const wholeMs = categoryMsBy?.get(category) ?? categoryMs;
      if (category !== '' && owned.category === category && at < owned.at + wholeMs)
        this.#book.broken('suppression', `${what}: ${bought}, which is of ${category}`);
    }
  }

  /** What any of those bought who are one person is theirs; an order that two were told of is one. */
  #ownedBy(customer: string): readonly Owned[] {
    const orders = new Set<string>();
    return this.#sides.sidesOf(customer).flatMap((side) => {
      const own = (this.#owned.get(side) ?? []).filter(
        ({ orderId }) => orderId === '' || !orders.has(orderId),
      );
      for (const { orderId } of own) orders.add(orderId);
      return own;
    });
  }

  #event({ customer, name, at, order, products, origin }: EventFact): void {
    const orderId = order?.orderId ?? '';
    if (name === 'Order Completed') {
      const side = this.#sides.sideOf(customer, origin);
      const owned = this.#owned.get(side) ?? [];
      for (const { productId, category, quantity } of products)
        owned.push({ orderId, product: productId, category, at, quantity });
      this.#owned.set(side, owned);
    }
    if (name !== 'Order Refunded' && name !== 'Order Cancelled') return;
    const owned = this.#ownedBy(customer);
    for (const { productId, quantity } of products) {
      // Pieces of the order that is named come back first, then pieces of any other.
      const more = giveUp(owned, productId, quantity > 0 ? quantity : Number.POSITIVE_INFINITY, orderId);
      giveUp(owned, productId, more, undefined);
    }
    const whole = products.length === 0 && orderId !== '';
    for (const side of this.#sides.sidesOf(customer))
      this.#owned.set(
        side,
        (this.#owned.get(side) ?? []).filter(
          (lot) => lot.quantity > 0 && !(whole && lot.orderId === orderId),
        ),
      );
  }
}

/** Removes up to `quantity` pieces, the last bought first; returns how many were not there. */
function giveUp(
  owned: readonly Owned[],
  product: string,
  quantity: number,
  orderId: string | undefined,
): number {
  let missing = quantity;
  for (const lot of owned.toReversed()) {
    if (lot.product !== product || (orderId !== undefined && lot.orderId !== orderId)) continue;
    const pieces = Math.min(missing, lot.quantity);
    lot.quantity -= pieces;
    missing -= pieces;
  }
  return missing;
}
