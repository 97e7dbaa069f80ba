/**
 * What is known of a customer, once more and as plainly as it can be said: from the raw events in the order in which they
 * came, all of them kept, every answer looked up or summed when it is asked for. Nothing of the core but types.
 */
import type { EventInput } from '../event/event-input.ts';
import type { FeedbackInput } from '../event/feedback-input.ts';
import { type Piece, type PlainOrder, plainOrder } from './plain-orders.fixture.ts';

/** An event or a channel's report, and our clock when it came. */
export type Arrival =
  | { readonly kind: 'event'; readonly now: number; readonly input: EventInput }
  | { readonly kind: 'feedback'; readonly now: number; readonly input: FeedbackInput };

/** What counters count, by name. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  views: ['Product Viewed', 'Product Clicked'],
  clicks: ['clicked', 'replied', 'converted'],
};

export class PlainProfile {
  /** Their last word, by `channel purpose`, and the newest time at which the customer said one. */
  readonly words = new Map<string, { readonly granted: boolean; readonly at: number }>();
  /** By channel: when the customer unsubscribed, until they say yes again. */
  readonly unsubscribed = new Map<string, number>();
  /** By channel: when the customer last complained. */
  readonly complained = new Map<string, number>();
  readonly #channels: readonly string[];
  readonly #seen = new Set<string>();
  /** All that was told of each order. */
  readonly #orders = new Map<string, EventInput[]>();
  readonly #happened: { readonly what: string; readonly at: number }[] = [];

  /** `channels`: all that there are. */
  constructor(channels: readonly string[]) {
    this.#channels = channels;
  }

  get orderCount(): number {
    return this.orders.filter(({ stands }) => stands).length;
  }

  get revenue(): number {
    return this.orders.reduce((sum, { revenue }) => sum + revenue, 0);
  }

  get refunds(): number {
    return this.orders.reduce((sum, { refunded }) => sum + refunded, 0);
  }

  get owned(): Piece[] {
    return this.orders.flatMap(({ owned }) => owned);
  }

  /** Those that somebody told of. */
  get orders(): PlainOrder[] {
    return [...this.#orders.values()].map(plainOrder).filter(({ isTold }) => isTold);
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
      .map((piece) => piece.at + msOf(piece.category));
    return Math.max(0, ...ends);
  }

  /** Each thing that happened, worth 1 when it did and half as much after every half-life. */
  counter(name: string, halfLifeMs: number, now: number): number {
    if (name === 'orders')
      return this.orders.reduce(
        (sum, { stands, at }) => sum + (stands ? 2 ** (-(now - at) / halfLifeMs) : 0),
        0,
      );
    const counted = this.#happened.filter(({ what }) =>
      name === 'events' ? what.startsWith('event ') : COUNTED[name]?.some((one) => what.endsWith(` ${one}`)),
    );
    return counted.reduce((sum, { at }) => sum + 2 ** (-(now - at) / halfLifeMs), 0);
  }

  #event(input: EventInput, now: number): boolean {
    const id = `event ${input.source} ${input.id}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    const at = Math.min(input.occurredAt, now);
    const isAboutOrder = ['Order Completed', 'Order Refunded', 'Order Cancelled'].includes(input.name);
    const known = this.#orders.get(input.order?.orderId ?? '') ?? [];
    const isToldAgain = input.name === 'Order Completed' && plainOrder(known).isTold;
    if (!isToldAgain) this.#happened.push({ what: `event ${input.name}`, at });
    if (input.name === 'Consent Updated') this.#said(input, at);
    if (!isAboutOrder) return true;
    const before = JSON.stringify(plainOrder(known));
    this.#orders.set(input.order?.orderId ?? '', [...known, input]);
    return !isToldAgain || JSON.stringify(plainOrder([...known, input])) !== before;
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
