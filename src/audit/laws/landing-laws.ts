/**
 * Whom links in messages identified, held against the facts of a log.
 *
 * L1  The token of a message identifies one browser.
 * L2  A browser stands for a customer only where a message of theirs was spent on it.
 */
import { browserHash } from '../../core/event/landing-token.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import { type FactPlace, type LawBook, placeText } from './law-book.ts';

export class LandingLaws {
  readonly #book: LawBook;
  readonly #personOf: (customer: string) => string;
  /** Browser by message. */
  readonly #spent = new Map<string, number>();
  /** "browser person" of each token that was spent. */
  readonly #linked = new Set<string>();
  readonly #standing: { readonly place: FactPlace; readonly browser: number; readonly to: string }[] = [];

  /** `personOf`: one name for all who were ever one person. */
  constructor(book: LawBook, personOf: (customer: string) => string) {
    this.#book = book;
    this.#personOf = personOf;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    if (fact.kind === 'provisional') {
      this.#standing.push({ place, browser: browserHash(fact.key), to: fact.to });
      return;
    }
    if (fact.kind !== 'token-spent') return;
    const { ref, browser, customer } = fact;
    const home = placeOfSeq(place.shard, ref.seq);
    const message = `${home.shard}/${home.seq}/${ref.index}/${ref.choice}`;
    const before = this.#spent.get(message);
    if (before !== undefined && before !== browser)
      this.#book.broken(
        'landing',
        `${placeText(place)}: the token of message ${message} identified two browsers`,
      );
    this.#spent.set(message, browser);
    this.#linked.add(`${browser} ${this.#personOf(customer)}`);
  }

  /** After all facts. */
  end(): void {
    for (const { place, browser, to } of this.#standing)
      if (!this.#linked.has(`${browser} ${this.#personOf(to)}`))
        this.#book.broken(
          'landing',
          `${placeText(place)}: a browser stands for ${to}, who spent no token on it`,
        );
  }
}
