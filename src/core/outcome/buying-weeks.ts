/**
 * How many of the customers buy in a week without a message, counted from facts: of each customer the whole weeks from the first that was
 * heard of them until the launch, the first decision that chose something for anybody; of the holdout until the end. (Until the first
 * decision for themselves would count the silent for longer than the busy.) What a customer was first heard with, an order often, made
 * them a customer and does not count; an order that is told again counts once.
 */
import type { CustomerId } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import { eventMeaning } from '../event/event-name.ts';
import type { Fact } from '../fact/fact.ts';
import { isHeldOut } from '../guardrail/holdout.ts';
import type { Policy } from '../policy/policy.ts';

const WEEK_MS = 7 * DAY_MS;

export interface WeekCount {
  /** With at least one whole week. */
  readonly customers: number;
  readonly weeks: number;
  /** Weeks with an order or more. */
  readonly buying: number;
}

interface Watched {
  firstAt: number;
  isTreated: boolean;
  readonly orderedAt: number[];
  readonly orderIds: Set<string>;
}

/** Of all customers, all facts in any order. */
export class BuyingWeeks {
  readonly #customers = new Map<CustomerId, Watched>();
  /** Whom a customer became. */
  readonly #became = new Map<string, CustomerId>();
  /** Who had decisions of both arms. */
  readonly #mixed = new Set<string>();
  #launchAt = Number.POSITIVE_INFINITY;

  /** Who was heard of. */
  get customers(): number {
    return this.#customers.size;
  }

  note(fact: Fact): void {
    if (fact.kind === 'event') {
      const watched = this.#watched(fact.customer);
      watched.firstAt = Math.min(watched.firstAt, fact.at);
      if (eventMeaning(fact.name).kind === 'order') noteOrder(watched, fact.order?.orderId ?? '', fact.at);
    } else if (fact.kind === 'absorb-in' && fact.state !== undefined) {
      this.#became.set(fact.state.id, fact.customer);
      if (fact.mixed) this.#mixed.add(fact.customer);
    } else if (fact.kind === 'decision' && !fact.heldOut) {
      if (fact.choices.every(({ kind }) => kind === 'nothing')) return;
      this.#watched(fact.customer).isTreated = true;
      this.#launchAt = Math.min(this.#launchAt, fact.at);
    }
  }

  /** Counts to `until`, behind which nothing is known. Who had decisions of both arms is left out. */
  count(until: number, policy: Pick<Policy, 'holdout'>): WeekCount {
    let [customers, weeks, buying] = [0, 0, 0];
    const launchAt = Math.min(this.#launchAt, until);
    const mixed = new Set([...this.#mixed].map((customer) => this.#person(customer)));
    for (const [customer, { firstAt, isTreated, orderedAt }] of this.#people()) {
      if (mixed.has(customer)) continue;
      const endAt = !isTreated && isHeldOut(policy, customer) ? until : launchAt;
      const own = Math.floor((endAt - firstAt) / WEEK_MS);
      if (!(own > 0)) continue;
      customers++;
      weeks += own;
      const bought = new Set<number>();
      for (const at of orderedAt) if (at > firstAt) bought.add(Math.floor((at - firstAt) / WEEK_MS));
      for (const week of bought) if (week < own) buying++;
    }
    return { customers, weeks, buying };
  }

  /** Each with all that they were before they became one. */
  #people(): ReadonlyMap<string, Watched> {
    if (this.#became.size === 0) return this.#customers;
    const people = new Map<string, Watched>();
    for (const [customer, watched] of this.#customers) {
      const person = this.#person(customer);
      const known = people.get(person);
      people.set(person, known === undefined ? watched : together(known, watched));
    }
    return people;
  }

  /** More steps than there are absorbs are a circle. */
  #person(customer: string): string {
    let at = customer;
    for (let step = 0; step <= this.#became.size; step++) {
      const next = this.#became.get(at);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  #watched(customer: CustomerId): Watched {
    let watched = this.#customers.get(customer);
    if (watched === undefined) {
      watched = { firstAt: Number.POSITIVE_INFINITY, isTreated: false, orderedAt: [], orderIds: new Set() };
      this.#customers.set(customer, watched);
    }
    return watched;
  }
}

function together(a: Watched, b: Watched): Watched {
  return {
    firstAt: Math.min(a.firstAt, b.firstAt),
    isTreated: a.isTreated || b.isTreated,
    orderedAt: [...a.orderedAt, ...b.orderedAt],
    orderIds: a.orderIds,
  };
}

function noteOrder({ orderedAt, orderIds }: Watched, orderId: string, at: number): void {
  if (orderId !== '' && orderIds.has(orderId)) return;
  orderIds.add(orderId);
  orderedAt.push(at);
}
