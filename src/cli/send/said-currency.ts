import { commonCurrency, currencyCode, readAmount } from '../../base/amount-text.ts';
import { isObject, type JsonObject } from '../json-line.ts';

const AMOUNTS = ['total', 'revenue', 'subtotal', 'value', 'shipping', 'tax', 'discount', 'price'];
const LISTS = ['products', 'items', 'order'];

/**
 * The currency that the amounts of a line name themselves ("€ 12", "12 EUR", "$12"), as ISO 4217 code or the sign that several share, where the
 * line says none; else `said`.
 * Throws an Error with a sentence for an amount in another currency: it would be taken at its number.
 */
export function currencyOfAmounts(json: JsonObject, said: string, field: string): string {
  let currency = said;
  for (const [name, value] of Object.entries(json)) {
    if (LISTS.includes(name)) {
      for (const entry of Array.isArray(value) ? value : [value])
        if (isObject(entry)) currency = currencyOfAmounts(entry, currency, `${field}${name}.`);
    }
    const read = AMOUNTS.includes(name) && typeof value === 'string' ? readAmount(value) : undefined;
    if (read?.kind !== 'amount' || read.currency === undefined) continue;
    const event = currencyCode(currency);
    // What is no currency is refused by the service, as it was sent.
    if (currency !== '' && event === undefined) continue;
    const common = event === undefined ? read.currency : commonCurrency(event, read.currency);
    if (common === undefined)
      throw new Error(
        `${field}${name} ${JSON.stringify(value)} is in ${read.currency}, and the event in ${currency}`,
      );
    if (common !== event) currency = common;
  }
  return currency;
}
