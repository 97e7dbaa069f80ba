// Long because what sets, moves and ends a timer is followed in one place.
/**
 * Timers and triggers, held against the facts of a log in their order.
 *
 * L1  A timer fires once, at its due time or later, and only if it was set and not cancelled.
 * L2  A trigger that fired is one intervention: one decision with what fired as its cause, in the same record.
 * L3  A customer is considered at most once for one slot, and a decision for a slot stands in the record in which its timer fired.
 * L4  A checkout window fires only after the silence that the policy asks for: no activity in the window.
 */

import { type FactPlace, type LawBook, placeText } from '../../audit/laws/law-book.ts';
import { PersonSides } from '../../audit/laws/person-sides.ts';
import type { IdentifierKey } from '../../base/brand.ts';
import type {
  AbsorbedProfile,
  AbsorbInFact,
  AbsorbOutFact,
  CustomerFact,
  UnlinkedFact,
} from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { GuardrailRules } from './rules.ts';

const PLAN = 1;
const CONSIDER = 2;
const LINK = 3;
const ESTATE = 4;
const TIMERS = ['checkout', 'plan', 'consideration', 'link', 'estate', 'moment'];
/** The end of a membership of an audience: it follows from the decision, and fires without a fact of its own. */
const AUDIENCE = 6;
/** A claim without an answer is made again after this; what a moved customer held is dropped after that. */
const CLAIM_RETRY_MS = 5_000;
const ESTATE_MS = 30 * 86_400_000;
/** Begins the cause of a decision for a slot; the customer's local time follows. */
const CONSIDERED = 'consider ';
/** Events that the shop sends, not the customer. */
const NOT_BY_CUSTOMER = new Set([
  'Order Refunded',
  'Order Cancelled',
  'Order Shipped',
  'Order Delayed',
  'Order Delivered',
  'Return Received',
  'Support Case Opened',
  'Support Case Closed',
]);

interface Customer {
  readonly timers: Map<string, number>;
  /** Times of the customer's own events. */
  activeAt: { readonly at: number; readonly side: string }[];
  /** Slots that there was a decision for. */
  readonly considered: Set<string>;
  /** Where the last consideration's timer fired. */
  consideredIn: string;
  /** Keys on their way to the customer, each with the one that led to it or ''. */
  readonly claims: Map<string, string>;
  /** Keys of those who were parted from the customer and have not heard it. */
  readonly parted: Set<string>;
}

interface Triggered {
  readonly customer: string;
  readonly trigger: string;
  readonly place: FactPlace;
}

export class TimerLaws {
  readonly #rules: GuardrailRules;
  readonly #book: LawBook;
  readonly #customers = new Map<string, Customer>();
  /** Who moved, as they were then. */
  readonly #sides = new PersonSides();
  readonly #moved = new Map<string, { readonly shard: number; readonly was: Customer }>();
  /** Triggers of the record at hand whose decision is still to come, by customer. */
  readonly #awaited = new Map<string, Triggered>();
  #fired = 0;
  #slots = 0;

  constructor(rules: GuardrailRules, book: LawBook) {
    this.#rules = rules;
    this.#book = book;
  }

  /** Triggers that fired: checkouts left, news of orders. */
  get fired(): number {
    return this.#fired;
  }

  /** Decisions for slots. */
  get slots(): number {
    return this.#slots;
  }

