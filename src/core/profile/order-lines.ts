/** Lines of orders: united over sources, taken back by refunds. */
import type { FactProduct } from '../fact/fact.ts';
import type { OrderLine } from './order-telling.ts';
import { isSameSize, sizeKey } from './size.ts';

export const NO_LINES: readonly OrderLine[] = [];

/** The lines of one event: each product, size and variant once, with the sum of its quantities and the mean of its prices. */
export function orderLinesOf(products: readonly FactProduct[], at: number): readonly OrderLine[] {
  if (products.length === 0) return NO_LINES;
  const lines = new Map<string, OrderLine>();
  for (const { productId, category, size, variant, quantity, price, margin } of products) {
    const line = { productId, category, size, variant, at, quantity, price, margin };
    const key = lineKey(line);
    const known = lines.get(key);
    lines.set(key, known === undefined ? line : both(known, line));
  }
  return [...lines.values()];
}

/** The same lines with another time; the same array where they have it already. */
export function stampLines(lines: readonly OrderLine[], at: number): readonly OrderLine[] {
  return lines.every((line) => line.at === at) ? lines : lines.map((line) => ({ ...line, at }));
}

/** What all lines cost, in currency. */
export function worthOf(lines: readonly OrderLine[]): number {
  let value = 0;
  for (const line of lines) value += line.price * line.quantity;
  return value;
}

/**
 * The lines of all tellings, best telling first: by product, size and variant with the larger quantity. A line of which a
 * source tells neither size nor variant is the line of another source that does, as far as it reaches.
 */
export function uniteLines(tellings: readonly (readonly OrderLine[])[]): readonly OrderLine[] {
  const told = tellings.filter((lines) => lines.length > 0);
  if (told.length <= 1) return told[0] ?? NO_LINES;
  const united = new Map<string, OrderLine>();
  for (const line of told.flat()) {
    const key = lineKey(line);
    const known = united.get(key);
    united.set(key, known === undefined ? line : greater(known, line));
  }
  for (const [key, line] of united) {
    if (line.size !== '' || line.variant !== '') continue;
    const quantity = Math.max(...told.map((lines) => unnamed(lines, line.productId, united)));
    if (quantity <= 0) united.delete(key);
    else if (quantity !== line.quantity) united.set(key, { ...line, quantity });
  }
  return [...united.values()];
}

/** Pieces of a product that a source tells without a size, less those that others name and it does not. */
function unnamed(
  lines: readonly OrderLine[],
  productId: string,
  united: ReadonlyMap<string, OrderLine>,
): number {
  let pieces = 0;
  const named = new Map<string, number>();
  for (const line of lines) {
    if (line.productId !== productId) continue;
    if (line.size === '' && line.variant === '') pieces = line.quantity;
    else named.set(lineKey(line), line.quantity);
  }
  for (const [key, line] of united) {
    if (line.productId !== productId || (line.size === '' && line.variant === '')) continue;
    pieces -= line.quantity - (named.get(key) ?? 0);
  }
  return pieces;
}

/** What is left of lines, and which of `back` was among them. */
export interface TakenBack {
  readonly kept: readonly OrderLine[];
  /** Pieces taken, each with the price of the line that it was. */
  readonly taken: readonly OrderLine[];
  /** What `back` names and the lines do not hold. */
  readonly unknown: readonly OrderLine[];
}

/**
 * Takes pieces back: of the line of the same product, size and variant first, then of lines where one of the two does not
 * name a size or variant. Another size is another thing.
 */
export function takeBack(lines: readonly OrderLine[], back: readonly OrderLine[]): TakenBack {
  const left = lines.map((line) => line.quantity);
  const taken: OrderLine[] = [];
  const unknown: OrderLine[] = [];
  const wanted = back.map((line) => line.quantity);
  for (const isExact of [true, false]) {
    for (const [n, line] of back.entries()) {
      for (const [i, held] of lines.entries()) {
        const pieces = Math.min(wanted[n] as number, left[i] as number);
        if (pieces <= 0 || held.productId !== line.productId) continue;
        if (isExact ? !isSameLine(held, line) : !isMaybeSameLine(held, line)) continue;
        wanted[n] = (wanted[n] as number) - pieces;
        left[i] = (left[i] as number) - pieces;
        taken.push({ ...held, quantity: pieces });
      }
    }
  }
  for (const [n, line] of back.entries())
    if ((wanted[n] as number) > 0) unknown.push({ ...line, quantity: wanted[n] as number });
  if (taken.length === 0) return { kept: lines, taken, unknown };
  const kept = lines.flatMap((line, i) =>
    left[i] === line.quantity
      ? [line]
      : (left[i] as number) > 0
        ? [{ ...line, quantity: left[i] as number }]
        : [],
  );
  return { kept, taken, unknown };
}

/** The same product, size and variant, in any order, each with the same quantity. */
export function isSameGoods(a: readonly OrderLine[], b: readonly OrderLine[]): boolean {
  const { kept, unknown } = takeBack(a, b);
  return kept.length === 0 && unknown.length === 0;
}

function isSameLine(a: OrderLine, b: OrderLine): boolean {
  return a.productId === b.productId && isSameSize(a.size, b.size) && isSameSize(a.variant, b.variant);
}

function isMaybeSameLine(a: OrderLine, b: OrderLine): boolean {
  return (
    a.productId === b.productId &&
    (isSameSize(a.size, b.size) || a.size === '' || b.size === '') &&
    (isSameSize(a.variant, b.variant) || a.variant === '' || b.variant === '')
  );
}

function lineKey({ productId, size, variant }: OrderLine): string {
  return `${productId}\u0000${sizeKey(size)}\u0000${sizeKey(variant)}`;
}

function both(a: OrderLine, b: OrderLine): OrderLine {
  const quantity = a.quantity + b.quantity;
  const mean = (of: 'price' | 'margin'): number =>
    a[of] === b[of] || quantity === 0 ? a[of] : (a[of] * a.quantity + b[of] * b.quantity) / quantity;
  return { ...a, category: a.category || b.category, quantity, price: mean('price'), margin: mean('margin') };
}

/** The better told line with the larger quantity; what it does not say the other one may. */
function greater(a: OrderLine, b: OrderLine): OrderLine {
  const priced = a.price > 0 || b.price <= 0 ? a : b;
  return {
    ...a,
    category: a.category || b.category,
    quantity: Math.max(a.quantity, b.quantity),
    price: priced.price,
    margin: priced.margin,
  };
}
