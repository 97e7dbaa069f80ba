import type { Invoice } from './invoice.ts';

/** What the file holds, counted before anything is interpreted: the figures that a correct reader reproduces. */
export interface RetailTotals {
  readonly lines: number;
  readonly invoices: number;
  /** Invoices whose number begins with C. */
  readonly cancelledInvoices: number;
  /** Invoices whose number begins with A. */
  readonly badDebtInvoices: number;
  /** Distinct customer numbers. */
  readonly customers: number;
  /** Those with at least one invoice that is neither cancellation nor bad debt. */
  readonly customersWithOrder: number;
  readonly linesWithoutCustomer: number;
  readonly invoicesWithoutCustomer: number;
  /** Lines of negative quantity outside cancellations. */
  readonly negativeQuantityLines: number;
  readonly zeroPriceLines: number;
  readonly negativePriceLines: number;
  /** Invoices whose lines carry more than one time. */
  readonly spreadInvoices: number;
  /** Codes as written, so 85123A and 85123a are two. */
  readonly stockCodes: number;
  /** Lines of the largest invoice. */
  readonly largestInvoiceLines: number;
  /** Σ quantity × price in thousandths of a pound, exact. */
  readonly netMills: number;
  /** The same in pounds, rounded to the penny. */
  readonly netValue: number;
  /** Order lines of known customers, and those of them whose product the customer had ordered before (or further up). */
  readonly knownOrderLines: number;
  readonly repeatedOrderLines: number;
}

export function retailTotals(invoices: readonly Invoice[]): RetailTotals {
  const customers = new Set<string>();
  const stockCodes = new Set<string>();
  const ordered = new Map<string, Set<string>>();
  const total = {
    lines: 0,
    cancelledInvoices: 0,
    badDebtInvoices: 0,
    linesWithoutCustomer: 0,
    invoicesWithoutCustomer: 0,
    negativeQuantityLines: 0,
    zeroPriceLines: 0,
    negativePriceLines: 0,
    spreadInvoices: 0,
    largestInvoiceLines: 0,
    netMills: 0,
    knownOrderLines: 0,
    repeatedOrderLines: 0,
  };
  for (const invoice of invoices) {
    const { kind, customer, lines } = invoice;
    total.lines += lines.length;
    total.largestInvoiceLines = Math.max(total.largestInvoiceLines, lines.length);
    if (kind === 'cancellation') total.cancelledInvoices++;
    if (kind === 'bad-debt') total.badDebtInvoices++;
    if (customer === '') {
      total.invoicesWithoutCustomer++;
      total.linesWithoutCustomer += lines.length;
    } else {
      customers.add(customer);
    }
    if (lines.some((line) => line.wallTime !== lines[0]?.wallTime)) total.spreadInvoices++;
    let before: Set<string> | undefined;
    if (kind === 'sale' && customer !== '') {
      before = ordered.get(customer) ?? new Set();
      ordered.set(customer, before);
    }
    for (const line of lines) {
      stockCodes.add(line.stockCode);
      total.netMills += line.quantity * line.priceMills;
      if (line.quantity < 0 && kind !== 'cancellation') total.negativeQuantityLines++;
      if (line.priceMills === 0) total.zeroPriceLines++;
      if (line.priceMills < 0) total.negativePriceLines++;
      if (before === undefined) continue;
      total.knownOrderLines++;
      if (before.has(line.stockCode)) total.repeatedOrderLines++;
      before.add(line.stockCode);
    }
  }
  return {
    ...total,
    invoices: invoices.length,
    customers: customers.size,
    customersWithOrder: ordered.size,
    stockCodes: stockCodes.size,
    netValue: Math.round(total.netMills / 10) / 100,
  };
}
