// Long because the rules of one log are read in one place.
/**
 * Consent, caps, suppression, quiet hours and incentives, held against the facts of a log in their order. A plain
 * sequential model: it knows the rules and the facts, and shares no code with what decides.
 *
 * L1  No decision and no later attempt reaches somebody who has not agreed, or has refused.
 * L2  No decision exceeds a rolling cap. A contact stops counting when its channel reports it rejected, bounced or
 *     withdrawn, and when it expired or was withdrawn while no channel had it.
 * L3  Nothing that the customer owns is promoted (suppression-laws.ts), by a decision and by every later attempt.
 * L4  Nothing is sent in quiet hours, by the customer's last known zone.
 * L5  While one incentive is live no other one is made.
 * L6  Nothing of marketing reaches somebody whose support case is open.
 */

import { type FactPlace, type LawBook, placeText } from '../../audit/laws/law-book.ts';
import { PersonSides } from '../../audit/laws/person-sides.ts';
import { SuppressionLaws } from '../../audit/laws/suppression-laws.ts';
import type {
  Choice,
  CustomerFact,
  DecisionFact,
  EventFact,
  FeedbackFact,
  HandedFact,
} from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import { CHANNEL_COUNT, LawCustomer, MARKETING, PURPOSE_COUNT } from './law-customer.ts';
import type { GuardrailRules, Lot } from './rules.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Minutes east of UTC of a zone at an instant. */
export type OffsetOf = (zone: string, at: number) => number;

export class GuardrailLaws {
  readonly #rules: GuardrailRules;
  readonly #offsetOf: OffsetOf;
  readonly #book: LawBook;
  readonly #suppression: SuppressionLaws;
  readonly #customers = new Map<string, LawCustomer>();
  /** What each is alone, whoever they are one with: what they are again when a link is undone. */
  readonly #alone = new Map<string, LawCustomer>();
  readonly #sides = new PersonSides();
  /** That somebody leaves an audience is said whatever holds otherwise. */
  readonly #leaving = new Set<string>();

