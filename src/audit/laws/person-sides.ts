/**
 * Who is one person, and whose what is within one: a tree of the customers who became one, each below the one whose key brought them. A plain
 * reading of the facts, for laws about what happens when a link is undone.
 */
import type { IdentifierKey } from '../../base/brand.ts';
import type { AbsorbInFact, CustomerFact } from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';

export class PersonSides {
  /** Who became one with whom. */
  readonly #above = new Map<string, string>();
  /** Of keys that were nobody's, by the id of their actor: whom they joined. */
  readonly #joined = new Map<string, string>();
  /** Of claims under way, by customer and key: who met the key. */
  readonly #met = new Map<string, IdentifierKey>();

  /** The next fact that counts, in the order of causes. */
  fact(fact: CustomerFact): void {
    if (fact.kind === 'absorb-begin' && fact.origin !== undefined)
      this.#met.set(`${fact.customer} ${fact.claimed}`, fact.origin);
    if (fact.kind === 'absorb-in') this.#takeIn(fact);
    if (fact.kind === 'unlinked')
      for (const { key } of fact.parted) this.#above.delete(addresseeOfKey(key).id);
    if (fact.kind === 'erased') this.#forget(fact.customer);
  }

  /** Whose it is what `customer` did as they were met by `origin`: theirs, or that of somebody who became one with them. */
  sideOf(customer: string, origin: IdentifierKey | undefined): string {
    if (origin === undefined) return customer;
    const { id } = addresseeOfKey(origin);
    const side = this.#joined.get(id) ?? id;
    return this.#rootOf(side) === customer ? side : customer;
  }

  /** The customer and everybody who is one with them. */
  sidesOf(customer: string): readonly string[] {
    const sides = [customer];
    for (const side of this.#above.keys()) if (this.#rootOf(side) === customer) sides.push(side);
    return sides;
  }

  /** Whoever comes by one of their keys again is somebody new. */
  #forget(customer: string): void {
    const sides = this.sidesOf(customer);
    for (const side of sides) this.#above.delete(side);
    for (const [id, side] of this.#joined)
      if (id === customer || sides.includes(side)) this.#joined.delete(id);
  }

  #takeIn({ customer, claimed, state, end, link }: AbsorbInFact): void {
    const name = `${customer} ${claimed}`;
    const side = this.sideOf(customer, link?.origin ?? this.#met.get(name));
    this.#met.delete(name);
    if (end !== 'united') return;
    const { id } = addresseeOfKey(claimed);
    if (state !== undefined || link !== undefined) this.#above.set(state?.id ?? id, side);
    else if (this.#rootOf(this.#joined.get(id) ?? id) !== customer) this.#joined.set(id, side);
  }

  #rootOf(side: string): string {
    let at = side;
    // As many steps as there are moves: more are a circle.
    for (let step = 0; step <= this.#above.size; step++) {
      const above = this.#above.get(at);
      if (above === undefined) return at;
      at = above;
    }
    return at;
  }
}
