// Long because the header holds all formulas of the truth.
/**
 * The truth of the simulated shop: every probability by which its customers act, as explicit formulas. The shop draws from
 * these and from nothing else, so what a learner should find out is known exactly.
 *
 * **Who they are** (customer-truth.ts): tastes, size, appetite a ~ N(0, 0.6), price sensitivity s ∈ [0, 1], visits per day λ
 * (log-normal, median 0.22), dropout δ per visit, friction propensities φ, persuasion style, hour profile, attention per
 * channel. **What they sell** (catalog.ts): 400 products, 8 categories, prices, costs, sizes with stock.
 *
 * **Visits** are a Poisson process of rate λ · w(h), w the profile's rate in the local hour of the week (hour-profile.ts). After
 * each visit the customer is gone for good with probability δ.
 *
 * **Buying unprompted.** A visit fills a cart with pCart = σ(−1.75 + a) · ρ(d), where ρ(d) = 1 − 0.8 · e^(−d/20) and d is
 * the days since the last order (ρ = 1 without one). A cart becomes a checkout with 0.55. In a checkout each friction f is met with φ_f
 * and, once met, ends it with loss_f(s): shipping cost 0.35 + 0.5 s, size 0.9, coupon 0.3 + 0.6 s, payment 0.5. What is left ends
 * without a reason with 0.2. After an unfinished checkout the customer comes back unprompted and buys with r = 0.12 · e^(a/2) (2 % to
 * 40 %), 8 % of these within 80 s, the others after 10 min + Exp(9 h).
 *   q(x, d) = pCart · 0.55 · (pComplete + (1 − pComplete) · r)
 *   **p0**(x, d) = P(an order within 7 days, untouched) = ∫₀⁷ λ q(d+t) S(t) dt,  S' = −λ (q + (1 − q) δ) S
 *
 * **Messages.** Attention A(x, channel, hour, F) has the odds of attention · e^(−0.05 F) (at most 0.97) times W(h) ∝ w(h)^0.7, the
 * latter only for messages that are sent; one on the page reaches those who still have it open, 2^(−minutes away / 5). F is
 * the fatigue: messages that were sent to the customer (a shown placement counts 0.1), with a half-life of 3 days. A customer
 * who pays attention clicks and buys with the treatment's lift; else they click with 0.0575 · relevance:
 *   lift = base(family) · heat · friction · price · persuasion · timing · subject · e^(−0.12 F), at most 0.6; a tenth of it
 *          once they have dropped out; 0 for a promotion of what they bought within 60 days
 *   **τ**(x, action) = A · lift · (1 − p0),  p1 = p0 + τ
 * After a click, the next order while the offer is valid uses its code, whether or not the treatment caused it: that is what
 * an incentive costs. A code works once. The customer unsubscribes with 0.0022 · annoyance · e^(0.25 F) per message sent
 * (half of it when it is no bulk message), and complains with a tenth of that.
 *
 * **Who asks.** The web shop asks for its places on the home page, on product pages (the first of a visit, then three in ten), when a
 * size guide is opened, at the cart and after an order; the app for its start screen and for a story on product pages. A customer who left something unfinished and agreed to
 * ads is met by the ad network in four of ten cases, 30 min + Exp(4 h) later. The shop's people ask for outreach 0.3 times a day for
 * each customer, at random hours. 12 % of those with an account buy in the store too, on a quarter of their visits; there only
 * the order is seen. 7 % of orders come back, for their first line, after 3 + Exp(9) days.
 *
 * **Luck** is drawn from streams that are named by customer and occasion (chance.ts): two policies on one seed get the same
 * customers with the same draws, and a treatment of one customer changes nobody else.
 *
 * **Calibration.** An average message, that is a bulk one by e-mail to a rested customer at a mean hour, meets REES46's totals over
 * 708 million messages: open 18.62 %, click 1.10 %, purchase 0.03 %, unsubscribe 0.22 %, hard bounce 0.70 %, soft bounce 0.23 %,
 * complaint 0.02 %, median hours to click 2.11. All other constants are our assumption.
 */

import { channelIndex } from '../core/channel.ts';
import { clip, logistic } from './chance.ts';
import { ATTENTION_MAX, type CustomerTruth, PERSUASIONS } from './customer-truth.ts';
import { readingRate } from './hour-profile.ts';
import type { Family } from './treatment.ts';

export const CHECKOUT_RATE = 0.55;
export const QUIT_RATE = 0.2;
export const QUICK_RETURN_SHARE = 0.08;
export const RETURN_HOURS_MEAN = 9;
export const BOUNCE_HARD = 0.007;
export const BOUNCE_SOFT = 0.0023;
/** Days for which a product just bought is of no interest. */
export const OWNED_DAYS = 60;
export const FATIGUE_HALF_LIFE_DAYS = 3;
/** Fatigue of one message: sent, and shown on a page that the customer had opened. */
export const FATIGUE_SENT = 1;
export const FATIGUE_SHOWN = 0.1;
export const OUTCOME_DAYS = 7;

