import { cents } from './catalog.ts';
import type { ShopOffer } from './treatment.ts';
import { type Line, SHIPPING } from './visit-plan.ts';

/** What the shop itself would find in its books. Amounts in currency. */
export interface ShopLedger {
  visits: number;
  orders: number;
  /** Orders of visits that a treatment brought. */
  inducedOrders: number;
  revenue: number;
  discounts: number;
  /** Price less cost less discount less shipping given away, less what came back. */
  margin: number;
  refunds: number;
  treatments: number;
  /** Messages opened; what is noticed on a page nobody reports. */
  opens: number;
  clicks: number;
  unsubscribes: number;
  complaints: number;
  /** Treatments sent to someone who had unsubscribed on that channel before: the service must never do it. */
  sentAfterUnsubscribe: number;
}

export function emptyLedger(): ShopLedger {
  return {
    visits: 0,
    orders: 0,
    inducedOrders: 0,
    revenue: 0,
    discounts: 0,
    margin: 0,
    refunds: 0,
    treatments: 0,
    opens: 0,
    clicks: 0,
    unsubscribes: 0,
    complaints: 0,
    sentAfterUnsubscribe: 0,
  };
}

/** What an order costs the customer and brings the shop. */
export interface Bill {
  readonly revenue: number;
  readonly shipping: number;
  readonly discount: number;
  readonly total: number;
  readonly coupon: string;
  readonly margin: number;
}

/** The bill for one piece of each line under an offer, to the cent. A discount never exceeds the goods. */
export function billOf(lines: readonly Line[], offer: ShopOffer | undefined): Bill {
  let goods = 0;
  let cost = 0;
  for (const { product } of lines) {
    goods += product.price;
    cost += product.cost;
  }
  const off =
    offer?.kind === 'percent' ? (goods * offer.depth) / 100 : offer?.kind === 'amount' ? offer.depth : 0;
  const discount = cents(Math.min(goods, Math.max(0, off)));
  const gift = offer?.kind === 'gift' ? offer.depth : 0;
  const shipping = offer?.kind === 'free_shipping' ? 0 : SHIPPING;
  const revenue = cents(goods - discount);
  return {
    revenue,
    shipping,
    discount,
    total: cents(revenue + shipping),
    coupon: offer?.code ?? '',
    // Shipping costs the shop what it charges.
    margin: cents(revenue - cost + shipping - SHIPPING - gift),
  };
}
