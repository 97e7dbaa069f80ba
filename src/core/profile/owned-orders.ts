/** What the customer owns, order by order; `owned` as a profile has it, oldest order first. Orders of one moment are one. */
import type { OwnedProduct } from './order-telling.ts';

type Owned = readonly OwnedProduct[];

/** Where the order begins whose last line is the one before `end`, which is above 0. */
export function orderStart(owned: Owned, end: number): number {
  let start = end - 1;
  while (start > 0 && owned[start - 1]?.at === owned[start]?.at) start--;
  return start;
}

/** The line of the last order that cost most, of equal ones the first; undefined: nothing is owned. */
export function dearestOfLast(owned: Owned): OwnedProduct | undefined {
  if (owned.length === 0) return undefined;
  const start = orderStart(owned, owned.length);
  let best = owned[start] as OwnedProduct;
  for (let i = start + 1; i < owned.length; i++) {
    const line = owned[i] as OwnedProduct;
    if (costOf(line) > costOf(best)) best = line;
  }
  return best;
}

/** The lines from `start` to before `end`, the dearest first; equal ones in their order. */
export function dearestFirst(owned: Owned, start: number, end: number): Owned {
  const lines = owned.slice(start, end);
  return lines.length < 2 ? lines : lines.sort((a, b) => costOf(b) - costOf(a));
}

/** Of all its pieces, in currency. */
function costOf({ price, quantity }: OwnedProduct): number {
  return price * quantity;
}