/** What the customer has left unfinished. */
export const HEATS = ['none', 'view', 'cart', 'checkout'] as const;
export type Heat = (typeof HEATS)[number];
const HEAT_HALF_LIFE_HOURS: Readonly<Record<Heat, number>> = { none: 1, view: 24, cart: 12, checkout: 4 };
const ONSITE = channelIndex('onsite');
const HEAT_TOP: Readonly<Record<Heat, number>> = { none: 0, view: 0.2, cart: 0.5, checkout: 1 };

/** What changes about a customer over time and matters to their reactions. */
export interface CustomerMoment {
  /** Days since the last order; infinite without one. */
  readonly daysSinceOrder: number;
  readonly orders: number;
  readonly dropped: boolean;
  /** Decayed count of messages. */
  readonly fatigue: number;
  readonly heat: Heat;
  readonly heatHours: number;
  /** Minutes since the customer was last on the shop's pages: 0 during a visit, infinite when they never were. */
  readonly awayMin: number;
  /** Which friction ended the unfinished checkout: a name of SHOP_FRICTIONS or ''. */
  readonly friction: string;
  /** Local hour of the week, Monday 0 h = 0. */
  readonly hourOfWeek: number;
}

/** What a treatment is to this customer. */
export interface Aim {
  readonly family: Family;
  readonly channel: number;
  /** Per cent off (or its like) where there is a discount. */
  readonly depth: number;
  /** How the product relates to the customer; 'none' when the treatment names none. */
  readonly subject: 'none' | 'favourite' | 'other' | 'owned' | 'sold_out';
}

/** P(a visit fills a cart). */
export function cartRate(x: CustomerTruth, daysSinceOrder: number): number {
  return logistic(-1.75 + x.appetite) * (1 - 0.8 * Math.exp(-daysSinceOrder / 20));
}

/** P(a friction that was met ends the checkout), by index into SHOP_FRICTIONS. */
export function frictionLoss(x: CustomerTruth, friction: number): number {
  const s = x.priceSensitivity;
  return [0.35 + 0.5 * s, 0.9, 0.3 + 0.6 * s, 0.5][friction] ?? 0;
}

/** P(a checkout ends in an order at once). */
export function completeRate(x: CustomerTruth): number {
  let rate = 1 - QUIT_RATE;
  for (let friction = 0; friction < x.friction.length; friction++) {
    rate *= 1 - (x.friction[friction] as number) * frictionLoss(x, friction);
  }
  return rate;
}

/** P(the customer comes back unprompted and buys after an unfinished checkout). */
export function returnRate(x: CustomerTruth): number {
  return clip(0.12 * Math.exp(x.appetite / 2), 0.02, 0.4);
}

/** q: P(a visit leads to an order, at once or by coming back). */
export function visitOrderRate(x: CustomerTruth, daysSinceOrder: number): number {
  const complete = completeRate(x);
  return cartRate(x, daysSinceOrder) * CHECKOUT_RATE * (complete + (1 - complete) * returnRate(x));
}

/** p0: P(at least one order begins within `days`), between visits and untouched. */
export function orderProbability(
  x: CustomerTruth,
  moment: Pick<CustomerMoment, 'daysSinceOrder' | 'dropped'>,
  days = OUTCOME_DAYS,
): number {
  if (moment.dropped) return 0;
  const steps = 28;
  const h = days / steps;
  const rate = (t: number): { readonly order: number; readonly end: number } => {
    const q = visitOrderRate(x, moment.daysSinceOrder + t);
    return { order: x.visitsPerDay * q, end: x.visitsPerDay * (q + (1 - q) * x.dropout) };
  };
  let survival = 1;
  let probability = 0;
  for (let step = 0; step < steps; step++) {
    // Both rates change little within a quarter day: constant at its middle, solved exactly.
    const { order, end } = rate((step + 0.5) * h);
    const gone = survival * (1 - Math.exp(-end * h));
    probability += gone * (order / end);
    survival -= gone;
  }
  return probability;
}

/** P(the customer still has the page open): it halves with every 5 minutes that they are away. */
export function presenceRate(channel: number, moment: Pick<CustomerMoment, 'awayMin'>): number {
  return channel === ONSITE ? 2 ** (-moment.awayMin / 5) : 1;
}

/** A: P(the customer notices a message on that channel that reaches them now). */
export function attentionRate(
  x: CustomerTruth,
  channel: number,
  moment: Pick<CustomerMoment, 'fatigue' | 'hourOfWeek' | 'awayMin'>,
  shown: boolean,
): number {
  const rested = clip((x.attention[channel] ?? 0) * Math.exp(-0.05 * moment.fatigue), 0, ATTENTION_MAX);
  // On a page that they opened, the customer has chosen the hour already.
  if (shown) return rested * presenceRate(channel, moment);
  const odds = (rested / (1 - rested)) * readingRate(x.hours, moment.hourOfWeek);
  return odds / (1 + odds);
}

