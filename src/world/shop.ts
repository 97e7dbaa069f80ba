// Long because it is one event loop; what happens in it is in the files beside it.
/**
 * The simulated shop: customers with a known truth (truth.ts) who visit, buy, leave checkouts, and react to what they are sent
 * and shown. It runs in virtual time, step by step, as fast as its caller asks. Its steps are what the shop's systems would
 * send to the service; the caller sends them, and hands back every treatment that comes out.
 *
 * I1  Steps come in order of time; the same seed, options and calls give the same steps.
 * I2  What happens to one customer moves no draw of another (chance.ts).
 * I3  Memory is flat per customer (55 bytes: customer-state.ts, arrivals.ts); only visits, messages and offers under way are objects.
 */

import { present } from '../base/assert.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis } from '../base/clock.ts';
import type { Rng } from '../base/rng.ts';
import { channelIndex } from '../core/channel.ts';
import type { EventInput } from '../core/event/event-input.ts';
import { Agenda, type Detour, type Due } from './agenda.ts';
import { aimOf, type TreatmentTruth, treatmentTruth } from './aim.ts';
import { Arrivals } from './arrivals.ts';
import { createCatalog, type ShopCatalog } from './catalog.ts';
import { exponential, keyedRng } from './chance.ts';
import { CustomerState, NO_PRODUCT } from './customer-state.ts';
import { type CustomerTruth, consents, customerTruth } from './customer-truth.ts';
import { Messages } from './messages.ts';
import { isShown, type Reaction, react } from './reaction.ts';
import {
  awayDecideStep,
  consentEvents,
  orderEvent,
  pageEvent,
  paidFor,
  refundEvent,
  shopDecideStep,
  type Visit,
} from './shop-events.ts';
import { type Bill, billOf, emptyLedger, type ShopLedger } from './shop-ledger.ts';
import { ADS_PLACEMENT, type ShopDecideStep, type ShopStep } from './shop-step.ts';
import { shopperIdentifiers } from './shopper-identity.ts';
import { STORY_CUSTOMER, storyReaction, storyTruth, storyVisit } from './story.ts';
import type { ShopTreatment } from './treatment.ts';
import { type Aim, type CustomerMoment, FATIGUE_SENT, FATIGUE_SHOWN } from './truth.ts';
import {
  type Line,
  planBuyingVisit,
  planLook,
  planOwnVisit,
  type VisitKind,
  type VisitPlan,
  type VisitSetting,
} from './visit-plan.ts';
import { ZoneClock } from './zone-clock.ts';

export interface ShopOptions {
  readonly seed: number;
  /** 1 to 1,000,000. */
  readonly customers: number;
  /** Virtual time at which the shop opens. */
  readonly startAt: Millis;
  /** When the story of customer 0 begins (story.ts); without it this is a customer like all others. */
  readonly storyAt?: Millis;
  /** How often a day the shop's people ask for outreach to each customer, on average; 0 for never, 0.3 without it. */
  readonly outreachPerDay?: number;
}

const CUSTOMERS_MAX = 1_000_000;
const RETURN_SHARE = 0.07;
const RETURN_AFTER_DAYS_MEAN = 9;
const STORE_VISIT_SHARE = 0.25;
const AD_SHARE = 0.4;
const AD_AFTER_MS_MEAN = 4 * HOUR_MS;

/** Opens the shop. The same options give the same life, step by step. */
export function createShop(options: ShopOptions): Shop {
  return new Shop(options);
}

export class Shop {
  readonly catalog: ShopCatalog;
  readonly customers: number;
  readonly ledger: ShopLedger = emptyLedger();
  readonly #seed: number;
  readonly #story: boolean;
  readonly #outreachPerDay: number;
  readonly #state: CustomerState;
  readonly #zones = new ZoneClock();
  readonly #arrivals: Arrivals;
  readonly #agenda = new Agenda();
  readonly #messages: Messages;
  #storyWaits = true;
  #now: Millis;