  constructor(rules: GuardrailRules, offsetOf: OffsetOf, book: LawBook) {
    this.#rules = rules;
    this.#offsetOf = offsetOf;
    this.#book = book;
    this.#suppression = new SuppressionLaws(rules.suppression, book);
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    let customer = this.#customers.get(fact.customer);
    if (customer === undefined) {
      customer = new LawCustomer();
      this.#customers.set(fact.customer, customer);
    }
    this.#suppression.fact(place, fact);
    if (fact.kind === 'erased') this.#forget(fact.customer);
    this.#sides.fact(fact);
    switch (fact.kind) {
      case 'event': {
        const side = this.#sides.sideOf(fact.customer, fact.origin);
        for (const [name, alone] of this.#aloneOf(fact.customer))
          if (name === side) this.#event(alone, fact);
          else if (fact.consent?.granted === false) this.#consent(alone, fact);
        return this.#event(customer, fact);
      }
      case 'decision':
        return this.#decision(customer, place, fact);
      case 'audience-left':
        this.#leaving.add(refText(place.shard, { seq: place.sequence, index: place.index, choice: 0 }));
        return;
      case 'handed':
        return this.#handed(customer, place, fact);
      case 'withdraw':
        if (customer.contacts.get(refText(place.shard, fact.ref))?.out === false)
          this.#giveBack(customer, fact.customer, refText(place.shard, fact.ref));
        return;
      case 'delivery': {
        const contact = customer.contacts.get(refText(place.shard, fact.ref));
        if (contact !== undefined && fact.state === 'rejected') contact.out = false;
        const returned =
          fact.state === 'withdrawn' ||
          fact.state === 'expired' ||
          (fact.state === 'rejected' && !fact.retryable);
        if (returned) this.#giveBack(customer, fact.customer, refText(place.shard, fact.ref));
        return;
      }
      case 'feedback':
        if (fact.feedback === 'unsubscribed' || fact.feedback === 'complained')
          for (const [, alone] of this.#aloneOf(fact.customer)) this.#feedback(alone, place, fact);
        return this.#feedback(customer, place, fact);
      case 'absorb-in':
        if (fact.state !== undefined) this.#takeIn(customer, fact.state.id);
        return;
      case 'unlinked':
        for (const one of [fact.customer, ...fact.parted.map(({ key }) => addresseeOfKey(key).id)])
          this.#customers.set(one, LawCustomer.ofSides(this.#aloneOf(one).map(([, alone]) => alone)));
        return;
      default:
    }
  }

  /** Whoever comes by one of their keys again is somebody new. */
  #forget(customer: string): void {
    for (const side of this.#sides.sidesOf(customer)) this.#alone.delete(side);
    this.#customers.delete(customer);
  }

  #event(customer: LawCustomer, fact: EventFact): void {
    if (fact.zone !== '' && fact.at >= customer.zoneAt) {
      customer.zone = fact.zone;
      customer.zoneAt = fact.at;
    }
    if (fact.name.startsWith('Consent ') && fact.consent !== undefined) this.#consent(customer, fact);
    if (fact.name === 'Support Case Opened') customer.tellCase(fact.supportCase ?? '', 'openedAt', fact.at);
    if (fact.name === 'Support Case Closed') customer.tellCase(fact.supportCase ?? '', 'closedAt', fact.at);
  }

  #consent(customer: LawCustomer, fact: EventFact): void {
    const { consent } = fact;
    if (consent === undefined) return;
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      if (consent.channel >= 0 && consent.channel !== channel) continue;
      const waitMs =
        consent.waits?.find((wait) => wait.channel === channel)?.ms ?? this.#rules.confirmMs?.get(channel);
      let stands = consent.granted;
      for (let purpose = 0; purpose < PURPOSE_COUNT; purpose++) {
        if (consent.purpose >= 0 && consent.purpose !== purpose) continue;
        if (waitMs === undefined || purpose !== MARKETING)
          customer.say(channel, purpose, consent.granted, fact.at);
        else stands = customer.ask(channel, answerOf(fact), fact.at, waitMs);
      }
      if (stands && fact.at > (customer.unsubscribedAt[channel] ?? 0)) customer.unsubscribedAt[channel] = 0;
    }
  }

  /** The customer, and everybody who is one with them, as each is alone. */
  #aloneOf(customer: string): readonly (readonly [string, LawCustomer])[] {
    return this.#sides.sidesOf(customer).map((side) => {
      let alone = this.#alone.get(side);
      if (alone === undefined) {
        alone = new LawCustomer();
        this.#alone.set(side, alone);
      }
      return [side, alone];
    });
  }

  #giveBack(customer: LawCustomer, id: string, key: string): void {
    giveBack(customer, key);
    for (const [, alone] of this.#aloneOf(id)) giveBack(alone, key);
  }

  /** They are one from here on. */
  #takeIn(customer: LawCustomer, other: string): void {
    const from = this.#customers.get(other);
    if (from === undefined) return;
    customer.takeIn(from);
    this.#customers.delete(other);
  }

  #feedback(customer: LawCustomer, place: FactPlace, fact: FeedbackFact): void {
    const key = fact.ref === undefined ? '' : refText(place.shard, fact.ref);
    if (fact.feedback === 'bounced_hard' || fact.feedback === 'bounced_soft')
      this.#giveBack(customer, fact.customer, key);
    if (fact.feedback === 'shown') {
      const contact = customer.contacts.get(key);
      if (contact !== undefined && !contact.dispatched) contact.counts = true;
    }
    if (fact.feedback !== 'unsubscribed' && fact.feedback !== 'complained') return;
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      if (fact.channel >= 0 && fact.channel !== channel) continue;
      if (fact.feedback === 'complained') customer.complained[channel] = true;
      else customer.unsubscribedAt[channel] = fact.at;
      for (let purpose = 0; purpose < PURPOSE_COUNT; purpose++) {
        const meant =
          fact.scope >= 0 ? fact.scope === purpose : purpose === MARKETING || fact.feedback === 'complained';
        if (meant) customer.refuse(channel, purpose, fact.at);
      }
    }
  }

  #decision(customer: LawCustomer, place: FactPlace, fact: DecisionFact): void {
    for (let i = 0; i < fact.choices.length; i++) {
      const choice = fact.choices[i] as Choice;
      if (choice.kind === 'nothing') continue;
      const key = refText(place.shard, { seq: place.sequence, index: place.index, choice: i });
      const what = `${choice.action} by decision ${placeText(place)} of ${fact.customer} at ${fact.at}`;
      const goesAt = choice.kind === 'later' ? choice.at : fact.at;
      this.#mayReach(customer, what, choice.action, choice.channel, fact.dispatch, goesAt);
      if (choice.kind === 'later') continue;
      this.#withinCaps(customer, what, choice, fact.at);
      this.#oneIncentive(customer, fact.customer, what, choice, fact.at, key);
      const contact = {
        at: fact.at,
        channel: choice.channel,
        action: choice.action,
        product: choice.product,
        category: choice.category,
        promotion: choice.promotion,
        dispatched: fact.dispatch,
        counts: fact.dispatch,
        out: fact.dispatch,
      };
      customer.contacts.set(key, contact);
      // A message to those who are one counts for each of them.
      for (const [, alone] of this.#aloneOf(fact.customer)) alone.contacts.set(key, contact);
    }
  }

  /** A later attempt is held against everything that happened since the decision, but for caps, which it has used up. */
  #handed(customer: LawCustomer, place: FactPlace, { customer: id, ref, at }: HandedFact): void {
    const key = refText(place.shard, ref);
    if (this.#leaving.has(key)) return;
    const contact = customer.contacts.get(key);
    const what = `attempt ${placeText(place)} of dispatch ${key} at ${at}`;
    if (contact === undefined) return this.#book.broken('handed', `${what} belongs to no decision`);
    contact.out = true;
    this.#mayReach(customer, what, contact.action, contact.channel, true, at);
    const { category, product } = contact;
    if (contact.promotion)
      this.#suppression.promotes({ customer: id, what, products: new Set([product]), category, at });
  }

  #mayReach(
    customer: LawCustomer,
    what: string,
    action: string,
    channel: number,
    dispatched: boolean,
    at: number,
  ): void {
    const marketing = this.#rules.actions.get(action)?.marketing ?? true;
    const word = customer.consent[channel * PURPOSE_COUNT + (marketing ? MARKETING : 1)];
    const needed = marketing && this.#rules.consentChannels.has(channel);
    if (word === false) this.#book.broken('consent', `${what}: the customer refused channel ${channel}`);
    else if (needed && word !== true)
      this.#book.broken('consent', `${what}: the customer never agreed to channel ${channel}`);
    if (customer.complained[channel])
      this.#book.broken('consent', `${what}: the customer complained of channel ${channel}`);
    if (marketing && (customer.unsubscribedAt[channel] ?? 0) > 0)
      this.#book.broken('consent', `${what}: the customer unsubscribed from channel ${channel}`);
    if (marketing && this.#isSilenced(customer, at))
      this.#book.broken('case', `${what}: a support case of the customer is open`);
    if (dispatched && this.#rules.quietChannels.has(channel) && this.#quiet(customer, action, at))
      this.#book.broken('quiet', `${what}: it is night in "${customer.zone}"`);
  }

  #isSilenced({ cases }: LawCustomer, at: number): boolean {
    const { openCaseMs = 0 } = this.#rules;
    for (const { openedAt, closedAt } of cases.values())
      if (openedAt > closedAt && at < openedAt + openCaseMs) return true;
    return false;
  }

  #lotOf(action: string): Lot {
    return this.#rules.actions.get(action)?.lot ?? 'common';
  }

  #quiet(customer: LawCustomer, action: string, at: number): boolean {
    const lot = this.#lotOf(action);
    if (lot === 'none') return false;
    const { quietFromMinute, quietToMinute, serviceQuiet, zones } = this.#rules;
    const common = { from: quietFromMinute, to: quietToMinute };
    const { from, to } = lot === 'service' ? (serviceQuiet ?? common) : common;
    const where = customer.zone === '' ? zones : [customer.zone];
    return where.some((zone) => {
      const local = Math.floor(at / MINUTE_MS) + this.#offsetOf(zone, at);
      const minute = ((local % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
      if (from <= to) return from <= minute && minute < to;
      return minute >= from || minute < to;
    });
  }

  #withinCaps(customer: LawCustomer, what: string, choice: Choice, at: number): void {
    for (const cap of this.#rules.caps) {
      if (cap.channel >= 0 && cap.channel !== choice.channel) continue;
      if (cap.action !== '' && cap.action !== '*' && cap.action !== choice.action) continue;
      if (cap.lot !== undefined && cap.lot !== this.#lotOf(choice.action)) continue;
      let count = 0;
      for (const contact of customer.contacts.values()) {
        if (!contact.counts || contact.at <= at - cap.windowMs) continue;
        if (cap.channel >= 0 && contact.channel !== cap.channel) continue;
        if (cap.action !== '' && contact.action !== choice.action) continue;
        if (cap.lot !== undefined && (cap.lot !== 'common') !== (this.#lotOf(contact.action) !== 'common'))
          continue;
        count++;
      }
      if (count >= cap.max)
        this.#book.broken(
          'cap',
          `${what}: ${count} contacts within ${cap.windowMs} ms, the most is ${cap.max}`,
        );
    }
  }

  #oneIncentive(
    customer: LawCustomer,
    id: string,
    what: string,
    choice: Choice,
    at: number,
    ref: string,
  ): void {
    const { offer } = choice;
    if (offer === undefined) return;
    for (const other of customer.offers)
      if (other.offer !== offer.offer && other.at > at - this.#rules.incentiveWindowMs)
        this.#book.broken('incentive', `${what}: ${other.offer} was made at ${other.at}`);
    // The same code again is a reminder of the first one.
    if (customer.offers.some((live) => live.offer === offer.offer && live.until >= at)) return;
    const live = { offer: offer.offer, at, until: offer.until, ref };
    customer.offers.push(live);
    for (const [, alone] of this.#aloneOf(id)) alone.offers.push(live);
  }
}

/** Names a choice by its own shard, as a fact of `shard` refers to it. */
export function refText(
  shard: number,
  ref: { readonly seq: number; readonly index: number; readonly choice: number },
): string {
  const home = placeOfSeq(shard, ref.seq);
  return `${home.shard}.${home.seq}.${ref.index}.${ref.choice}`;
}

function giveBack(customer: LawCustomer, key: string): void {
  const contact = customer.contacts.get(key);
  if (contact !== undefined) contact.counts = false;
  const offer = customer.offers.findIndex((live) => live.ref === key);
  if (offer >= 0) customer.offers.splice(offer, 1);
}

function answerOf({ name, consent }: EventFact): 'yes' | 'no' | 'confirm' {
  if (consent?.granted !== true) return 'no';
  return name === 'Consent Confirmed' ? 'confirm' : 'yes';
}