  fact(place: FactPlace, fact: CustomerFact): void {
    this.#breakUnanswered(place);
    this.#sides.fact(fact);
    const customer = this.#customerOf(fact.customer);
    switch (fact.kind) {
      case 'event':
        // What is read from a list is no sign of life.
        if (!NOT_BY_CUSTOMER.has(fact.name) && !fact.historical)
          customer.activeAt.push({ at: fact.at, side: this.#sides.sideOf(fact.customer, fact.origin) });
        return;
      case 'timer':
        if (fact.op === 'set') customer.timers.set(timerKey(fact.timer, fact.key), fact.due);
        else customer.timers.delete(timerKey(fact.timer, fact.key));
        return;
      case 'plan-dropped':
        customer.timers.delete(timerKey(PLAN, fact.plan));
        return;
      case 'timer-fired': {
        const key = timerKey(fact.timer, fact.key);
        const due = customer.timers.get(key);
        const what = `timer ${key} of ${fact.customer} at ${placeText(place)}`;
        if (due === undefined) this.#book.broken('timer', `${what} fired, but was not set (any more)`);
        else if (due !== fact.due)
          this.#book.broken('timer', `${what} fired as due at ${fact.due}, set for ${due}`);
        if (fact.at < fact.due) this.#book.broken('timer', `${what} fired at ${fact.at}, before ${fact.due}`);
        customer.timers.delete(key);
        if (fact.timer === CONSIDER) customer.consideredIn = recordText(place);
        return;
      }
      case 'triggered': {
        this.#fired++;
        this.#awaited.set(fact.customer, { customer: fact.customer, trigger: fact.trigger, place });
        if (fact.trigger.includes(':')) return;
        const since = fact.at - (this.#rules.triggerWindowMs.get(fact.trigger) ?? 0);
        for (const { at } of customer.activeAt)
          if (at > since && at <= fact.at)
            this.#book.broken(
              'trigger',
              `${fact.trigger} of ${fact.customer} fired at ${fact.at}, but the customer was active at ${at} (${placeText(place)})`,
            );
        return;
      }
      case 'decision':
        this.#decision(place, fact.cause, fact.customer);
        for (let i = 0; i < fact.choices.length; i++) {
          const choice = fact.choices[i];
          if (choice?.kind === 'later') customer.timers.set(timerKey(PLAN, planKey(place, i)), choice.at);
        }
        return;
      case 'absorb-begin':
        customer.claims.set(fact.claimed, fact.via);
        customer.timers.set(timerKey(LINK, ''), fact.at + CLAIM_RETRY_MS);
        return;
      case 'absorb-out':
        this.#leave(place, customer, fact);
        return;
      case 'absorb-in':
        this.#takeIn(place, customer, fact);
        return;
      case 'unlinked':
        this.#part(customer, fact);
        return;
      case 'restored':
        this.#stand(customer, fact.state);
        return;
      case 'erased':
        this.#customers.delete(fact.customer);
        this.#moved.delete(fact.customer);
        return;
      case 'parted':
        customer.parted.delete(fact.key);
        if (customer.parted.size === 0 && customer.claims.size === 0)
          customer.timers.delete(timerKey(LINK, ''));
        return;
      default:
    }
  }

  /** What each did counts for whose it was; what is set is what the fact says. */
  #part(customer: Customer, { customer: id, own, parted, at }: UnlinkedFact): void {
    for (const { key } of parted) {
      const other = addresseeOfKey(key).id;
      const sides = this.#sides.sidesOf(other);
      const left = this.#customerOf(other);
      left.activeAt = customer.activeAt.filter(({ side }) => sides.includes(side));
      customer.parted.add(key);
    }
    const sides = this.#sides.sidesOf(id);
    customer.activeAt = customer.activeAt.filter(({ side }) => sides.includes(side));
    this.#stand(customer, own);
    customer.timers.set(timerKey(LINK, ''), at + CLAIM_RETRY_MS);
  }

  #stand(customer: Customer, profile: AbsorbedProfile): void {
    customer.timers.clear();
    for (const { kind, key, due } of (profile as Profile).timers)
      if (kind !== AUDIENCE) customer.timers.set(timerKey(kind, key), due);
  }

