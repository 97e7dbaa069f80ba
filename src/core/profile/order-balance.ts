/** What an order comes to: what its customer kept, paid and got back, derived from all that was told of it. */
import { NO_LINES, takeBack, uniteLines, worthOf } from './order-lines.ts';
import {
  compareRank,
  type ForeignMoney,
  type OrderLine,
  type OrderRefund,
  type OrderTelling,
} from './order-telling.ts';
import { COIN_HALF, groupRefunds, speakerOf } from './refund-groups.ts';

/**
 * `awaited`: only refunds or cancellations came so far, which change nothing. `placed`: it stands, whole or in part.
 * `refunded`: all its money went back, and nobody named goods. `undone`: cancelled, emptied, or all its goods came back. `older`: the
 * ledger has let go of it; what is known are the refunds that came since.
 */
export const ORDER_STATES = ['awaited', 'placed', 'refunded', 'undone', 'older'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export interface OrderBalance {
  readonly state: OrderState;
  /** What the customer has of it. */
  readonly kept: readonly OrderLine[];
  /** Spent on products, less what was given back; below 0 only of an older one. */
  readonly revenue: number;
  readonly discount: number;
  readonly isDiscounted: boolean;
  readonly margin: number;
  /** Given back; a cancelled order counts nothing. */
  readonly refunded: number;
}

const nothing = { kept: NO_LINES, revenue: 0, discount: 0, isDiscounted: false, margin: 0, refunded: 0 };
/** Sums of money to a millionth: what was added and taken away again leaves nothing behind. */
const DUST = 1e6;

/** An amount without the dust of binary fractions. */
export function clean(amount: number): number {
  const whole = Math.round(amount * DUST);
  return Math.abs(whole) < Number.MAX_SAFE_INTEGER ? whole / DUST + 0 : amount;
}

/** Refunds in order of time. `given`: what its offers cost besides the discount. */
export function weighOrder(
  isOlder: boolean,
  tellings: readonly OrderTelling[],
  refunds: readonly OrderRefund[],
  given: number,
): OrderBalance {
  if (isOlder) return { state: 'older', ...weighOlder(refunds) };
  if (tellings.length === 0) return { state: 'awaited', ...nothing };
  if (refunds.some((refund) => refund.cancels && refund.lines.length === 0))
    return { state: 'undone', ...nothing };
  const ranked = tellings.length === 1 ? tellings : [...tellings].sort(compareRank);
  const lines = uniteLines(ranked.map((one) => one.lines));
  const worth = worthOf(lines);
  const paid = amountsOf(ranked, worth);
  const isEmptied = lines.length === 0 && tellings.some((one) => one.linesAt > 0 && one.revenue <= 0);
  if (isEmptied && paid.revenue <= 0) return { state: 'undone', ...nothing };
  const isDiscounted = paid.discount > 0 || tellings.some((one) => one.coupon);
  const marginAll = clean(marginOf(lines) - paid.discount - given);
  if (refunds.length === 0) {
    const { revenue, discount } = paid;
    return { state: 'placed', kept: lines, revenue, discount, isDiscounted, margin: marginAll, refunded: 0 };
  }
  const back = weighRefunds(lines, inMoneyOf(paid.foreign, refunds), paid.revenue, worth);
  const refunded = clean(Math.min(back.amount, Math.max(0, paid.revenue)));
  const revenue = clean(paid.revenue - refunded);
  const isPaidBack = refunded >= paid.revenue - COIN_HALF;
  // An order without lines does not say whether the goods that came back are all of it: the money does.
  const isReturned =
    lines.length > 0 ? back.kept.length === 0 : back.isNamed && (back.isCancelled || isPaidBack);
  if (isReturned) return { state: 'undone', ...nothing, revenue, refunded };
  if (back.isWhole || (back.isUnnamed && isPaidBack && paid.revenue > 0))
    return { state: 'refunded', ...nothing, revenue, refunded };
  const share = worth > 0 ? worthOf(back.kept) / worth : 1;
  const margin = clean(marginOf(back.kept) - paid.discount * share - back.goodwill - given);
  return {
    state: 'placed',
    kept: back.kept,
    revenue,
    discount: paid.discount,
    isDiscounted,
    margin,
    refunded,
  };
}

/**
 * Refunds at the rate of what was paid, where both were told in one foreign currency: what goes back whole leaves nothing, whatever the rate
 * is by then.
 */
function inMoneyOf(paid: ForeignMoney | undefined, refunds: readonly OrderRefund[]): readonly OrderRefund[] {
  if (paid === undefined) return refunds;
  return refunds.map((refund) => {
    const { amount, foreign } = refund;
    if (foreign?.currency !== paid.currency || foreign.rate === paid.rate) return refund;
    return { ...refund, amount: clean((amount * paid.rate) / foreign.rate), foreign: paid };
  });
}

/** What a refund of an order says that it gives back, at the rate of what was paid; NaN: not said. */
export function statedAmount(refund: OrderRefund, tellings: readonly OrderTelling[]): number {
  const [same] = inMoneyOf(sayerOf([...tellings].sort(compareRank))?.foreign, [refund]);
  return same?.amount ?? Number.NaN;
}

/** Of tellings by rank the one whose amounts count; undefined: none says any. */
function sayerOf(ranked: readonly OrderTelling[]): OrderTelling | undefined {
  return ranked.find((one) => !Number.isNaN(one.revenue));
}

/** Amounts come from the telling with more lines that says them, of equal ones from the latest; lines speak where none does. */
function amountsOf(
  ranked: readonly OrderTelling[],
  worth: number,
): { revenue: number; discount: number; foreign: ForeignMoney | undefined } {
  const sayer = sayerOf(ranked);
  const said = sayer ?? ranked.find((one) => !Number.isNaN(one.discount));
  const fallback = ranked.find((one) => !Number.isNaN(one.discount))?.discount ?? 0;
  const discount = said === undefined || Number.isNaN(said.discount) ? fallback : said.discount;
  const revenue = sayer === undefined ? Math.max(0, worth - Math.max(0, discount)) : sayer.revenue;
  return { revenue: clean(revenue), discount: clean(discount), foreign: sayer?.foreign };
}

interface Back {
  readonly kept: readonly OrderLine[];
  readonly amount: number;
  /** Some refund says neither amount nor goods: it is of all. */
  readonly isWhole: boolean;
  /** Some refund names goods; some does not. */
  readonly isNamed: boolean;
  readonly isUnnamed: boolean;
  readonly isCancelled: boolean;
  /** Given back without goods. */
  readonly goodwill: number;
}

function weighRefunds(
  lines: readonly OrderLine[],
  refunds: readonly OrderRefund[],
  revenue: number,
  worth: number,
): Back {
  const share = worth > 0 ? Math.max(0, revenue) / worth : 1;
  const amountOf = (refund: OrderRefund): number => {
    if (!Number.isNaN(refund.amount)) return refund.amount;
    if (refund.lines.length === 0) return Math.max(0, revenue);
    const { taken, unknown } = takeBack(lines, refund.lines);
    return worthOf(taken) * share + worthOf(unknown);
  };
  let kept = lines;
  let amount = 0;
  let goodwill = 0;
  let [isWhole, isNamed, isUnnamed] = [false, false, false];
  for (const group of groupRefunds(refunds, amountOf)) {
    const speaker = speakerOf(group);
    const stated = Number.isNaN(speaker.amount) ? group.find((one) => !Number.isNaN(one.amount)) : speaker;
    const back = amountOf(stated ?? speaker);
    amount += back;
    if (speaker.lines.length > 0) {
      isNamed = true;
      kept = takeBack(kept, speaker.lines).kept;
    } else {
      isUnnamed = true;
      goodwill += back;
      if (stated === undefined) isWhole = true;
    }
  }
  const isCancelled = refunds.some((refund) => refund.cancels);
  return { kept, amount, isWhole, isNamed, isUnnamed, isCancelled, goodwill };
}

function weighOlder(refunds: readonly OrderRefund[]): typeof nothing {
  const amountOf = ({ amount, lines }: OrderRefund): number =>
    Number.isNaN(amount) ? worthOf(lines) : amount;
  let refunded = 0;
  let margin = 0;
  for (const group of groupRefunds(refunds, amountOf)) {
    const speaker = speakerOf(group);
    const stated = Number.isNaN(speaker.amount) ? group.find((one) => !Number.isNaN(one.amount)) : speaker;
    refunded += amountOf(stated ?? speaker);
    margin += marginOf(speaker.lines);
  }
  return { ...nothing, revenue: clean(-refunded), margin: clean(-margin), refunded: clean(refunded) };
}

function marginOf(lines: readonly OrderLine[]): number {
  let margin = 0;
  for (const line of lines) margin += line.margin * line.quantity;
  return margin;
}
