/**
 * What the actions of a policy are worth to a typical customer (typical-customer.ts), by the terms of a decision
 * (arbitration/expected-value.ts), before anybody asks: each as if nothing else were on offer and every guardrail let it pass.
 */
import { reachRate } from '../arbitration/channel-response.ts';
import { discountOf, expectedValue } from '../arbitration/expected-value.ts';
import { Propensity } from '../arbitration/propensity.ts';
import { goesOut } from '../audience/joins-audience.ts';
import { orderMarginOf, orderValueOf, type SubjectOrder } from '../candidate/order-value.ts';
import { channelIndex } from '../channel.ts';
import { CandidateColumns } from '../decide/candidate-columns.ts';
import type { Action, ChannelPolicy, Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { customerAlive, residualValue } from '../trait/customer-value.ts';
import { sampleSize } from './sample-size.ts';
import { TYPICAL_AT, type TypicalRates } from './typical-customer.ts';

const UNKNOWN: SubjectOrder = { orderValue: 0, orderMargin: Number.NaN };
const ONSITE = channelIndex('onsite');
/** Where the policy holds nobody out. */
const HOLDOUT = 0.1;

/** An action on a channel. Amounts are in the policy's currency. */
export interface Estimate {
  readonly action: Action;
  readonly channel: ChannelPolicy;
  readonly orderValue: number;
  readonly margin: number;
  readonly discount: number;
  readonly p0: number;
  readonly reach: number;
  readonly engage: number;
  readonly unsubscribe: number;
  readonly unsubscribeCost: number;
  /** The lift at which it is worth as much as doing nothing; NaN: its offer takes the whole margin, none is enough. */
  readonly breakEvenLift: number;
  /** Of one message, and of as many as reach 1,000 customers. */
  readonly ev: number;
  readonly worthPer1000Readers: number;
  /** With which it is drawn against doing nothing alone. */
  readonly propensity: number;
  /** Customers, each with the week behind their message, of whom `holdoutShare` get none, until it shows; infinite: never. */
  readonly customerWeeks: number;
  readonly holdoutShare: number;
}

/** In the order of the policy, by channel. */
export function estimateActions(
  policy: Policy,
  customer: Profile,
  rates: TypicalRates,
  product: SubjectOrder | undefined,
): Estimate[] {
  const setting = { policy, customer, rates, product };
  return policy.actions.flatMap((action) =>
    policy.channels
      .filter((channel) => mayGoOut(policy, action, channel))
      .map((channel) => estimate(action, channel, setting)),
  );
}

interface Setting {
  readonly policy: Policy;
  readonly customer: Profile;
  readonly rates: TypicalRates;
  readonly product: SubjectOrder | undefined;
}

function mayGoOut(policy: Policy, action: Action, channel: ChannelPolicy): boolean {
  if (!channel.declared || (action.channelMask & (1 << channel.index)) === 0) return false;
  return goesOut(action, channel) || isPlacedOn(policy, action, channel);
}

function isPlacedOn(policy: Policy, action: Action, channel: ChannelPolicy): boolean {
  return action.placements.some((place) => policy.placements[place]?.channel === channel.index);
}

function estimate(
  action: Action,
  channel: ChannelPolicy,
  { policy, customer, rates, product }: Setting,
): Estimate {
  const about = action.subject === 'none' || product === undefined ? UNKNOWN : product;
  const orderValue = orderValueOf(action, about);
  const margin = orderMarginOf(action, about, orderValue);
  const engage = rates.engage[channel.index] ?? 0;
  // Who is asked in a placement, or on the page, is there.
  const isThere = channel.index === ONSITE || isPlacedOn(policy, action, channel);
  const reach = reachRate(engage, customer, channel.index, isThere, TYPICAL_AT);
  const residual = residualValue(customer, TYPICAL_AT, customerAlive(customer, TYPICAL_AT));
  const columns = new CandidateColumns(1);
  columns.count = 1;
  columns.p0[0] = rates.p0;
  columns.tau[0] = action.liftMean * reach;
  columns.tauSd[0] = action.liftSd * reach;
  columns.margin[0] = margin;
  columns.margin0[0] = margin;
  columns.discount[0] = discountOf(action.offer, orderValue);
  columns.engage[0] = engage;
  columns.engageValue[0] = action.engagementValue;
  columns.channelCost[0] = channel.costPerMessage;
  if (channel.push) {
    columns.unsubscribe[0] = rates.unsubscribe[channel.index] ?? 0;
    columns.unsubscribeCost[0] = channel.unsubscribeLoss * residual;
  }
  expectedValue(columns, 0);
  const [ev, sd, unsubscribe, unsubscribeCost, discount] = [
    columns.ev,
    columns.evSd,
    columns.unsubscribe,
    columns.unsubscribeCost,
    columns.discount,
  ].map((column) => column[0] as number) as [number, number, number, number, number];
  const propensity = new Propensity(2);
  propensity.compute(Float64Array.of(0, ev), Float64Array.of(0, sd), 2, policy.explore);
  const earned = margin - discount;
  const spent =
    channel.costPerMessage +
    unsubscribe * unsubscribeCost +
    rates.p0 * discount -
    engage * action.engagementValue;
  const treated = Math.min(1, Math.max(0, rates.p0 + action.liftMean * reach));
  const holdoutShare = policy.holdout > 0 ? policy.holdout : HOLDOUT;
  return {
    action,
    channel,
    orderValue,
    margin,
    discount,
    p0: rates.p0,
    reach,
    engage,
    unsubscribe,
    unsubscribeCost,
    breakEvenLift: earned > 0 && reach > 0 ? spent / (reach * earned) : Number.NaN,
    ev,
    worthPer1000Readers: (ev / reach) * 1_000,
    propensity: propensity.share[1] as number,
    customerWeeks: sampleSize({ control: rates.p0, treated, controlShare: holdoutShare }),
    holdoutShare,
  };
}
