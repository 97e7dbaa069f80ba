/**
 * What callers were promised, held against the facts of a log.
 *
 * L1  What was acknowledged is in the log.
 * L2  No event, decision request or feedback is there twice while its id must be remembered, acknowledged or not: within
 *     24 hours and among the customer's last ones of its kind (REMEMBERED). An id that comes again later is a new request, and so is
 *     one that comes after the customer was forgotten.
 * L3  A decision stands where its answer said.
 * L4  An order is not told twice in the same words, of the same time, by one source: the second telling changes nothing.
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

/**
 * How far the ids of requests are unique: the service promises it for one customer, 24 hours and a number of them; a
 * workload that never uses an id again promises it for its whole log.
 */
export type IdScope = 'customer' | 'log';

type Kind = 'event' | 'order' | 'decide' | 'feedback with hash';

/** Ids of one customer that the contract says are remembered, by kind. */
const REMEMBERED: Readonly<Record<Kind, number>> = {
  event: 128,
  order: 64,
  decide: 64,
  'feedback with hash': 64,
};
/** For how long; an order is remembered for as long as it is among the last. */
const REMEMBERED_MS = 86_400_000;

/** One fact of a name. */
interface Standing {
  readonly place: FactPlace;
  /** By the service's clock. */
  readonly at: number;
  /** The how-manieth fact of its kind and customer it is. */
  readonly ordinal: number;
  /** What must differ of a fact that may follow under the same name; '': nothing makes a difference. */
  readonly content: string;
}

export class RequestLaws {
  readonly #book: LawBook;
  readonly #scope: IdScope;
  readonly #personOf: (customer: string) => string;
  readonly #foundBy: (customer: string) => string;
  /** Every fact of a name, in order: an id that was forgotten may stand several times. */
  readonly #standing = new Map<string, Standing[]>();
  /** The same by `foundBy`. */
  readonly #found = new Map<string, Standing[]>();
  /** Facts so far by kind and customer. */
  readonly #counts = new Map<string, number>();
  /** How often those of a name were forgotten. */
  readonly #lives = new Map<string, number>();
  /** Of a browser that links identified, or a device that moved, for whom it stood: what came of it may be theirs. */
  readonly #stoodFor = new Map<string, Set<string>>();