  constructor({ seed, customers, startAt, storyAt, outreachPerDay = 0.3 }: ShopOptions) {
    if (!(Number.isInteger(customers) && customers >= 1 && customers <= CUSTOMERS_MAX)) {
      throw new RangeError(`a shop has 1 to ${CUSTOMERS_MAX} customers, not ${customers}`);
    }
    this.#seed = seed;
    this.#story = storyAt !== undefined;
    this.#outreachPerDay = outreachPerDay;
    this.#now = startAt;
    this.customers = customers;
    this.catalog = createCatalog(seed);
    this.#state = new CustomerState(customers, startAt);
    this.#messages = new Messages(this.#agenda, this.ledger, customers);
    this.#arrivals = new Arrivals(seed, customers, this.#zones);
    for (let customer = 0; customer < customers; customer++) {
      if (storyAt !== undefined && customer === STORY_CUSTOMER) {
        this.#agenda.put(storyAt, {
          kind: 'detour',
          customer,
          visit: 'own',
          since: storyAt,
          message: undefined,
        });
      } else {
        this.#arrivals.begin(this.truth(customer), startAt);
      }
    }
    if (outreachPerDay > 0) this.#agenda.put(startAt, { kind: 'outreach', number: 0 });
  }

  /** Virtual time: that of the latest step or treatment. */
  get now(): Millis {
    return this.#now;
  }

  /** What is true of one customer for good; made anew at each call. */
  truth(customer: number): CustomerTruth {
    if (!(Number.isInteger(customer) && customer >= 0 && customer < this.customers)) {
      throw new RangeError(`customers are numbered 0 to ${this.customers - 1}, not ${customer}`);
    }
    return this.#story && customer === STORY_CUSTOMER ? storyTruth() : customerTruth(this.#seed, customer);
  }

  /** The customer as the formulas want them at a time not before the latest step. */
  moment(customer: number, at: Millis): CustomerMoment {
    return this.#moment(this.truth(customer), at);
  }

  /** The true probabilities of a treatment; nothing happens. p0 holds between visits. */
  treatmentTruth(customer: number, treatment: ShopTreatment, at: Millis): TreatmentTruth {
    const x = this.truth(customer);
    const moment = this.#moment(x, at);
    return treatmentTruth(x, treatment, this.#aim(x, treatment, moment), moment);
  }

  /** Time of the next step, as far as is known without taking it; infinite when everybody has gone. */
  get nextAt(): Millis {
    return Math.min(this.#arrivals.earliest, this.#agenda.earliest);
  }

  /** The next step in order of time that is due at or before `until`; undefined when there is none. */
  next(until: Millis = Number.POSITIVE_INFINITY): ShopStep | undefined {
    for (;;) {
      const at = this.nextAt;
      if (at === Number.POSITIVE_INFINITY || at > until) return undefined;
      this.#now = Math.max(this.#now, at);
      if (this.#arrivals.earliest < this.#agenda.earliest) {
        this.#arrive(this.#arrivals.pop(), at);
        continue;
      }
      const step = this.#take(present(this.#agenda.pop(), 'what is due'), at);
      if (step !== undefined) return step;
    }
  }

  /**
   * A treatment reaches a customer: sent on a channel, or shown on a page. What they do about it comes out of `next` as feedback,
   * visits and orders. Hand in each `ref` once.
   */
  onTreatment(customer: number, treatment: ShopTreatment, at: Millis): void {
    const x = this.truth(customer);
    const start = Math.max(at, this.#now);
    const moment = this.#moment(x, start);
    const shown = isShown(treatment.channel);
    const number = this.#state.treatments[customer] as number;
    this.#state.treatments[customer] = number + 1;
    const reaction =
      this.#story && customer === STORY_CUSTOMER
        ? this.#storyReaction(shown, moment)
        : react(
            keyedRng(this.#seed, 'reaction', customer, number),
            x,
            treatment,
            this.#aim(x, treatment, moment),
            moment,
          );
    this.#state.tire(customer, shown ? FATIGUE_SHOWN : FATIGUE_SENT, start);
    this.#messages.receive(customer, treatment, reaction, start);
  }

  /** The service takes a message back: true when the customer would have noticed it and now will not. What was reported stays reported. */
  withdraw(ref: string): boolean {
    return this.#messages.withdraw(ref);
  }

  #storyReaction(shown: boolean, moment: CustomerMoment): Reaction {
    const afterExit = this.#storyWaits && moment.heat === 'checkout';
    if (afterExit) this.#storyWaits = false;
    return storyReaction(shown, afterExit);
  }

  #take(due: Due, at: Millis): ShopStep | undefined {
    switch (due.kind) {
      case 'step':
        return due.step;
      case 'order':
        return this.#order(due.visit, due.lines, at);
      case 'visit-end':
        return this.#leave(due.visit, at);
      case 'detour':
        return this.#comeBy(due, at);
      case 'outreach':
        return this.#reachOut(due.number, at);
      case 'feedback':
        return this.#messages.report(due.message, due.feedback, at);
    }
  }

  /** A visit that nothing caused: the next such arrival follows from this one, whether the customer is busy or not. */
  #arrive(customer: number, at: Millis): void {
    const x = this.truth(customer);
    const { number, last } = this.#arrivals.follow(x, at);
    if (last) this.#state.dropped[customer] = 1;
    const free = this.#state.busyUntil(customer);
    const start = at > free ? at : free + MINUTE_MS;
    this.#startVisit(x, 'own', keyedRng(this.#seed, 'visit', customer, number), start, undefined);
  }

  #comeBy(due: Detour, at: Millis): undefined {
    const { customer, message } = due;
    if (message?.withdrawn) return;
    // Who has bought in the meantime does not come back for this, and does not buy twice.
    if (due.visit !== 'look' && this.#state.orderedSince(customer, due.since)) return;
    const free = this.#state.busyUntil(customer);
    if (at <= free) {
      this.#agenda.put(free + MINUTE_MS, due);
      return;
    }
    const rng = keyedRng(this.#seed, 'detour', customer, this.#state.visits[customer] as number);
    this.#startVisit(this.truth(customer), due.visit, rng, at, message?.treatment);
  }

  #startVisit(
    x: CustomerTruth,
    kind: VisitKind,
    rng: Rng,
    at: Millis,
    treatment: ShopTreatment | undefined,
  ): void {
    const customer = x.index;
    const number = this.#state.visits[customer] as number;
    this.#state.visits[customer] = number + 1;
    this.ledger.visits++;
    const channel = this.#visitChannel(x, kind, rng.float(), treatment);
    const moment = this.#moment(x, at);
    const setting: VisitSetting = {
      rng,
      truth: x,
      catalog: this.catalog,
      channel,
      daysSinceOrder: moment.daysSinceOrder,
    };
    const visit: Visit = {
      customer,
      number,
      identifiers: shopperIdentifiers(x),
      channel,
      kind,
      plan: this.#plan(setting, kind, moment, treatment),
    };
    this.#state.busy(customer, at + visit.plan.lengthMs);
    if (number === 0) for (const event of consentEvents(x, visit, at)) this.#say(event, customer);
    for (const [place, move] of visit.plan.moves.entries()) {
      const when = at + move.afterMs;
      if (move.kind === 'order') {
        this.#agenda.put(when, { kind: 'order', visit, lines: move.lines });
        continue;
      }
      const event = pageEvent(x, visit, place, move, when);
      this.#say(event, customer);
      if (move.decide !== undefined) this.#ask(shopDecideStep(x, visit, move.decide, event));
    }
    this.#agenda.put(at + visit.plan.lengthMs, { kind: 'visit-end', visit });
  }

  #plan(
    setting: VisitSetting,
    kind: VisitKind,
    moment: CustomerMoment,
    treatment: ShopTreatment | undefined,
  ): VisitPlan {
    const customer = setting.truth.index;
    if (kind === 'own') {
      return this.#story && customer === STORY_CUSTOMER ? storyVisit(this.catalog) : planOwnVisit(setting);
    }
    const unfinished = this.catalog.products[this.#state.heatProduct[customer] as number];
    const offered = treatment === undefined ? undefined : this.catalog.byId.get(treatment.productId);
    const product = offered ?? unfinished;
    if (kind === 'look') return planLook(setting, product);
    return planBuyingVisit(setting, product, moment.heat === 'checkout' && product === unfinished);
  }

  #visitChannel(
    x: CustomerTruth,
    kind: VisitKind,
    draw: number,
    treatment: ShopTreatment | undefined,
  ): 'web' | 'app' | 'store' {
    if (treatment?.channel === 'app' || (treatment?.channel === 'push' && x.hasApp)) return 'app';
    if (this.#story && x.index === STORY_CUSTOMER) return 'web';
    if (treatment?.channel === 'web_push') return 'web';
    if (kind === 'own' && x.storeShopper && draw < STORE_VISIT_SHARE) return 'store';
    return x.hasApp && draw > 0.5 ? 'app' : 'web';
  }

  #say(event: EventInput, customer: number): void {
    const at = event.occurredAt;
    this.#agenda.put(at, { kind: 'step', step: { kind: 'event', at, customer, event } });
  }

  #ask(step: ShopDecideStep | undefined): void {
    if (step !== undefined) this.#agenda.put(step.at, { kind: 'step', step });
  }

  #order(visit: Visit, lines: readonly Line[], at: Millis): ShopStep {
    const { customer } = visit;
    const x = this.truth(customer);
    const bill = billOf(lines, this.#messages.spendOffer(customer, at));
    this.#state.ordered(customer, lines[0]?.product.index ?? NO_PRODUCT, at);
    this.#book(visit, bill);
    if (lines[0] !== undefined) this.#planReturn(x, visit, lines[0], bill, at);
    const event = orderEvent(x, visit, lines, bill, at);
    this.#ask(shopDecideStep(x, visit, 'thanks', event));
    return { kind: 'event', at, customer, event };
  }

  #book(visit: Visit, bill: Bill): void {
    this.ledger.orders++;
    if (visit.kind === 'induced') this.ledger.inducedOrders++;
    this.ledger.revenue += bill.revenue;
    this.ledger.discounts += bill.discount;
    this.ledger.margin += bill.margin;
  }

  #planReturn(x: CustomerTruth, visit: Visit, line: Line, bill: Bill, orderedAt: Millis): void {
    if (this.#story && x.index === STORY_CUSTOMER) return;
    const rng = keyedRng(this.#seed, 'return', visit.customer, visit.number);
    if (rng.float() >= RETURN_SHARE) return;
    const at = orderedAt + Math.round((3 + exponential(rng, RETURN_AFTER_DAYS_MEAN)) * DAY_MS);
    const paid = paidFor(line, bill);
    this.ledger.refunds += paid;
    this.ledger.margin -= paid - line.product.cost;
    this.#say(refundEvent(x, visit, line, paid, at), visit.customer);
  }

  #leave(visit: Visit, at: Millis): undefined {
    const { customer, plan } = visit;
    const { heat, line, friction } = plan.left;
    if (heat !== 'none') this.#state.heat(customer, heat, line?.product.index ?? NO_PRODUCT, friction, at);
    if (heat !== 'none') this.#retarget(visit, at);
    if (plan.returnAfterMs === undefined) return;
    const detour: Due = { kind: 'detour', customer, visit: 'return', since: at, message: undefined };
    this.#agenda.put(at + plan.returnAfterMs, detour);
  }

  /** The ad network meets a customer who left something unfinished and allowed tracking, some hours later. */
  #retarget(visit: Visit, at: Millis): void {
    const x = this.truth(visit.customer);
    const rng = keyedRng(this.#seed, 'ad', visit.customer, visit.number);
    if (rng.float() >= AD_SHARE || !consents(x, channelIndex('ads'))) return;
    const askedAt = at + Math.round(30 * MINUTE_MS + exponential(rng, AD_AFTER_MS_MEAN));
    this.#ask(awayDecideStep(x, ADS_PLACEMENT, `${visit.customer}-${visit.number}-ad`, askedAt));
  }

  /** The shop's people go through their list: each customer with an account comes up at random. */
  #reachOut(number: number, at: Millis): ShopStep | undefined {
    const rng = keyedRng(this.#seed, 'outreach', 0, number);
    const gapMs = DAY_MS / (this.customers * this.#outreachPerDay);
    this.#agenda.put(at + Math.ceil(exponential(rng, gapMs)), { kind: 'outreach', number: number + 1 });
    const x = this.truth(rng.intBelow(this.customers));
    const met = (this.#state.visits[x.index] as number) > 0;
    return x.known && met ? awayDecideStep(x, '', `outreach-${number}`, at) : undefined;
  }

  #aim(x: CustomerTruth, treatment: ShopTreatment, moment: CustomerMoment): Aim {
    return aimOf(x, treatment, moment, this.catalog, this.#state.lastProduct[x.index] as number);
  }

  #moment(x: CustomerTruth, at: Millis): CustomerMoment {
    return this.#state.moment(x.index, at, this.#zones.offsetMin(x.zone, at));
  }
}
