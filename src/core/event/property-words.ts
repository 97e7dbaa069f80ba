import { type AmountRead, readAmount } from '../../base/amount-text.ts';
import type { EventNotes } from './event-notes.ts';
import { wordKey } from './word-key.ts';

/** Properties by the key of their name, so that `orderId`, `order_id` and `Order ID` are one; the first of two alike counts. */
export type PropertyIndex = ReadonlyMap<string, { readonly name: string; readonly value: unknown }>;

export function indexProperties(properties: Readonly<Record<string, unknown>> | undefined): PropertyIndex {
  const index = new Map<string, { name: string; value: unknown }>();
  for (const name in properties) {
    const key = wordKey(name);
    if (!index.has(key)) index.set(key, { name, value: properties[name] });
  }
  return index;
}

/** The first of `keys` that is there and says something; a number as its text, '' when none is. */
export function textFrom(index: PropertyIndex, keys: readonly string[]): string {
  for (const key of keys) {
    const value = index.get(key)?.value;
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  }
  return '';
}

/**
 * The amount under the first of `keys` that is there, a text as people write one included; undefined: none is there. What is no
 * amount is a fault under `path`, NaN here: it is never taken for something else.
 */
export function amountFrom(
  index: PropertyIndex,
  keys: readonly string[],
  path: (name: string) => string,
  notes: EventNotes,
): number | undefined {
  for (const key of keys) {
    const found = index.get(key);
    if (found === undefined || found.value === '' || found.value === null) continue;
    const { name, value } = found;
    const read = amountOf(value);
    if (read.kind === 'amount' && Math.abs(read.value) <= AMOUNT_MAX) {
      if (read.currency !== undefined) notes.money?.(path(name), String(value), read.currency);
      return read.value;
    }
    notes.fault(path(name), 'event.amount', String(value), refusalOf(read, String(value)));
    return Number.NaN;
  }
  return undefined;
}

const AMOUNT_MAX = 1e12;
const unreadable: AmountRead = { kind: 'unreadable' };

function amountOf(value: unknown): AmountRead {
  if (typeof value === 'string') return readAmount(value);
  return typeof value === 'number' && Number.isFinite(value) ? { kind: 'amount', value } : unreadable;
}

function refusalOf(read: AmountRead, text: string): string {
  if (read.kind === 'amount') return 'must be from -1e12 to 1e12';
  if (read.kind === 'unreadable') return 'is no amount; write it as a number, such as 1299.5';
  const digits = text.replace(/[^\d.,]/g, '');
  return `can be read in two ways; write ${digits.replace(/[.,]/, '')} or ${digits.replace(',', '.')}0`;
}

/** What systems write in place of an id or number when they have none: never the same thing twice. */
const NOTHING: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  'nan',
  'none',
  'nil',
  '[object object]',
  '-',
]);

/** Whether an id of an order or product is a placeholder, such as `undefined`, or blank. */
export function isNoId(id: string): boolean {
  return id.length <= 15 && NOTHING.has(id.trim().toLowerCase());
}

/** The path of a property, as violations name it. */
export function propertyPath(name: string): string {
  return `properties[${JSON.stringify(name)}]`;
}