  /** Nothing of a customer who has moved is due here but the end of what they left. */
  #leave({ shard }: FactPlace, customer: Customer, { customer: id, estate, at }: AbsorbOutFact): void {
    const left = nobody();
    if (estate.length > 0) left.timers.set(timerKey(ESTATE, ''), at + ESTATE_MS);
    this.#moved.set(id, { shard, was: customer });
    this.#customers.set(id, left);
  }

  #takeIn(place: FactPlace, customer: Customer, fact: AbsorbInFact): void {
    const { customer: id, claimed, state, end, link, at } = fact;
    const moved = state === undefined ? undefined : this.#moved.get(state.id);
    if (moved !== undefined) {
      const { shard, was: from } = moved;
      for (const [key, due] of from.timers) {
        const name = key.startsWith(`${TIMERS[PLAN]} `) ? renamedPlan(key, shard, place.shard) : key;
        if (key === timerKey(LINK, '')) continue;
        if (key === timerKey(ESTATE, '')) {
          endsLinks(customer, due);
          continue;
        }
        if (key.startsWith(`${TIMERS[CONSIDER]} `) && hasConsideration(customer)) continue;
        customer.timers.set(name, Math.max(customer.timers.get(name) ?? 0, due));
      }
      customer.activeAt.push(...from.activeAt);
      for (const slot of from.considered) customer.considered.add(slot);
      // Of the one who takes them in nobody has to be asked for.
      for (const [key, via] of from.claims)
        if (addresseeOfKey(key as IdentifierKey).id !== id) customer.claims.set(key, via);
    }
    for (let key = claimed as string; key !== ''; ) {
      const via = end === 'united' ? '' : (customer.claims.get(key) ?? '');
      customer.claims.delete(key);
      key = via;
    }
    if (customer.claims.size === 0 && customer.parted.size === 0) customer.timers.delete(timerKey(LINK, ''));
    if (link !== undefined) endsLinks(customer, at + ESTATE_MS);
  }

  /** After the last fact: timers that were due before `at` and neither fired nor were cancelled. */
  end(at: number): void {
    this.#breakUnanswered(undefined);
    for (const [id, customer] of this.#customers)
      for (const [key, due] of customer.timers)
        if (due < at) this.#book.broken('timer', `timer ${key} of ${id} was due at ${due} and never fired`);
  }

  #decision(place: FactPlace, cause: string, id: string): void {
    if (cause.startsWith(CONSIDERED)) this.#considered(place, cause, id);
    // Behind a colon stands the order or case that news was about.
    if (!this.#rules.triggerWindowMs.has(cause.split(':')[0] ?? '')) return;
    if (this.#awaited.get(id)?.trigger !== cause)
      this.#book.broken('trigger', `decision ${placeText(place)} of ${id} says ${cause}, which did not fire`);
    this.#awaited.delete(id);
  }

  /** L3 */
  #considered(place: FactPlace, cause: string, id: string): void {
    const customer = this.#customerOf(id);
    this.#slots++;
    if (customer.considered.has(cause))
      this.#book.broken('consideration', `${id} is considered twice: ${cause}, again at ${placeText(place)}`);
    if (customer.consideredIn !== recordText(place))
      this.#book.broken('consideration', `${cause} of ${id} at ${placeText(place)}: no timer fired`);
    customer.considered.add(cause);
  }

  /** The decision stands in the record of its trigger. */
  #breakUnanswered(next: FactPlace | undefined): void {
    for (const [id, { trigger, place }] of this.#awaited) {
      if (next?.shard === place.shard && next.sequence === place.sequence) continue;
      this.#awaited.delete(id);
      this.#book.broken('trigger', `${trigger} of ${id} fired at ${placeText(place)} without a decision`);
    }
  }

  #customerOf(id: string): Customer {
    let customer = this.#customers.get(id);
    if (customer === undefined) {
      customer = nobody();
      this.#customers.set(id, customer);
    }
    return customer;
  }
}

function nobody(): Customer {
  return {
    timers: new Map(),
    activeAt: [],
    considered: new Set(),
    consideredIn: '',
    claims: new Map(),
    parted: new Set(),
  };
}

/** The oldest link ends first. */
function endsLinks({ timers }: Customer, due: number): void {
  const key = timerKey(ESTATE, '');
  timers.set(key, Math.min(timers.get(key) ?? due, due));
}

function hasConsideration({ timers }: Customer): boolean {
  return [...timers.keys()].some((key) => key.startsWith(`${TIMERS[CONSIDER]} `));
}

/** A plan's timer is called after its decision, and that by the shard in which it is spoken of. */
function renamedPlan(key: string, from: number, to: number): string {
  const [seq = '', index, choice] = key.slice(timerKey(PLAN, '').length).split('-');
  return timerKey(PLAN, `${movedSeq(Number.parseInt(seq, 36), from, to).toString(36)}-${index}-${choice}`);
}

function timerKey(kind: number, key: string): string {
  return `${TIMERS[kind]} ${key}`;
}

function recordText({ shard, sequence }: FactPlace): string {
  return `${shard}/${sequence}`;
}

/** A plan's id is the place of the choice that made it. */
function planKey(place: FactPlace, choice: number): string {
  return `${place.sequence.toString(36)}-${place.index.toString(36)}-${choice.toString(36)}`;
}
