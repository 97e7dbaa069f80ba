/** Values of a line's fields. Each throws an Error with a sentence that names the field. */
import { readAmount } from '../../base/amount-text.ts';
import { readRfc3339 } from './rfc3339.ts';

/** A text; numbers as their digits (ids often come as numbers); '' for nothing. */
export function textIn(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === undefined || value === null) return '';
  throw new Error(`${field} is ${kindOf(value)}; a text is wanted`);
}

/** The same, but '' for what is no text: for what only describes. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** An amount, also written as text ("99,50", "1,299.00"); undefined for nothing. */
export function amountIn(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw new Error(`${field} is ${kindOf(value)}; an amount is wanted`);
  const read = readAmount(value);
  if (read.kind === 'amount') return read.value;
  const why =
    read.kind === 'ambiguous'
      ? 'can be a thousand or a fraction; send a number, or two digits behind the decimal sign'
      : 'is no amount; send a number such as 99.5';
  throw new Error(`${field} ${JSON.stringify(value)} ${why}`);
}

/** An instant in ms since 1970; undefined for nothing. */
export function instantIn(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const at = typeof value === 'string' ? readRfc3339(value) : undefined;
  if (at !== undefined) return at;
  throw new Error(
    `${field} is ${JSON.stringify(value)}; a time must be RFC 3339 with its offset, such as "2026-11-29T18:40:00Z"`,
  );
}

/** What a value is, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : `the ${typeof value} ${String(value)}`;
}
