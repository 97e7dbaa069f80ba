import type { RetailLine } from './retail-line.ts';

/**
 * What a line is to an analyst of customers:
 * - `product`: merchandise, five digits with letters behind them, or the Dotcomgiftshop's DCGS codes, or PADS;
 * - `shipping`: POST, DOT, C2 (postage and carriage that the customer pays);
 * - `discount`: D, a reduction granted afterwards;
 * - `voucher`: gift_0001_…, money now for goods later: order value, but nothing to suppress or recommend;
 * - `manual`: M, an amount keyed by hand in either direction: order value without a product;
 * - `accounting`: B (bad debt), AMAZONFEE, BANK CHARGES, CRUK (charity commission), S (samples): the shop's own
 *   bookkeeping, with or without a customer on it; it says nothing about anybody's buying;
 * - `unpriced`: any code at price 0: stock counts, damages, "thrown away", and the odd free item. No sale.
 */
export type LineKind = 'product' | 'shipping' | 'discount' | 'voucher' | 'manual' | 'accounting' | 'unpriced';

const PRODUCT = /^(?:\d{5}[A-Z]*|DCGS\w*|PADS)$/;
const SHIPPING: ReadonlySet<string> = new Set(['POST', 'DOT', 'C2']);
const ACCOUNTING: ReadonlySet<string> = new Set(['B', 'AMAZONFEE', 'BANK CHARGES', 'CRUK', 'S']);

/** The same article's code is written with small and large letters (85123a, 85123A): 3,774 codes as written are 3,680 articles. */
export function productIdOf(stockCode: string): string {
  return stockCode.toUpperCase();
}

/** The kind of one line; undefined for a code that nobody has looked at yet, which the caller counts apart. */
export function lineKind(line: RetailLine): LineKind | undefined {
  const code = productIdOf(line.stockCode);
  if (ACCOUNTING.has(code)) return 'accounting';
  if (line.priceMills === 0) return 'unpriced';
  if (PRODUCT.test(code)) return 'product';
  if (SHIPPING.has(code)) return 'shipping';
  if (code === 'D') return 'discount';
  if (code === 'M') return 'manual';
  if (code.startsWith('GIFT_')) return 'voucher';
  return undefined;
}