const LIFT_BASE: Readonly<Record<Family, number>> = {
  bulk: 0.0016, // 0.03 % of messages over 18.62 % opened
  recommendation: 0.012,
  reminder: 0.03,
  free_shipping: 0.035,
  discount: 0.045,
  social_proof: 0.025,
  urgency: 0.025,
  guide: 0.025,
  notify_me: 0.03,
  early_access: 0.025,
  cross_sell: 0.02,
  replenish: 0.02,
  win_back: 0.02,
  onboarding: 0.008,
  recognition: 0.012,
  care: 0.004,
};

/** P(a noticed treatment brings an order that would not have been). */
export function liftRate(x: CustomerTruth, aim: Aim, moment: CustomerMoment): number {
  const { family } = aim;
  const rested = Math.exp(-0.12 * moment.fatigue) * (moment.dropped ? 0.1 : 1);
  if (family === 'bulk') return LIFT_BASE.bulk * rested;
  if (aim.subject === 'owned' && family !== 'care') return 0;
  return clip(
    LIFT_BASE[family] *
      heatFactor(family, moment) *
      frictionFactor(family, moment) *
      priceFactor(x, aim) *
      persuasionFactor(x, family) *
      timingFactor(family, moment) *
      subjectFactor(aim) *
      rested,
    0,
    0.6,
  );
}

/** P(click | noticed, no order brought): 5.75 % for bulk, up to six times that for what fits. */
export function clickRate(aim: Aim, lift: number): number {
  return 0.0575 * (aim.family === 'bulk' ? 1 : Math.min(6, 1 + lift / 0.01));
}

/** P(unsubscribe) per message sent. */
export function unsubscribeRate(x: CustomerTruth, aim: Aim, moment: Pick<CustomerMoment, 'fatigue'>): number {
  return clip(
    0.0022 * x.annoyance * Math.exp(0.25 * moment.fatigue) * (aim.family === 'bulk' ? 1 : 0.5),
    0,
    0.3,
  );
}

/** P(complaint) per message sent. */
export function complaintRate(x: CustomerTruth, aim: Aim, moment: Pick<CustomerMoment, 'fatigue'>): number {
  return unsubscribeRate(x, aim, moment) / 10;
}

// These speak to something unfinished; the others do not care.
const HEATED: ReadonlySet<Family> = new Set<Family>([
  'reminder',
  'free_shipping',
  'discount',
  'social_proof',
  'urgency',
  'guide',
  'notify_me',
]);
const ANSWERS: Readonly<Record<string, Family>> = {
  shipping_cost: 'free_shipping',
  size_unavailable: 'notify_me',
  coupon_denied: 'discount',
  payment_failed: 'reminder',
};

/** 0.3 when nothing is unfinished, up to 4.3 right after a checkout was left. */
function heatFactor(family: Family, moment: CustomerMoment): number {
  if (!HEATED.has(family)) return 1;
  return 0.3 + 4 * HEAT_TOP[moment.heat] * 2 ** (-moment.heatHours / HEAT_HALF_LIFE_HOURS[moment.heat]);
}

function frictionFactor(family: Family, moment: CustomerMoment): number {
  if (!HEATED.has(family) || moment.heat !== 'checkout' || moment.friction === '') return 1;
  if (ANSWERS[moment.friction] === family) return 2;
  // "Buy now" does not help when the size is not there.
  return moment.friction === 'size_unavailable' ? 0.15 : 0.6;
}

function priceFactor(x: CustomerTruth, aim: Aim): number {
  const s = x.priceSensitivity;
  if (aim.family === 'discount') return (0.2 + 1.6 * s) * (0.5 + Math.min(aim.depth, 50) / 20);
  if (aim.family === 'free_shipping') return 0.2 + 1.6 * s;
  if (aim.family === 'early_access' || aim.family === 'recognition') return 1.8 - 1.6 * s;
  return 1;
}

function persuasionFactor(x: CustomerTruth, family: Family): number {
  const style = PERSUASIONS.indexOf(family as (typeof PERSUASIONS)[number]);
  if (style < 0) return 1;
  return style === x.persuasion ? 1.8 : 0.6;
}

function timingFactor(family: Family, moment: CustomerMoment): number {
  const days = moment.daysSinceOrder;
  switch (family) {
    case 'win_back':
      return days > 60 && moment.orders > 0 ? 2 : 0.3;
    case 'cross_sell':
      return days >= 5 && days <= 40 ? 2 : 0.5;
    case 'replenish':
      return days >= 30 && days <= 75 ? 2 : 0.5;
    case 'onboarding':
      return days < 8 ? 2 : 0.5;
    case 'recognition':
      return moment.orders >= 3 ? 2 : 0.5;
    default:
      return 1;
  }
}

function subjectFactor(aim: Aim): number {
  switch (aim.subject) {
    case 'favourite':
      return 1.25;
    case 'other':
      return 0.8;
    case 'sold_out':
      return aim.family === 'notify_me' ? 1.25 : 0.2;
    default:
      return 1;
  }
}
