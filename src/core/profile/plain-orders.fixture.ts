/**
 * The orders of a customer once more, as plainly as they can be said: every event is kept, and each answer is looked up in all of
 * them when it is asked for. Nothing of the core but types.
 */
import type { EventInput } from '../event/event-input.ts';

/** One piece that the customer bought and has not brought back. */
export interface Piece {
  readonly product: string;
  readonly size: string;
  readonly category: string;
  readonly at: number;
}

/** What an order comes to. */
export interface PlainOrder {
  readonly at: number;
  readonly isTold: boolean;
  readonly stands: boolean;
  /** All its money went back, and not all its goods were named. */
  readonly isPaidBack: boolean;
  readonly revenue: number;
  readonly refunded: number;
  readonly owned: readonly Piece[];
}

interface Line {
  readonly piece: Piece;
  readonly price: number;
  count: number;
}

const WEEK = 7 * 86_400_000;
const noOrder: PlainOrder = {
  at: 0,
  isTold: false,
  stands: false,
  isPaidBack: false,
  revenue: 0,
  refunded: 0,
  owned: [],
};

/** `events`: all that was told of one order, in any order, each once. */
export function plainOrder(events: readonly EventInput[]): PlainOrder {
  const inTime = [...events].sort((a, b) => a.occurredAt - b.occurredAt);
  const tellings = inTime.filter(({ name }) => name === 'Order Completed');
  if (tellings.length === 0) return noOrder;
  const at = tellings[0]?.occurredAt ?? 0;
  const sources = [...new Set(tellings.map(({ source }) => source))].map((source) => {
    const own = tellings.filter((one) => one.source === source);
    const lines = linesOf(
      own.findLast(({ products }) => products.length > 0),
      at,
    );
    const latest = own.findLast((one) => one.products.length > 0 || !Number.isNaN(said(one)));
    return {
      lines,
      amount: latest === undefined ? Number.NaN : said(latest),
      toldAt: latest?.occurredAt ?? 0,
    };
  });
  const lines = new Map<string, Line>();
  for (const source of sources)
    for (const [key, line] of source.lines)
      lines.set(key, { ...line, count: Math.max(line.count, lines.get(key)?.count ?? 0) });
  const sayers = sources
    .filter(({ amount }) => !Number.isNaN(amount))
    .sort((a, b) => b.lines.size - a.lines.size || b.toldAt - a.toldAt);
  const worth = worthOf(lines);
  const paid = sayers[0]?.amount ?? worth;
  const backs = inTime.filter(({ name }) => name !== 'Order Completed');
  const cancelled = backs.some(({ name, products }) => name === 'Order Cancelled' && products.length === 0);
  if (cancelled) return { ...noOrder, at, isTold: true };
  const hadLines = lines.size > 0;
  const { amount, named, unnamed } = giveBack(backs, lines, paid, worth, at);
  const refunded = Math.min(amount, Math.max(0, paid));
  const revenue = paid - refunded;
  const isPaidBack = refunded >= paid - 0.005;
  const wasCancelled = backs.some(({ name }) => name === 'Order Cancelled');
  const left = [...lines.values()]
    .flatMap(({ piece, count }) => Array.from({ length: count }, () => piece))
    .sort((a, b) => `${a.product} ${a.size}`.localeCompare(`${b.product} ${b.size}`));
  const isEmptied = hadLines ? left.length === 0 : named && (wasCancelled || isPaidBack);
  const isAllBack = unnamed === 'all' || (unnamed === 'some' && isPaidBack && paid > 0);
  const stands = !isEmptied && !isAllBack;
  return {
    at,
    isTold: true,
    stands,
    isPaidBack: isAllBack && !isEmptied,
    revenue,
    refunded,
    owned: stands ? left : [],
  };
}

/** Takes the pieces out of `lines`, and says what the money comes to. */
function giveBack(
  backs: readonly EventInput[],
  lines: Map<string, Line>,
  paid: number,
  worth: number,
  at: number,
): { amount: number; named: boolean; unnamed: 'none' | 'some' | 'all' } {
  const bought = new Map([...lines].map(([key, line]) => [key, { ...line }]));
  const share = worth > 0 ? Math.max(0, paid) / worth : 1;
  const amountOf = (back: EventInput): number => {
    if (!Number.isNaN(said(back))) return Math.abs(said(back));
    if (back.products.length === 0) return Math.max(0, paid);
    let sum = 0;
    for (const [key, line] of linesOf(back, at)) {
      const known = bought.get(key);
      const found = Math.min(line.count, known?.count ?? 0);
      sum += found * (known?.price ?? 0) * share + (line.count - found) * line.price;
    }
    return sum;
  };
  const refunds: EventInput[][] = [];
  for (const back of backs) {
    const twins = refunds.find((group) => group.every((one) => isTwin(one, back, amountOf)));
    if (twins === undefined) refunds.push([back]);
    else twins.push(back);
  }
  let amount = 0;
  let named = false;
  let unnamed: 'none' | 'some' | 'all' = 'none';
  for (const group of refunds) {
    const most = Math.max(...group.map((one) => linesOf(one, at).size));
    const best = group.filter((one) => linesOf(one, at).size === most);
    const speaker = best.find((one) => !Number.isNaN(said(one))) ?? best[0];
    const sayer = group.find((one) => !Number.isNaN(said(one)));
    if (speaker === undefined) continue;
    amount += amountOf(Number.isNaN(said(speaker)) ? (sayer ?? speaker) : speaker);
    if (most === 0) unnamed = sayer === undefined ? 'all' : unnamed === 'all' ? 'all' : 'some';
    else named = true;
    for (const [key, back] of linesOf(speaker, at)) {
      const line = lines.get(key);
      if (line !== undefined) line.count = Math.max(0, line.count - back.count);
    }
  }
  return { amount, named, unnamed };
}

/** Equal refunds of different sources within a week. */
function isTwin(a: EventInput, b: EventInput, amountOf: (back: EventInput) => number): boolean {
  const goods = (one: EventInput): string =>
    [...linesOf(one, 0)]
      .map(([key, { count }]) => `${key} ${count}`)
      .sort()
      .join();
  const isSameGoods = a.products.length === 0 || b.products.length === 0 || goods(a) === goods(b);
  const isNear = Math.abs(a.occurredAt - b.occurredAt) <= WEEK;
  return a.source !== b.source && isNear && isSameGoods && Math.abs(amountOf(a) - amountOf(b)) <= 0.005;
}

function linesOf(event: EventInput | undefined, at: number): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const { productId, size, category, price, quantity } of event?.products ?? []) {
    const key = `${productId} ${size}`;
    const piece = { product: productId, size, category, at };
    lines.set(key, { piece, price, count: quantity + (lines.get(key)?.count ?? 0) });
  }
  return lines;
}

function worthOf(lines: ReadonlyMap<string, Line>): number {
  return [...lines.values()].reduce((sum, { price, count }) => sum + price * count, 0);
}

/** What the order says that its products cost: NaN when it does not. */
function said({ order }: EventInput): number {
  if (order === undefined) return Number.NaN;
  const rest = order.total - order.shipping - order.tax;
  return Number.isNaN(order.revenue) ? Math.round(rest * 1e6) / 1e6 : order.revenue;
}
