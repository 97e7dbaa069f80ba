/** A product line of an event, in Segment's words. Prices in the currency's major unit. */
export interface ShopProduct {
  readonly productId: string;
  readonly sku?: string;
  readonly variant?: string;
  readonly size?: string;
  readonly category: string;
  readonly brand?: string;
  readonly price: number;
  readonly quantity: number;
  readonly coupon?: string;
}

/** The order part of an event: `total` = `revenue` + `shipping` + `tax`, and `revenue` has the discount taken off. */
export interface ShopOrder {
  readonly orderId: string;
  readonly total: number;
  readonly revenue: number;
  readonly shipping: number;
  readonly tax: number;
  readonly discount: number;
  readonly coupon?: string;
}

/** An event as a producer makes it, before it is on the wire. Times in ms since 1970 UTC. */
export interface ShopEvent {
  readonly id: string;
  readonly source: string;
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly name: string;
  readonly occurredAt: number;
  readonly channel: string;
  readonly sessionId?: string;
  readonly products?: readonly ShopProduct[];
  readonly order?: ShopOrder;
  readonly currency?: string;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  readonly context?: {
    readonly timeZone?: string;
    readonly locale?: string;
    readonly device?: string;
    readonly page?: string;
  };
}
