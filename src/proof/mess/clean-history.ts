/** What happened in a small shop: the days of the simulated one, and what its few customers would take years to do in it. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { type Rng, seedRng } from '../../base/rng.ts';
import { eventMessage } from '../../codec/message/event-message.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import type { ShopProduct } from '../../world/catalog.ts';
import { makeEvent, makeOrder, makeProduct } from '../../world/make-event.ts';
import { createShop } from '../../world/shop.ts';

export const CUSTOMERS = 3;
const DAYS = 20;
/** The starter policy's channels that ask for consent. */
const ASKED = ['email', 'sms', 'push', 'whatsapp', 'ads', 'web_push'] as const;
const PURPOSES = ['marketing', 'marketing', 'service'] as const;

/** The session of a word that is said for each channel. */
export const EVERYWHERE = 'everywhere';

/** One customer's events in the order in which they happened. */
export interface CleanHistory {
  readonly customer: number;
  readonly events: readonly Event[];
}

/** How long a history lasts from its start on, ms. */
export const HISTORY_MS: number = DAYS * DAY_MS;

/** The histories of a seed's customers. */
export function cleanHistories(seed: number, startAt: number): CleanHistory[] {
  const shop = createShop({ seed, startAt, customers: CUSTOMERS, outreachPerDay: 0 });
  const visits = Array.from({ length: CUSTOMERS }, (): EventInput[] => []);
  for (let step = shop.next(startAt + HISTORY_MS); step !== undefined; step = shop.next(startAt + HISTORY_MS))
    if (step.kind === 'event') visits[step.customer]?.push(step.event);
  return visits.map((seen, customer) => {
    const errands = new Errands(seedRng(seed, customer).fork('errands'), shop.catalog.products, startAt);
    const events = [...seen, ...errands.run()].sort((a, b) => a.occurredAt - b.occurredAt);
    return { customer, events: events.map(eventMessage) };
  });
}

interface Line {
  readonly product: ShopProduct;
  readonly size: string;
  readonly quantity: number;
}

/** Orders, what becomes of them, a cart that is left, and words of consent. */
class Errands {
  readonly #rng: Rng;
  readonly #products: readonly ShopProduct[];
  readonly #startAt: number;
  readonly #events: EventInput[] = [];
  #count = 0;

  constructor(rng: Rng, products: readonly ShopProduct[], startAt: number) {
    this.#rng = rng;
    this.#products = products;
    this.#startAt = startAt;
  }

  run(): readonly EventInput[] {
    const orders = 1 + this.#rng.intBelow(5);
    const every = Math.floor((DAYS - 4) / orders);
    for (let i = 0; i < orders; i++) this.#order(this.#day(1 + i * every), i);
    this.#cart(this.#day(DAYS - 2));
    this.#consents();
    if (this.#rng.float() < 0.3) this.#everywhere();
    return this.#events;
  }

  #order(at: number, number: number): void {
    const lines = this.#lines(1 + this.#rng.intBelow(4));
    for (const [i, line] of lines.entries())
      this.#say('Product Added', at - (30 - i) * MINUTE_MS, { products: [product(line)] });
    const spare = this.#lines(1)[0] as Line;
    if (this.#rng.float() < 0.5) {
      this.#say('Product Added', at - 20 * MINUTE_MS, { products: [product(spare)] });
      this.#say('Product Removed', at - 19 * MINUTE_MS, { products: [product(spare)] });
    }
    this.#say('Checkout Started', at - 5 * MINUTE_MS, { products: lines.map(product) });
    const goods = lines.reduce((sum, line) => sum + line.product.price * line.quantity, 0);
    const discount = this.#rng.float() < 0.4 ? cents(goods / 10) : 0;
    const revenue = cents(goods - discount);
    const order = makeOrder({
      orderId: `e-${number}`,
      total: cents(revenue + 4.9),
      revenue,
      shipping: 4.9,
      discount,
    });
    this.#say('Order Completed', at, { products: lines.map(product), order });
    const fate = this.#rng.float();
    const later = at + (2 + this.#rng.intBelow(30)) * HOUR_MS;
    if (fate < 0.2) {
      const line = lines[0] as Line;
      const paid = cents((line.product.price * line.quantity * revenue) / goods);
      this.#say('Order Refunded', later, { products: [product(line)], order: back(order.orderId, paid) });
    } else if (fate < 0.35) this.#say('Order Refunded', later, { order: back(order.orderId, revenue) });
    else if (fate < 0.5) this.#say('Order Cancelled', later, { order: back(order.orderId, 0) });
    else if (fate < 0.6) this.#say('Order Refunded', later, { order: back(order.orderId, 5) });
  }

  /** What is left in the cart at the end. */
  #cart(at: number): void {
    const lines = this.#lines(1 + this.#rng.intBelow(3));
    for (const [i, line] of lines.entries())
      this.#say('Product Added', at + i * MINUTE_MS, { products: [product(line)] });
    const first = lines[0] as Line;
    if (this.#rng.float() < 0.5)
      this.#say('Product Removed', at + 10 * MINUTE_MS, { products: [product(first)] });
  }

  #consents(): void {
    const words = 3 + this.#rng.intBelow(6);
    for (let i = 0; i < words; i++) {
      const channel = this.#one(ASKED);
      this.#consent(
        channel,
        this.#one(PURPOSES),
        this.#rng.float() < 0.5,
        this.#day(1 + (i * (DAYS - 3)) / words),
      );
    }
  }

  /** A word about all channels, as a shop says it that has to name each. */
  #everywhere(): void {
    const at = this.#day(2 + this.#rng.intBelow(DAYS - 4));
    const granted = this.#rng.float() < 0.5;
    for (const channel of CHANNELS)
      this.#say('Consent Updated', at, {
        sessionId: EVERYWHERE,
        properties: { channel, purpose: 'marketing', granted },
      });
  }

  #consent(channel: string, purpose: string, granted: boolean, at: number): void {
    this.#say('Consent Updated', at, { properties: { channel, purpose, granted } });
  }

  #say(name: string, at: number, more: Partial<EventInput>): void {
    const id = `errand-${this.#count++}`;
    this.#events.push(
      makeEvent({
        id,
        source: 'web-shop',
        identifiers: [],
        name,
        occurredAt: at,
        channel: 'web',
        sessionId: '',
        ...more,
      }),
    );
  }

  /** Distinct lines: the same product in two sizes is two. */
  #lines(count: number): Line[] {
    const lines: Line[] = [];
    while (lines.length < count) {
      const product = this.#one(this.#products);
      const sizes = [...product.stock.keys()];
      const size = sizes.length === 0 ? '' : this.#one(sizes);
      if (lines.some((line) => line.product === product && line.size === size)) continue;
      lines.push({ product, size, quantity: 1 + this.#rng.intBelow(3) });
    }
    return lines;
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#rng.intBelow(of.length)] as T;
  }

  /** Some time of a day, counted from the start; whole seconds. */
  #day(day: number): number {
    return (
      this.#startAt + Math.round((day * DAY_MS + (8 + 10 * this.#rng.float()) * HOUR_MS) / 1_000) * 1_000
    );
  }
}

function product({ product: { productId, category, brand, price }, size, quantity }: Line) {
  return makeProduct({ productId, category, brand, price, size, quantity });
}

/** The order of a refund: what is given back. */
function back(orderId: string, revenue: number) {
  return makeOrder({ orderId, total: revenue, revenue });
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
