import type { EventInput, ProductInput } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { isNoId } from './property-words.ts';

const QUANTITY_MAX = 1_000_000;

/**
 * The lines of an event, each as it can be counted. A quantity that cannot be is put right with a warning. A line that names no product, or
 * has a price or quantity below 0 (a discount, something given back), is money and no goods: with `keepMoney` it stays, without
 * a product id, else it is left out.
 */
export function countableLines(
  products: readonly ProductInput[],
  keepMoney: boolean,
  notes: EventNotes,
): readonly ProductInput[] {
  let lines: ProductInput[] | undefined;
  for (let i = 0; i < products.length; i++) {
    const given = products[i] as ProductInput;
    const line = countable(trimmedLine(given), i, keepMoney, notes);
    if (line !== given) lines ??= products.slice(0, i);
    if (lines !== undefined && line !== undefined) lines.push(line);
  }
  return lines ?? products;
}

/** Without the spaces around its id, size and variant; an id that is a placeholder is none. */
function trimmedLine(line: ProductInput): ProductInput {
  const productId = isNoId(line.productId) ? '' : line.productId.trim();
  const [size, variant] = [line.size.trim(), line.variant.trim()];
  if (productId === line.productId && size === line.size && variant === line.variant) return line;
  return { ...line, productId, size, variant };
}

function countable(
  line: ProductInput,
  i: number,
  keepMoney: boolean,
  notes: EventNotes,
): ProductInput | undefined {
  const { productId, price, quantity } = line;
  const isBelow = price < 0 || quantity < 0;
  if (productId === '' || isBelow) {
    const field = `products[${i}].${productId === '' ? 'product_id' : price < 0 ? 'price' : 'quantity'}`;
    const value = productId === '' ? '' : String(price < 0 ? price : quantity);
    const what = productId === '' ? 'is missing' : 'is below 0';
    const became = keepMoney ? 'the line counts as money, not as goods' : 'the line was left out';
    notes.warn(field, 'event.line_without_goods', value, `${what}; ${became}`);
    return keepMoney ? (productId === '' ? line : { ...line, productId: '' }) : undefined;
  }
  if (quantity > QUANTITY_MAX || !Number.isInteger(quantity)) {
    const counted = Math.min(QUANTITY_MAX, Math.max(1, Math.round(quantity)));
    const sentence = `is not a whole number up to ${QUANTITY_MAX} and counts as ${counted}`;
    notes.warn(`products[${i}].quantity`, 'event.quantity', String(quantity), sentence);
    return { ...line, quantity: counted };
  }
  return line;
}

/**
 * The event with what its lines cost as its revenue, where the order says no amount itself and has lines that are money only: their
 * money would be lost.
 */
export function withLineMoney(event: EventInput): EventInput {
  const { order, products } = event;
  if (order === undefined || products.every((line) => line.productId !== '')) return event;
  const said = [order.total, order.revenue, order.shipping, order.tax, order.discount];
  if (said.some((amount) => !Number.isNaN(amount))) return event;
  let revenue = 0;
  for (const { price, quantity } of products) {
    if (!Number.isNaN(price)) revenue += price * (quantity === 0 ? 1 : quantity);
  }
  return { ...event, order: { ...order, revenue } };
}
