/**
 * Who was forgotten is left alone, held against the facts of a log in an order in which each comes after what it follows from.
 *
 * L1  Whoever comes by a key of somebody who was forgotten is sent nothing, and put into no audience, until they agree anew: a yes of their
 *     own, said after that, and not read from a list.
 */
import { type FactPlace, type LawBook, placeText } from '../../audit/laws/law-book.ts';
import type { Choice, CustomerFact, EventFact } from '../../core/fact/fact.ts';

interface Known {
  /** When they were forgotten, and are silent since; 0: they are not. */
  silentSince: number;
  /** When they said yes last, 0: never. */
  yesAt: number;
}

export interface ErasureRules {
  /** Channels on which something is sent, or an audience is entered, without being asked for. */
  readonly sent: ReadonlySet<number>;
}

export class ErasureLaws {
  readonly #rules: ErasureRules;
  readonly #book: LawBook;
  readonly #people = new Map<string, Known>();
  /** When the customer of an id was forgotten last. */
  readonly #forgotten = new Map<string, number>();

  constructor(rules: ErasureRules, book: LawBook) {
    this.#rules = rules;
    this.#book = book;
  }

  fact(place: FactPlace, fact: CustomerFact): void {
    const { customer } = fact;
    if (fact.kind === 'erased') {
      this.#forgotten.set(customer, fact.at);
      this.#people.delete(customer);
      return;
    }
    const known = this.#knownOf(customer);
    switch (fact.kind) {
      case 'event':
        return this.#event(known, fact);
      case 'decision':
        for (const choice of fact.choices) this.#mayBeSent(known, place, customer, choice, fact.dispatch);
        return;
      case 'absorb-in':
        if (fact.state !== undefined) this.#takeIn(known, fact.state.id);
        return;
      case 'unlinked':
      case 'restored':
        // Which of them agreed is not followed back here.
        known.silentSince = 0;
        return;
      default:
    }
  }

  #event(known: Known, { consent, historical, at }: EventFact): void {
    if (consent?.granted !== true) return;
    known.yesAt = Math.max(known.yesAt, at);
    if (!historical && at > known.silentSince) known.silentSince = 0;
  }

  #mayBeSent(
    { silentSince }: Known,
    place: FactPlace,
    customer: string,
    { kind, action, channel }: Choice,
    isDispatch: boolean,
  ): void {
    if (silentSince === 0 || kind === 'nothing' || !isDispatch || !this.#rules.sent.has(channel)) return;
    this.#book.broken(
      'erasure',
      `${action} by decision ${placeText(place)} of ${customer}: they were forgotten at ${silentSince}, and have not agreed since`,
    );
  }

  #takeIn(known: Known, other: string): void {
    const from = this.#knownOf(other);
    const later = Math.max(known.silentSince, from.silentSince);
    const hasAgreed = ({ silentSince, yesAt }: Known): boolean => silentSince === 0 && yesAt > later;
    known.silentSince = hasAgreed(known) || hasAgreed(from) ? 0 : later;
    known.yesAt = Math.max(known.yesAt, from.yesAt);
    this.#people.delete(other);
  }

  /** Whoever begins by the key is silent from their first fact on. */
  #knownOf(customer: string): Known {
    let known = this.#people.get(customer);
    if (known === undefined) {
      known = { silentSince: this.#forgotten.get(customer) ?? 0, yesAt: 0 };
      this.#people.set(customer, known);
    }
    return known;
  }
}
