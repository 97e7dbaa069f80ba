/**
 * What is known of a customer, once more and as plainly as it can be said: from the raw events in the order in which they
 * came, all of them kept, every answer looked up or summed when it is asked for. Nothing of the core but types.
 */
import type { EventInput, ProductInput } from '../event/event-input.ts';
import type { FeedbackInput } from '../event/feedback-input.ts';

/** An event or a channel's report, and our clock when it came. */
export type Arrival =
  | { readonly kind: 'event'; readonly now: number; readonly input: EventInput }
  | { readonly kind: 'feedback'; readonly now: number; readonly input: FeedbackInput };

/** One piece that the customer bought and has not brought back. */
interface Piece {
  readonly product: string;
  readonly category: string;
  readonly order: PlainOrder;
}

interface PlainOrder {
  readonly at: number;
  revenue: number;
}

/** What counters count, by name. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  views: ['Product Viewed', 'Product Clicked'],
  orders: ['Order Completed'],
  clicks: ['clicked', 'replied', 'converted'],
};

export class PlainProfile {
  orderCount = 0;
  revenue = 0;
  refunds = 0;
  owned: Piece[] = [];
  /** Their last word, by `channel purpose`, and the newest time at which the customer said one. */
  readonly words = new Map<string, { readonly granted: boolean; readonly at: number }>();
  /** By channel: when the customer unsubscribed, until they say yes again. */
  readonly unsubscribed = new Map<string, number>();
  /** By channel: when the customer last complained. */
  readonly complained = new Map<string, number>();
  readonly #channels: readonly string[];
  readonly #seen = new Set<string>();
  readonly #orders = new Map<string, PlainOrder>();
  readonly #happened: { readonly what: string; readonly at: number }[] = [];

  /** `channels`: all that there are. */
  constructor(channels: readonly string[]) {
    this.#channels = channels;
  }

  /** False: it was there before, and nothing changes. */
  take(arrival: Arrival): boolean {
    return arrival.kind === 'event'
      ? this.#event(arrival.input, arrival.now)
      : this.#feedback(arrival.input, arrival.now);
  }

  /** The latest time at which a product is still suppressed, 0 when the customer does not own it. */
  suppressedUntil(product: string, msOf: (category: string) => number): number {
    const ends = this.owned
      .filter((piece) => piece.product === product)
      .map((piece) => piece.order.at + msOf(piece.category));
    return Math.max(0, ...ends);
  }

  /** Each thing that happened, worth 1 when it did and half as much after every half-life. */
  counter(name: string, halfLifeMs: number, now: number): number {
    const counted = this.#happened.filter(({ what }) =>
      name === 'events' ? what.startsWith('event ') : COUNTED[name]?.some((one) => what.endsWith(` ${one}`)),
    );
    return counted.reduce((sum, { at }) => sum + 2 ** (-(now - at) / halfLifeMs), 0);
  }

  #event(input: EventInput, now: number): boolean {
    const id = `event ${input.source} ${input.id}`;
    const orderId = input.order?.orderId ?? '';
    if (this.#seen.has(id)) return false;
    if (input.name === 'Order Completed' && this.#orders.has(orderId)) return false;
    this.#seen.add(id);
    const at = Math.min(input.occurredAt, now);
    this.#happened.push({ what: `event ${input.name}`, at });
    if (input.name === 'Order Completed') this.#ordered(input, orderId, at);
    if (input.name === 'Order Refunded' || input.name === 'Order Cancelled') this.#returned(input, orderId);
    if (input.name === 'Consent Updated') this.#said(input, at);
    return true;
  }

  #ordered(input: EventInput, orderId: string, at: number): void {
    const order = { at, revenue: paid(input) || worth(input.products) };
    this.orderCount++;
    this.revenue += order.revenue;
    this.#orders.set(orderId, order);
    for (const { productId, category, quantity } of input.products)
      for (let n = 0; n < quantity; n++) this.owned.push({ product: productId, category, order });
  }

  #returned(input: EventInput, orderId: string): void {
    const order = this.#orders.get(orderId);
    const back = Math.abs(paid(input)) || worth(input.products) || (order?.revenue ?? 0);
    this.refunds += back;
    this.revenue -= back;
    if (order !== undefined) order.revenue -= back;
    if (input.products.length === 0) this.owned = this.owned.filter((piece) => piece.order !== order);
    for (const { productId, quantity } of input.products)
      for (let n = 0; n < quantity; n++) this.#giveBack(productId, order);
    if (order === undefined || input.name !== 'Order Cancelled') return;
    // Whatever it brought and was not named stays owned; the order is as if it had never been.
    this.orderCount--;
    this.#orders.delete(orderId);
  }

  /** A piece of that order; when it brought none, the one that came last. */
  #giveBack(product: string, order: PlainOrder | undefined): void {
    const candidates = this.owned.filter((piece) => piece.product === product);
    const piece = candidates.findLast((one) => one.order === order) ?? candidates.at(-1);
    this.owned = this.owned.filter((one) => one !== piece);
  }

  #said({ properties }: EventInput, at: number): void {
    const { channel, purpose, granted } = properties as {
      channel: string;
      purpose: string;
      granted: boolean;
    };
    // A channel that we do not serve is none of ours.
    if (!this.#channels.includes(channel)) return;
    const before = this.words.get(`${channel} ${purpose}`);
    const newest = before === undefined || at > before.at || (at === before.at && !granted);
    if (newest) this.words.set(`${channel} ${purpose}`, { granted, at });
    if (granted && at > (this.unsubscribed.get(channel) ?? at)) this.unsubscribed.delete(channel);
  }

  #feedback(input: FeedbackInput, now: number): boolean {
    const id = `feedback ${input.channel} ${input.id}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    const at = Math.min(input.occurredAt, now);
    const answer = COUNTED.clicks?.includes(input.kind) ? 'clicks' : input.kind;
    const message = `${input.dispatchId} ${answer}`;
    if (!input.machine && !this.#seen.has(message)) {
      // Of a message only the first answer counts.
      this.#seen.add(message);
      this.#happened.push({ what: `feedback ${input.kind}`, at });
    }
    if (input.kind !== 'unsubscribed' && input.kind !== 'complained') return true;
    const refused = input.kind === 'complained' ? this.complained : this.unsubscribed;
    refused.set(input.channel, Math.max(at, refused.get(input.channel) ?? 0));
    const ends =
      input.scope !== ''
        ? [input.scope]
        : input.kind === 'complained'
          ? ['marketing', 'service']
          : ['marketing'];
    for (const purpose of ends) {
      const about = `${input.channel} ${purpose}`;
      // Only a yes that is newer than all the customer said before lifts it.
      this.words.set(about, { granted: false, at: Math.max(at, this.words.get(about)?.at ?? at) });
    }
    return true;
  }
}

/** What the order says that it is worth; 0 when it does not. */
function paid({ order }: EventInput): number {
  if (order === undefined) return 0;
  return order.revenue || order.total - order.shipping - order.tax;
}

function worth(products: readonly ProductInput[]): number {
  return products.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}