  /**
   * `personOf`: who a customer became; default: nobody moves. `foundBy`: with whom what was acknowledged to a customer may stand, where some
   * who were one were parted since.
   */
  constructor(
    book: LawBook,
    scope: IdScope = 'customer',
    personOf: (customer: string) => string = (customer) => customer,
    foundBy = personOf,
  ) {
    this.#book = book;
    this.#scope = scope;
    this.#personOf = personOf;
    this.#foundBy = foundBy;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    const { customer } = fact;
    if (fact.kind === 'erased') {
      const person = this.#personOf(customer);
      this.#lives.set(person, (this.#lives.get(person) ?? 0) + 1);
    }
    if (fact.kind === 'provisional' || fact.kind === 'device-moved') {
      const all = this.#stoodFor.get(customer) ?? new Set();
      this.#stoodFor.set(customer, all.add(fact.to));
    }
    if (fact.kind === 'event') {
      this.#once('event', fact, `${fact.source} ${fact.id}`, { place, at: fact.receivedAt });
      if (fact.name === 'Order Completed') {
        const content = JSON.stringify([fact.source, fact.at, fact.order, fact.products]);
        this.#once('order', fact, fact.order?.orderId ?? '', { place, at: fact.receivedAt, content });
      }
    }
    if (fact.kind === 'decision' && fact.requestId !== '')
      this.#once('decide', fact, fact.requestId, { place, at: fact.at });
    if (fact.kind === 'feedback') {
      this.#once('feedback with hash', fact, fact.idHash.toString(36), { place, at: fact.receivedAt });
      this.#found.set(this.#nameFound(customer, 'feedback', fact.link), [
        { place, at: fact.receivedAt, ordinal: 0, content: '' },
      ]);
    }
  }

  /** After all facts. Where the request stands; undefined: it is lost, which the book says. */
  acknowledged(request: Acknowledged): FactPlace | undefined {
    const name = this.#nameOf(request);
    const place =
      this.#found.get(name)?.at(-1)?.place ?? this.#linked(request) ?? this.#repeatedOrder(request);
    if (place === undefined) this.#book.broken('lost', `${name} was acknowledged and is not in the log`);
    return place;
  }

  /** After all facts: a decision was answered as the one at `answered`. Where it stands, as `acknowledged`. */
  answered(request: Extract<Acknowledged, { kind: 'decide' }>, answered: FactPlace): FactPlace | undefined {
    const place = this.acknowledged(request);
    const all = this.#found.get(this.#nameOf(request)) ?? [];
    const one = all.find((standing) => placeText(standing.place) === placeText(answered));
    if (one !== undefined) return one.place;
    if (place !== undefined)
      this.#book.broken(
        'reply',
        `${this.#nameOf(request)} was answered as ${placeText(answered)}, and stands at ${placeText(place)}`,
      );
    return place;
  }

  /** Where it stands as something that a customer did in a browser which a link in a message had identified. */
  #linked(request: Acknowledged): FactPlace | undefined {
    for (const customer of this.#stoodFor.get(request.customer) ?? []) {
      const found = this.#found.get(this.#nameOf({ ...request, customer }))?.at(-1);
      if (found !== undefined) return found.place;
    }
    return undefined;
  }

  #repeatedOrder(request: Acknowledged): FactPlace | undefined {
    if (request.kind !== 'event' || request.repeatedOrder === undefined) return undefined;
    // The first telling: further ones, in other words, may have come after this answer.
    return this.#found.get(this.#nameFound(request.customer, 'order', request.repeatedOrder))?.[0]?.place;
  }

  #nameOf(request: Acknowledged): string {
    const { kind, customer } = request;
    switch (kind) {
      case 'event':
        return this.#nameFound(customer, kind, `${request.source} ${request.id}`);
      case 'decide':
        return this.#nameFound(customer, kind, request.requestId);
      case 'feedback':
        return this.#nameFound(customer, kind, request.link);
    }
  }

  #name(customer: string, kind: string, id: string): string {
    if (this.#scope === 'log') return `${kind} ${id}`;
    const person = this.#personOf(customer);
    const lives = this.#lives.get(person);
    return `${kind} ${id} of ${person}${lives === undefined ? '' : `, forgotten ${lives} times`}`;
  }

  #nameFound(customer: string, kind: string, id: string): string {
    return this.#scope === 'log' ? `${kind} ${id}` : `${kind} ${id} of ${this.#foundBy(customer)}`;
  }

  #once(
    kind: Kind,
    { customer }: CustomerFact,
    id: string,
    {
      place,
      at,
      content = '',
    }: { readonly place: FactPlace; readonly at: number; readonly content?: string },
  ): void {
    const name = this.#name(customer, kind, id);
    const countOf = `${kind} ${this.#personOf(customer)}`;
    const ordinal = this.#counts.get(countOf) ?? 0;
    this.#counts.set(countOf, ordinal + 1);
    const standing = { place, at, ordinal, content };
    const all = this.#standing.get(name);
    const before = all?.at(-1);
    if (before !== undefined && this.#mustDiffer(kind, before, standing))
      this.#book.broken('twice', `${name} is at ${placeText(before.place)} and at ${placeText(place)}`);
    if (all === undefined) this.#standing.set(name, [standing]);
    else all.push(standing);
    const found = this.#nameFound(customer, kind, id);
    this.#found.set(found, [...(this.#found.get(found) ?? []), standing]);
  }

  #mustDiffer(kind: Kind, before: Standing, now: Standing): boolean {
    if (before.content !== now.content) return false;
    if (this.#scope === 'log') return true;
    if (now.ordinal - before.ordinal > REMEMBERED[kind]) return false;
    return kind === 'order' || now.at - before.at <= REMEMBERED_MS;
  }
}
