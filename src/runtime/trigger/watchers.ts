/** Who wants to hear of committed changes: of one customer, or of every decision. Bounded; told after the append. */
import type { CustomerFact } from '../../core/fact/fact.ts';
import { addresseeOf, holdsKey } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Changed, Committed } from '../../port/customers.ts';

export class Watchers {
  readonly #byCustomer = new Map<string, Set<Changed>>();
  readonly #tails = new Set<(committed: Committed) => void>();
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get tailing(): boolean {
    return this.#tails.size > 0;
  }

  get size(): number {
    return this.#count;
  }

  /** Undefined when there are too many already. */
  watch(customer: string, changed: Changed): (() => void) | undefined {
    if (this.#count >= this.#max) return undefined;
    this.#count++;
    let isOver = false;
    const leave = this.#enter(customer, changed);
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count--;
      leave();
    };
  }

  #enter(customer: string, changed: Changed): () => void {
    const set = this.#byCustomer.get(customer) ?? new Set();
    this.#byCustomer.set(customer, set);
    // The same function may watch twice: each has an entry of its own.
    const entry: Changed = (profile, causes) => changed(profile, causes);
    set.add(entry);
    return () => {
      if (set.delete(entry) && set.size === 0) this.#byCustomer.delete(customer);
    };
  }

  /** As `watch`, for somebody at another node, whose bound counts it. */
  watchFrom(customer: string, changed: Changed): () => void {
    return this.#enter(customer, changed);
  }

  tail(each: (committed: Committed) => void): () => void {
    const entry = (committed: Committed): void => each(committed);
    this.#tails.add(entry);
    return () => void this.#tails.delete(entry);
  }

  /** Of a customer who moved nothing is told: whoever watched them hears from the one with whom they are now. */
  changed(profile: Profile, causes: readonly CustomerFact['kind'][]): void {
    if (this.#byCustomer.size === 0 || profile.moved !== undefined || profile.deviceOf !== undefined) return;
    this.#tell(profile.id, profile, causes);
    // Whoever began to watch one of the customer's keys while it was somebody's of its own.
    for (const one of profile.identifiers) {
      const { id } = addresseeOf(one.kind, one.value);
      if (id !== profile.id && holdsKey(profile, one)) this.#tell(id, profile, causes);
    }
  }

  #tell(customer: string, profile: Profile, causes: readonly CustomerFact['kind'][]): void {
    const set = this.#byCustomer.get(customer);
    if (set !== undefined) for (const tell of set) tell(profile, causes);
  }

  committed(committed: Committed): void {
    for (const tell of this.#tails) tell(committed);
  }
}
