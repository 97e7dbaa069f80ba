/**
 * What callers were promised, held against the facts of a log.
 *
 * L1  What was acknowledged is in the log.
 * L2  No event, order, decision request or feedback is there twice, acknowledged or not.
 * L3  A decision stands where its answer said.
 */
import type { CustomerFact } from '../../core/fact/fact.ts';
import { type FactPlace, type LawBook, placeText } from './law-book.ts';

/** A request that was acknowledged. */
export type Acknowledged =
  | {
      readonly kind: 'event';
      readonly customer: string;
      readonly source: string;
      readonly id: string;
      /** Set when the answer was "duplicate": the same order may be in the log under another event id. */
      readonly repeatedOrder?: string | undefined;
    }
  | { readonly kind: 'decide'; readonly customer: string; readonly requestId: string }
  /** A fact keeps no more than a hash of the feedback's id, so the workload says it once more as the link. */
  | { readonly kind: 'feedback'; readonly customer: string; readonly link: string };

/** How far the ids of requests are unique: the service promises it for one customer, a workload may for its whole log. */
export type IdScope = 'customer' | 'log';

export class RequestLaws {
  readonly #book: LawBook;
  readonly #scope: IdScope;
  readonly #places = new Map<string, FactPlace>();

  constructor(book: LawBook, scope: IdScope = 'customer') {
    this.#book = book;
    this.#scope = scope;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    const { customer } = fact;
    if (fact.kind === 'event') {
      this.#once(this.#name(customer, 'event', `${fact.source} ${fact.id}`), place);
      if (fact.name === 'Order Completed')
        this.#once(this.#name(customer, 'order', fact.order?.orderId ?? ''), place);
    }
    if (fact.kind === 'decision' && fact.requestId !== '')
      this.#once(this.#name(customer, 'decide', fact.requestId), place);
    if (fact.kind === 'feedback') {
      this.#once(this.#name(customer, 'feedback with hash', fact.idHash.toString(36)), place);
      this.#places.set(this.#name(customer, 'feedback', fact.link), place);
    }
  }

  /** After all facts. Where the request stands; undefined: it is lost, which the book says. */
  acknowledged(request: Acknowledged): FactPlace | undefined {
    const name = this.#nameOf(request);
    const place = this.#places.get(name) ?? this.#repeatedOrder(request);
    if (place === undefined) this.#book.broken('lost', `${name} was acknowledged and is not in the log`);
    return place;
  }

  /** After all facts: a decision was answered as the one at `answered`. Where it stands, as `acknowledged`. */
  answered(request: Extract<Acknowledged, { kind: 'decide' }>, answered: FactPlace): FactPlace | undefined {
    const place = this.acknowledged(request);
    if (place !== undefined && placeText(place) !== placeText(answered))
      this.#book.broken(
        'reply',
        `${this.#nameOf(request)} was answered as ${placeText(answered)}, and stands at ${placeText(place)}`,
      );
    return place;
  }

  #repeatedOrder(request: Acknowledged): FactPlace | undefined {
    if (request.kind !== 'event' || request.repeatedOrder === undefined) return undefined;
    return this.#places.get(this.#name(request.customer, 'order', request.repeatedOrder));
  }

  #nameOf(request: Acknowledged): string {
    const { kind, customer } = request;
    switch (kind) {
      case 'event':
        return this.#name(customer, kind, `${request.source} ${request.id}`);
      case 'decide':
        return this.#name(customer, kind, request.requestId);
      case 'feedback':
        return this.#name(customer, kind, request.link);
    }
  }

  #name(customer: string, kind: string, id: string): string {
    return this.#scope === 'log' ? `${kind} ${id}` : `${kind} ${id} of ${customer}`;
  }

  #once(name: string, place: FactPlace): void {
    const before = this.#places.get(name);
    if (before !== undefined)
      this.#book.broken('twice', `${name} is at ${placeText(before)} and at ${placeText(place)}`);
    this.#places.set(name, place);
  }
}
