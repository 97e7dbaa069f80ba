import type { Millis } from '../../base/clock.ts';
import type { RetailLine } from './retail-line.ts';
import { londonInstant } from './shop-clock.ts';

/** What the first letter of an invoice number says: none a sale, C a cancellation, A an adjustment of bad debt. */
export type InvoiceKind = 'sale' | 'cancellation' | 'bad-debt';

/** One invoice with all its lines in the file's order. */
export interface Invoice {
  readonly number: string;
  readonly kind: InvoiceKind;
  /** When its first line was keyed. In 38 invoices the clock's minute passed while they were keyed: still one order. */
  readonly at: Millis;
  /** '' when the invoice names no customer. */
  readonly customer: string;
  readonly country: string;
  readonly lines: readonly RetailLine[];
}

/** Gathers lines by invoice number, wherever they stand in the file, and gives the invoices in order of time, then of the file. */
export async function readInvoices(lines: AsyncIterable<RetailLine>): Promise<Invoice[]> {
  const open = new Map<string, Invoice & { readonly lines: RetailLine[] }>();
  for await (const line of lines) {
    const invoice = open.get(line.invoice);
    if (invoice === undefined) {
      open.set(line.invoice, {
        number: line.invoice,
        kind: kindOf(line.invoice),
        at: londonInstant(line.wallTime),
        customer: line.customer,
        country: line.country,
        lines: [line],
      });
      continue;
    }
    if (invoice.customer !== line.customer) {
      throw new Error(
        `invoice ${line.invoice} names two customers, "${invoice.customer}" and "${line.customer}"`,
      );
    }
    invoice.lines.push(line);
  }
  return [...open.values()].sort((a, b) => a.at - b.at);
}

function kindOf(number: string): InvoiceKind {
  if (number.startsWith('C')) return 'cancellation';
  return number.startsWith('A') ? 'bad-debt' : 'sale';
}
