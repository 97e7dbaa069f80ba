import type { EventInput, OrderInput, ProductInput } from '../core/event/event-input.ts';

type Needed<T, K extends keyof T> = Partial<T> & Pick<T, K>;

/** An event with what is not given left empty, as core knows it. The body's hash is the receiver's to compute: 0 here. */
export function makeEvent(
  given: Needed<EventInput, 'id' | 'source' | 'identifiers' | 'name' | 'occurredAt'>,
): EventInput {
  return {
    channel: '',
    sessionId: '',
    products: [],
    order: undefined,
    currency: '',
    properties: undefined,
    context: undefined,
    historical: false,
    bodyHash: 0,
    ...given,
  };
}

/** A product line with what is not given left empty. */
export function makeProduct(given: Needed<ProductInput, 'productId' | 'price' | 'quantity'>): ProductInput {
  return { sku: '', variant: '', size: '', category: '', brand: '', coupon: '', ...given };
}

/** An order without further amounts where they are not given. */
export function makeOrder(given: Needed<OrderInput, 'orderId' | 'total' | 'revenue'>): OrderInput {
  return { shipping: 0, tax: 0, discount: 0, coupon: '', refundId: '', ...given };
}
